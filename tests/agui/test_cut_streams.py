"""Streams that break off inside a frame, and clients of other makes that come back for the rest."""

import pytest

from tests.agui.conftest import Journey
from tests.support.api import Api, Body

pytestmark = pytest.mark.timeout(120)

SAY = "think 2; say 40 pace 20"


def test_an_event_source_pieces_a_cut_stream_together_byte_for_byte(
    bob: Api, take: Journey
) -> None:
    body = Body(SAY)
    bob.start(body)
    cuts = [{"how": how, "after": after} for how, after in (("broken", 900), ("ended", 300)) * 2]

    told = take(bob, "event_source.mjs", thread=body.thread, run=body.run, cuts=cuts)

    assert "".join(told["frames"]).encode() == bob.log(body)
    assert told["types"] == ["message"]
    asked = [request["lastEventId"] for request in told["asked"]]
    ids = [frame.partition("\n")[0].removeprefix("id: ") for frame in told["frames"]]
    assert asked[0] is None
    assert set(asked[1:]) <= set(ids)
    assert len(set(asked)) == len(cuts) + 2, "each return began where the last one broke off"
    assert asked[-1] == ids[-1]


def test_a_204_stops_an_event_source(bob: Api, take: Journey) -> None:
    body = Body("say 3")
    bob.perform(body)

    told = take(bob, "event_source.mjs", thread=body.thread, run=body.run, cuts=[])

    assert (told["stopped"], len(told["asked"]), told["late"]) == (204, 2, 0)
    assert "".join(told["frames"]).encode() == bob.log(body)


def test_an_event_source_waits_as_long_as_it_is_told(bob: Api, take: Journey) -> None:
    body = Body("say 9")
    bob.perform(body)
    cuts = [{"how": "ended", "after": after} for after in (2500, 200)]

    told = take(bob, "event_source.mjs", thread=body.thread, run=body.run, cuts=cuts)

    assert told["pauses"] == told["retries"]
    assert len(told["pauses"]) == len(cuts) + 1


def test_the_official_client_with_a_resuming_fetch_does_not_notice_a_cut(
    bob: Api, take: Journey
) -> None:
    cuts = [
        {"how": "lost"},
        {"how": "broken", "after": 3000},
        {"how": "ended", "after": 400},
        {"how": "silent", "after": 400},
    ]

    told = take(bob, "splice.ts", say=SAY, cuts=cuts)

    log = bob.log(Body(thread=told["threadId"], run=told["runId"])).decode()
    frames = [part + "\n\n" for part in told["wire"].split("\n\n") if part.startswith("id: ")]
    assert "".join(frames) == log
    methods = [request["method"] for request in told["asked"]]
    assert methods[: len(cuts) + 1] == ["POST", "POST", "GET", "GET", "GET"]
    session = bob.session(told["threadId"])
    kept = [message for message in told["messages"] if message["role"] != "reasoning"]
    assert kept == session["messages"]
    assert told["result"] == session["divination_derived"]
    assert (told["outcomes"], told["errors"], told["failures"]) == (["success"], [], [])
    assert len(session["runs"]) == 1, "the POST that was sent twice is one run"
    # An agent that leaves while the line is down, and one whose line stays down.
    assert [error["code"] for error in told["left"]] == ["abort"]
    assert (len(told["dead"]["failures"]), told["dead"]["asked"]) == (1, 4)
