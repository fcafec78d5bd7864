"""What an operator tells users: each once under its key, in the words given."""

import pytest

from tests.support.server import ServerProcess

TELL = ("notify", "--title", "News", "--body", "There is a new almanac.")


def test_an_announcement_reaches_each_user_once(server: ServerProcess) -> None:
    with server.api("ann@example.com") as ann, server.api("ben@example.com") as ben:
        assert server.json(*TELL, "--all", "--route", "/news") == {"told": 2, "toldBefore": 0}
        with server.api("cho@example.com") as cho:
            assert server.json(*TELL, "--all", "--route", "/news") == {"told": 1, "toldBefore": 2}
            for api in (ann, ben, cho):
                (told,) = api.get("/notifications").json()["items"]
                assert (told["kind"], told["title"]) == ("announcement", "News")
                assert told["payload"] == {"type": "open_route", "route": "/news"}


def test_the_same_words_are_told_again_under_another_key(server: ServerProcess) -> None:
    with server.api("ann@example.com") as ann:
        for key in ("spring", "spring", "autumn"):
            server.json(*TELL, "--email", "Ann@Example.com", "--key", key)

        assert len(ann.get("/notifications").json()["items"]) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ((), "Say whom to tell"),
        (("--all", "--email", "ann@example.com"), "Say whom to tell"),
        (("--email", "nobody@example.com", "--email", "ann@example.com"), "nobody@example.com"),
        (("--all", "--route", "news"), "begins with a slash"),
        (("--all", "--url", "http://example.com"), "begins with https"),
        (("--all", "--url", "https://example.com", "--route", "/a"), "one thing"),
    ],
)
def test_what_cannot_be_told_is_said_and_nobody_is_told(
    server: ServerProcess, wrong: tuple[str, ...], sentence: str
) -> None:
    with server.api("ann@example.com") as ann:
        refused = server.command(*TELL, *wrong)

        assert refused.returncode == 1
        assert sentence in refused.stderr
        assert ann.get("/notifications").json()["items"] == []


def test_points_that_are_granted_are_told_of(server: ServerProcess) -> None:
    with server.api("ann@example.com") as ann:
        server.json("points", "grant", "--email", "ann@example.com", "--amount", "7")

        (told,) = ann.get("/notifications").json()["items"]
        assert (told["kind"], told["body"]) == ("points_granted", "You were given 7 points.")
