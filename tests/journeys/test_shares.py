"""A shared reading: a page for whoever has the link, without the question, until it ends."""

import re
from typing import Any

import httpx2
import pytest

from tests.support import web
from tests.support.api import CAST, Api, Body, text_of
from tests.support.approvals import approved
from tests.support.model_endpoint import ModelEndpoint, answer, calling, calls, says
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess
from tools.liuyao.reading.compose import compose_unasked

SHARE = "say 4; call share_reading {}; say 1"
QUESTION = "Will the plan work out?"
SHOWN = {"includeQuestion": True, "ttlDays": 1}
JSON = {"Accept": "application/json"}


def link_of(call: Any) -> str:
    found = re.search(r"(https?://[^/]+)?/shared/\S+", call["result"])
    assert found, call
    return found[0]


def visit(api: Api, link: str, **headers: str) -> httpx2.Response:
    """As a stranger does: without any token."""
    return web.get(api.url + link, headers=headers, timeout=10)


@pytest.fixture
def told(serve: Serve) -> ServerProcess:
    """A server whose interpreter restates the question, as real ones do."""
    return serve(MODEL_URL="builtin:", BUILTIN_PACE_MS=0)


def test_a_stranger_with_the_link_reads_the_page(ann: Api) -> None:
    body, call = approved(ann, SHARE)

    page = visit(ann, link_of(call))

    chart = ann.session(body.thread)["divination_derived"]
    told = visit(ann, link_of(call), **JSON).json()["text"]
    assert told == compose_unasked(chart, locale="en").text()
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "The Great Image of Gé" in page.text
    assert "composed from the chart alone" in page.text
    assert "泽火革" in page.text
    assert "<svg " in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["cache-control"] == "private, no-store"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert "<script" not in page.text


def test_the_question_and_the_user_stay_out(ann: Api, shared: ServerProcess) -> None:
    body, call = approved(ann, SHARE)

    page, told = visit(ann, link_of(call)), visit(ann, link_of(call), **JSON)

    user_id = shared.beside.sign_in(ann.email).id
    secrets = (QUESTION, ann.email, user_id, body.thread, body.run, "Shanghai", "career", "15:30")
    for secret in (*secrets, "23:30", "call share_reading", "word00000"):
        assert secret not in page.text, secret
        assert secret not in told.text, secret
    assert told.json()["question"] is None
    assert told.json()["chart"]["primary"]["fullName"] == "泽火革"


def test_a_question_that_is_ticked_is_shown(ann: Api) -> None:
    _, call = approved(ann, SHARE, editedArgs=SHOWN)

    page = visit(ann, link_of(call)).text
    assert QUESTION in page
    assert "word00000 word00001" in page
    assert "composed from the chart alone" not in page
    assert visit(ann, link_of(call), **JSON).json()["question"] == QUESTION


def test_a_reading_that_quotes_the_question_is_shown_without_it(told: ServerProcess) -> None:
    """The built-in interpreter begins by restating it."""
    with told.api() as ann:
        body = Body("分享 share this")
        question = "我和小明的事，今年能有结果吗？"
        cast = {**CAST, "question": question, "locale": "zh-Hans"}
        props = {"runtime_mode": "divination", "divinationPayload": cast}
        events = ann.perform(body, forwardedProps=props)
        (interrupt,) = events[-1].data["outcome"]["interrupts"]
        taken = ann.decide(body.run, interrupt["toolCallId"])
        ann.ended(taken.json()["runId"])
        assert "小明" in text_of(events)
        link = link_of(ann.calls(body.run)[0])

        page = visit(ann, link)

        assert page.status_code == 200
        assert len(page.text) > 4_000
        for part in ("小明", question, "今年能有结果"):
            assert part not in page.text


def test_nothing_that_a_model_wrote_is_on_a_page_without_the_question(serve: Serve) -> None:
    """A model may put the question into other words, or tell of what it recalled."""
    told = "So your colleague Xiaoming may be leaving. Last May you asked about your knee. "
    calling_on = calling(says(told), calls(0, "share_reading", "{}", "c1"))
    with ModelEndpoint(calling_on, answer("There is the link.")) as endpoint:
        server = serve(MODEL_URL=endpoint.url, MODEL="oracle")
        with server.api() as ann:
            _, call = approved(ann, "Who of us will go?")
            page, data = visit(ann, link_of(call)), visit(ann, link_of(call), **JSON)

    for word in ("Xiaoming", "colleague", "knee", "last May", "Who of us"):
        assert word not in page.text, word
        assert word not in data.text, word
    assert "The Great Image of Gé" in page.text


def test_what_is_said_later_is_not_shared(ann: Api) -> None:
    body, call = approved(ann, SHARE, editedArgs=SHOWN)
    before = visit(ann, link_of(call), **JSON).json()

    ann.perform(body.follow_up("say 7"))

    assert visit(ann, link_of(call), **JSON).json() == before
    assert "word00003" in before["text"]
    assert "word00006" not in before["text"]


