"""So many files a minute, by whichever way they come: each costs the same work to open."""

from base64 import b64encode

from tests.support.api import Body
from tests.support.files import bring, brought, fetch, part, read_url, uploaded, with_parts
from tests.support.media import pdf, picture
from tests.support.problems import assert_problem
from tests.support.server import Serve

WITHIN = part(b64encode(pdf()).decode(), "data", kind="document")
SEEN = part(b64encode(picture()).decode(), "data")
TOO_OFTEN = ("AGENT_FILES_TOO_OFTEN", 429)


def test_files_within_a_message_are_counted_together_before_anything_is_kept(serve: Serve) -> None:
    server = serve(MEDIA_PER_MINUTE=3)
    with server.api() as ann:
        brought(ann, pdf(), "a.pdf")
        before = ann.balance(), server.beside.count("attachments")
        body = Body("say 1")

        refused = ann.start(body, messages=with_parts(body, *[WITHIN] * 3))
        left = ann.balance(), server.beside.count("attachments"), server.beside.count("runs")
        taken = ann.start(body, messages=with_parts(body, *[WITHIN] * 2))
        over = bring(ann, pdf(), "a.pdf")

    problem = assert_problem(refused, *TOO_OFTEN)
    assert problem["retryAfter"] in range(1, 61)
    assert int(refused.headers["retry-after"]) == problem["retryAfter"]
    assert left == (*before, 0)
    assert taken.status_code == 202, "the refused message used up nothing"
    assert_problem(over, *TOO_OFTEN)


def test_the_ration_has_its_turn_after_the_messages_and_before_the_payload(serve: Serve) -> None:
    with serve(MEDIA_PER_MINUTE=1).api() as ann:
        brought(ann, pdf(), "a.pdf")
        body = Body()
        parts = with_parts(body, WITHIN)

        too_many = ann.start(body, messages=with_parts(body, *[WITHIN] * 5))
        no_mode = ann.start(body, messages=parts, forwardedProps={})
        no_cast = ann.start(body, messages=parts, forwardedProps={"runtime_mode": "divination"})

    assert_problem(too_many, "AGENT_ATTACHMENTS_TOO_MANY", 422)
    assert_problem(no_mode, "AGENT_RUNTIME_MODE_INVALID", 422)
    assert_problem(no_cast, *TOO_OFTEN)


def test_a_message_of_more_files_than_the_ration_is_not_refused_for_good(serve: Serve) -> None:
    with serve(MEDIA_PER_MINUTE=1).api() as ann:
        body = Body("say 1")

        taken = ann.start(body, messages=with_parts(body, WITHIN, WITHIN))

    assert taken.status_code == 202, taken.text


def test_the_same_run_again_counts_once(serve: Serve) -> None:
    """A client whose answers are lost sends it until one comes, and is never told to wait."""
    with serve(MEDIA_PER_MINUTE=2).api() as ann:
        body, other = Body("say 1"), Body("say 1")
        parts = with_parts(body, WITHIN, SEEN)

        answers = [ann.start(body, messages=parts) for _ in range(5)]
        over = ann.start(other, messages=with_parts(other, WITHIN))

    assert [answer.status_code for answer in answers] == [202] * 5
    assert len({answer.json()["balance"] for answer in answers}) == 1
    assert_problem(over, *TOO_OFTEN)


def test_what_is_new_under_the_same_run_id_counts(serve: Serve) -> None:
    """Or else one run would open any number of files."""
    with serve(MEDIA_PER_MINUTE=2).api() as ann:
        body = Body("say 1")
        ann.start(body, messages=with_parts(body, WITHIN))

        other = ann.start(body, messages=with_parts(body, WITHIN, SEEN))
        over = ann.start(body, messages=with_parts(body, SEEN))

    assert_problem(other, "AGENT_PAYLOAD_INVALID", 422)
    assert_problem(over, *TOO_OFTEN)


def test_a_run_that_was_refused_is_sent_again_with_the_files_that_it_had(serve: Serve) -> None:
    server = serve(MEDIA_PER_MINUTE=1)
    with server.api() as ann:
        server.beside.set_balance(ann.email, 3)
        body = Body("say 1")
        parts = with_parts(body, SEEN)
        refused = [ann.start(body, messages=parts) for _ in range(2)]

        server.beside.set_balance(ann.email, 100)
        done = ann.perform(body, messages=parts)
        shown = ann.session(body.thread)["messages"][0]["content"][1]
        file = fetch(ann, shown["source"]["value"])

    for answer in refused:
        assert_problem(answer, "POINTS_INSUFFICIENT_BALANCE", 402)
    assert done[-1].data["outcome"] == {"type": "success"}
    assert (file.status_code, file.headers["content-type"]) == (200, "image/jpeg")


def test_an_upload_past_the_server_is_counted_when_it_is_looked_at(serve: Serve) -> None:
    server = serve(MEDIA_PER_MINUTE=2)
    with server.api() as ann:
        one = uploaded(ann, pdf(), "application/pdf")
        brought(ann, pdf(), "a.pdf")
        body = Body("say 1")

        unread = read_url(ann, one["path"])
        unsent = ann.start(body, messages=with_parts(body, part(one["path"], kind="document")))

        assert_problem(unread, *TOO_OFTEN)
        assert_problem(unsent, *TOO_OFTEN)
        assert server.beside.count("runs") == 0


def test_avatars_are_counted_whichever_way_they_come(serve: Serve) -> None:
    with serve(MEDIA_PER_MINUTE=1).api() as ann:
        asked = {"mimeType": "image/png", "size": 9}
        path = ann.post("/profile/avatar/signed-upload", json=asked).json()["path"]

        refusals = [
            ann.post("/profile/avatar/signed-upload", json=asked),
            ann.http.put("/profile/avatar", content=picture()),
            ann.http.patch("/profile", json={"avatarPath": path}),
        ]

        for refused in refusals:
            assert_problem(refused, *TOO_OFTEN)
        assert ann.http.patch("/profile", json={"displayName": "Ann"}).status_code == 200
