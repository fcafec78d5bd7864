"""Files in messages, on a folder and on a bucket alike."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api, Body
from tests.support.file_urls import spellings
from tests.support.files import (
    brought,
    fetch,
    gone,
    part,
    read_url,
    uploaded,
    with_parts,
)
from tests.support.media import (
    pdf,
    picture,
    wav,
)
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import wait_until


def test_a_picture_goes_with_the_message_and_is_shown_again(cat: Api) -> None:
    file = brought(cat, picture(), "palm.jpg")
    body = Body("say 2")

    events = cat.perform(body, messages=with_parts(body, part(file["path"])))
    shown = cat.session(body.thread)["messages"][0]
    restored = cat.restore(body.thread)[2]["messages"][0]

    assert events[-1].data["outcome"] == {"type": "success"}
    for message in (shown, restored):
        text, picture_part = message["content"]
        assert text == {"type": "text", "text": "say 2"}
        assert picture_part["type"] == "image"
        assert picture_part["metadata"]["eryao"]["path"] == file["path"]
        assert picture_part["metadata"]["eryao"]["name"] == "palm.jpg"
        assert picture_part["source"]["type"] == "url"
        assert fetch(cat, picture_part["source"]["value"]).status_code == 200


DATA = b64encode(picture(30, 30)).decode()
WAYS: list[Callable[[Api], list[Any]]] = [
    lambda cat: [part(brought(cat, picture())["id"])],
    lambda cat: [
        part(brought(cat, picture())["path"]),
        part(brought(cat, wav(), "a.wav")["path"], kind="audio"),
        part(brought(cat, pdf(), "a.pdf")["path"], kind="document"),
    ],
    lambda cat: [part(brought(cat, picture())["url"], "url")],
    lambda cat: [part(uploaded(cat, picture(), "image/jpeg")["path"])],
    lambda _: [part(DATA, "data", metadata={"filename": "a.jpg"})],
    lambda _: [part(f"data:image/jpeg;base64,{DATA}", "data"), part(DATA, "data")],
    lambda _: [{"type": "binary", "mimeType": "image/jpeg", "data": DATA, "filename": "b.jpg"}],
    lambda cat: [
        {"type": "binary", "mimeType": "audio/wav", "id": brought(cat, wav(), "a.wav")["id"]},
        {"type": "binary", "mimeType": "image/png", "url": brought(cat, picture())["url"]},
    ],
]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_bring_a_file_is_understood(cat: Api, way: Callable[[Api], list[Any]]) -> None:
    body, parts = Body("say 1"), way(cat)

    done = cat.perform(body, messages=with_parts(body, *parts))

    assert done[-1].data["outcome"] == {"type": "success"}
    shown = cat.session(body.thread)["messages"][0]["content"][1:]
    assert len(shown) == len(parts)
    for one in shown:
        assert fetch(cat, one["source"]["value"]).status_code == 200


def test_a_picture_says_something_by_itself(cat: Api) -> None:
    body = Body()

    done = cat.perform(body, messages=with_parts(body, part(DATA, "data"), text=""))

    assert done[-1].data["outcome"] == {"type": "success"}
    assert [one["type"] for one in cat.session(body.thread)["messages"][0]["content"]] == ["image"]


def test_parts_that_nobody_could_use_are_passed_over(cat: Api) -> None:
    body = Body("say 1")
    odd = [
        {"type": "hologram", "source": {"type": "data", "value": "x"}},
        part("x", "carrier-pigeon"),
        "a text",
        None,
    ]

    done = cat.perform(body, messages=with_parts(body, *odd))

    assert done[-1].data["outcome"] == {"type": "success"}
    assert cat.session(body.thread)["messages"][0]["content"] == "say 1"


def test_the_same_run_again_is_the_same_run_with_the_same_files(
    cat: Api, filing: ServerProcess
) -> None:
    body = Body("say 1")
    parts = with_parts(body, part(DATA, "data"))
    before = filing.beside.count("attachments")

    first, again = cat.start(body, messages=parts), cat.start(body, messages=parts)
    other = cat.start(body, messages=with_parts(body, part(DATA, "data"), part(DATA, "data")))

    assert first.status_code == again.status_code == 202
    assert first.json()["balance"] == again.json()["balance"]
    assert_problem(other, "AGENT_PAYLOAD_INVALID", 422)
    cat.ended(body.run)
    assert_problem(cat.start(Body(thread=body.thread)), "AGENT_SESSION_HAS_READING", 409)
    assert len(cat.session(body.thread)["messages"][0]["content"]) == 2
    assert filing.beside.count("attachments") - before <= 2


def test_a_file_belongs_to_the_session_that_has_it(cat: Api) -> None:
    file = brought(cat, picture())
    body, other = Body("say 1"), Body("say 1")
    cat.perform(body, messages=with_parts(body, part(file["path"])))

    refused = cat.start(other, messages=with_parts(other, part(file["path"])))
    again = body.follow_up("say 1")
    followed = cat.perform(again, messages=with_parts(again, part(file["path"])))

    assert_problem(refused, "AGENT_ATTACHMENT_PATH_SCOPE_INVALID", 422)
    assert followed[-1].data["outcome"] == {"type": "success"}


def test_a_forgotten_session_takes_its_files_along(cat: Api) -> None:
    file = brought(cat, picture())
    body = Body("say 1")
    cat.perform(body, messages=with_parts(body, part(file["path"])))
    url = read_url(cat, file["path"]).json()["url"]

    cat.http.delete(f"/agent/sessions/{body.thread}")

    assert_problem(read_url(cat, file["path"]), "AGENT_ATTACHMENT_PATH_SCOPE_INVALID", 422)
    wait_until(lambda: gone(cat, url))


# --- what a message may not refer to -----------------------------------------------------------


def test_a_url_must_be_ours_and_the_users_own_in_every_spelling(cat: Api) -> None:
    file = brought(cat, picture())
    root = file["url"].partition("/u/")[0]
    before = cat.balance()

    for url, code in spellings(file, root):
        body = Body()
        refused = cat.start(body, messages=with_parts(body, part(url, "url")))
        problem = assert_problem(refused, code, 422)
        assert problem["errors"][0]["pointer"] == "/messages/0/content/1/source/value", url
    assert cat.balance() == before


def test_a_foreign_file_is_nobodys_to_attach(cat: Api, dan: Api) -> None:
    file = brought(cat, picture())

    for one, code in (
        (part(file["path"]), "AGENT_ATTACHMENT_PATH_SCOPE_INVALID"),
        (part(file["id"]), "AGENT_ATTACHMENT_PATH_SCOPE_INVALID"),
        (part(file["url"], "url"), "INVALID_BINARY_URL_PATH_SCOPE"),
    ):
        body = Body()
        assert_problem(dan.start(body, messages=with_parts(body, one)), code, 422)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part(DATA, "data")] * 5, "AGENT_ATTACHMENTS_TOO_MANY"),
        ([part("aGVsbG8=", "data")], "AGENT_ATTACHMENT_UNSUPPORTED_TYPE"),
        ([part("====", "data")], "AGENT_RUN_MESSAGES_INVALID"),
        ([part("data:image/png;base64,", "data")], "AGENT_ATTACHMENT_EMPTY"),
        ([part(DATA, "data", kind="document")], "AGENT_ATTACHMENT_UNSUPPORTED_TYPE"),
        ([part(DATA, "data", kind="video")], "AGENT_ATTACHMENT_UNSUPPORTED_TYPE"),
        ([{"type": "image"}], "AGENT_RUN_MESSAGES_INVALID"),
        ([{"type": "binary", "mimeType": "image/png"}], "AGENT_RUN_MESSAGES_INVALID"),
        ([part(7, "data")], "AGENT_RUN_MESSAGES_INVALID"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_attached_is_refused_and_costs_nothing(
    cat: Api, filing: ServerProcess, parts: list[Any], code: str
) -> None:
    before = filing.beside.count("attachments"), cat.balance()
    body = Body()

    refused = cat.start(body, messages=with_parts(body, *parts))

    assert assert_problem(refused, code, 422)["errors"][0]["pointer"].startswith("/messages/0/")
    assert (filing.beside.count("attachments"), cat.balance()) == before


def test_nothing_is_kept_of_a_run_that_is_refused(cat: Api) -> None:
    body = Body("say 1", "follow_up")

    refused = cat.start(body, messages=with_parts(body, part(DATA, "data")))

    assert_problem(refused, "AGENT_SESSION_NOT_FOUND", 404)
    fine = Body("say 1")
    done = cat.perform(fine, messages=with_parts(fine, part(DATA, "data")))
    assert done[-1].data["outcome"] == {"type": "success"}