def test_a_revoked_link_is_gone_at_once(ann: Api, bob: Api) -> None:
    body, call = approved(ann, SHARE)
    (listed,) = ann.get("/shares").json()["items"]
    assert listed["threadId"] == body.thread
    assert (listed["open"], listed["includeQuestion"]) == (True, False)
    path = f"/shares/{listed['id']}"
    assert_problem(bob.http.delete(path), "SHARE_NOT_FOUND", 404)
    assert visit(ann, link_of(call)).status_code == 200

    for _ in range(2):
        assert ann.http.delete(path).status_code == 204

    assert_problem(visit(ann, link_of(call)), "SHARE_GONE", 410)
    assert ann.get("/shares").json()["items"] == []
    assert bob.get("/shares").json()["items"] == []


def test_a_forgotten_session_takes_its_page_with_it(ann: Api) -> None:
    body, call = approved(ann, SHARE)

    ann.http.delete(f"/agent/sessions/{body.thread}")

    assert_problem(visit(ann, link_of(call)), "SHARE_NOT_FOUND", 404)


@pytest.mark.parametrize("token", ["x", "a" * 43, "A" * 500, "%00", "'; DROP TABLE shares"])
def test_a_link_that_nobody_gave_opens_nothing(ann: Api, token: str) -> None:
    assert visit(ann, f"/shared/{token}").status_code == 404


def test_the_store_does_not_know_the_link(ann: Api, shared: ServerProcess) -> None:
    _, call = approved(ann, "say 1; call share_reading {}; say 1")
    token = link_of(call).rpartition("/")[2]

    assert len(token) == 43
    assert shared.beside.count("shares", token_hash=token) == 0
    assert shared.beside.count("shares", salt=token) == 0


def test_a_link_is_whole_where_the_servers_address_is_known(serve: Serve) -> None:
    server = serve(PUBLIC_URL="https://api.example.com/")
    with server.api() as ann:
        _, call = approved(ann, SHARE)

        assert link_of(call).startswith("https://api.example.com/shared/")
        assert visit(ann, link_of(call).removeprefix("https://api.example.com")).is_success


# --- shared by its user, without a model ----------------------------------------------------------


def shared_by_hand(api: Api, body: Body, **options: Any) -> httpx2.Response:
    return api.post("/shares", json={"threadId": body.thread, **options})


def test_a_user_shares_a_reading_by_a_call_of_its_own(ann: Api) -> None:
    body = Body("say 4")
    ann.perform(body)
    before = ann.balance()

    answer = shared_by_hand(ann, body, ttlDays=3, includeQuestion=True)

    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "private, no-store"
    assert QUESTION in visit(ann, told["url"]).text
    (listed,) = ann.get("/shares").json()["items"]
    assert {**listed, "url": told["url"]} == told
    assert ann.balance() == before


def test_sharing_as_much_again_is_the_same_link_for_as_long_again(ann: Api) -> None:
    body = Body("say 4")
    ann.perform(body)
    first = shared_by_hand(ann, body, ttlDays=3).json()

    longer = shared_by_hand(ann, body, ttlDays=9).json()
    shorter = shared_by_hand(ann, body).json()
    open_one = shared_by_hand(ann, body, includeQuestion=True).json()

    assert longer["url"] == shorter["url"] == first["url"] != open_one["url"]
    assert longer["expiresAt"] == shorter["expiresAt"] > first["expiresAt"]
    assert len(ann.get("/shares").json()["items"]) == 2
    ann.http.delete(f"/shares/{first['id']}")
    assert shared_by_hand(ann, body).json()["url"] != first["url"]


def test_what_has_become_another_reading_has_a_link_of_its_own(ann: Api) -> None:
    body = Body('say 4; call save_reading {"title":"Kept"}; say 6')
    ann.perform(body)
    (call,) = ann.calls(body.run)
    half = shared_by_hand(ann, body, includeQuestion=True).json()["url"]
    ann.ended(ann.decide(body.run, call["toolCallId"]).json()["runId"])

    whole = shared_by_hand(ann, body, includeQuestion=True).json()["url"]

    texts = [visit(ann, url, **JSON).json()["text"] for url in (half, whole)]
    assert len(texts[0].split()) == 4
    assert len(texts[1].split()) == 10


def test_only_a_reading_of_ones_own_can_be_shared(ann: Api, bob: Api) -> None:
    body, empty = Body("say 4"), Body("fail error")
    ann.perform(body)
    ann.start(empty)
    ann.ended(empty.run)

    assert_problem(shared_by_hand(bob, body), "AGENT_FORBIDDEN", 403)
    assert_problem(shared_by_hand(ann, Body("x")), "AGENT_SESSION_NOT_FOUND", 404)
    assert_problem(shared_by_hand(ann, empty), "AGENT_SESSION_WITHOUT_READING", 409)
    for wrong in ({"ttlDays": 31}, {"ttlDays": 0}, {"threadId": "x"}, {"audience": "link"}):
        refused = shared_by_hand(ann, body, **wrong)
        assert_problem(refused, "REQUEST_VALIDATION_ERROR", 422)
    assert ann.get("/shares").json()["items"] == []


def test_who_only_wants_it_shared_is_asked_at_once(told: ServerProcess) -> None:
    with told.api() as ann:
        first = Body("Will it work out?")
        ann.perform(first)
        events = ann.perform(first.follow_up("Please share this with my friend"))

    assert text_of(events) == ""
    (interrupt,) = events[-1].data["outcome"]["interrupts"]
    assert interrupt["metadata"]["eryao"]["toolName"] == "share_reading"
