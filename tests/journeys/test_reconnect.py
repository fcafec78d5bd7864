"""A client that comes back: from anywhere, at any time, and never to a stream with a hole in it."""

import pytest

from tests.support.api import EVENT_STREAM, RICH, Api, Body, events_in, frames_in
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, free_slots, wait_until


def ids_of(frames: list[bytes]) -> list[str]:
    return [event.id for frame in frames for event in events_in(frame)]


# --- resuming -----------------------------------------------------------------------------------


def test_a_finished_log_resumes_from_every_event_byte_for_byte(ann: Api) -> None:
    body = Body(RICH)
    ann.perform(body)
    log = ann.log(body)
    frames = frames_in(log)

    rests = {}
    for number, event_id in enumerate(ids_of(frames)[:-1], 1):
        rests[event_id] = ann.log(body, event_id)
        assert rests[event_id] == b"".join(frames[number:])

    # A client is cut at any byte: what it has of a torn frame, it forgets and asks for again.
    for cut in range(len(log)):
        seen = frames_in(log[:cut])
        rest = rests[ids_of(seen)[-1]] if seen else log
        assert b"".join(seen) + rest == log


def test_a_run_under_way_resumes_from_every_event_byte_for_byte(ann: Api) -> None:
    """Cut in the middle of a frame, back with the last whole one's id, while the run goes on."""
    body = Body("think 2; say 12 pace 25")
    ann.start(body)
    seen: list[bytes] = []
    while not seen or b"RUN_FINISHED" not in seen[-1]:
        cursor = ids_of(seen)[-1] if seen else None
        with Viewer.of(ann, body, cursor) as viewer:
            viewer.until(lambda v: len(v.raw) > 260 or v.whole is not None)
            torn = viewer.raw[: max(260, viewer.raw.rindex(b"\n\n") - 5)]
        # Progress is one whole frame at least; whatever was torn off comes again.
        seen += frames_in(torn) or frames_in(viewer.raw)[:1]

    assert b"".join(seen) == ann.log(body)


def test_the_cursor_may_stand_in_the_query_and_the_header_wins(ann: Api) -> None:
    body = Body("say 3")
    ann.perform(body)
    frames = frames_in(ann.log(body))
    ids = ids_of(frames)

    by_query = ann.log(body, lastEventId=ids[1])
    by_both = ann.log(body, ids[2], lastEventId=ids[1])
    by_nothing = ann.log(body, lastEventId="")

    assert by_query == b"".join(frames[2:])
    assert by_both == b"".join(frames[3:])
    assert by_nothing == b"".join(frames)


def test_the_end_of_a_finished_log_is_no_content(ann: Api, live: Body) -> None:
    """204 tells an EventSource to stop coming back; it holds no slot either."""
    body = Body("say 2")
    ann.perform(body)
    last = ids_of(frames_in(ann.log(body)))[-1]

    for _ in range(5):
        with ann.following(body, last) as response:
            assert (response.status_code, response.read()) == (204, b"")

    wait_until(lambda: free_slots(ann, live) == 2)


def test_the_end_of_a_log_that_goes_on_waits_for_more(ann: Api, live: Body) -> None:
    with Viewer.of(ann, live).seen("TEXT_MESSAGE_CONTENT", 8) as first:
        pass

    with Viewer.of(ann, live, first.last_id).seen("TEXT_MESSAGE_CONTENT", 2) as second:
        pass

    assert second.events[0].number == first.events[-1].number + 1


def test_a_log_resumes_on_a_server_that_was_started_again(unstarted: ServerProcess) -> None:
    """A finished run from the archive; one that was under way goes on after what was seen."""
    finished, torn = Body(RICH), Body("say 500 pace 10")
    with unstarted.start().api() as ann:
        ann.perform(finished)
        before = frames_in(ann.log(finished))
        with Viewer.starting(ann, torn).seen("TEXT_MESSAGE_CONTENT", 5) as viewer:
            unstarted.kill()
            viewer.ended()

    with unstarted.start().api() as ann:
        for number, event_id in enumerate(ids_of(before)[:-1], 1):
            assert ann.log(finished, event_id) == b"".join(before[number:])
        rest = ann.log(torn, viewer.last_id)
        assert b"".join(viewer.frames) + rest == ann.log(torn)
        assert events_in(rest)[-1].data["code"] == "AGENT_WORKER_LOST"
        assert ann.balance() == 90


# --- cursors that make no sense -----------------------------------------------------------------

MALFORMED = [
    "1",
    "-1",
    "abc-1",
    "{tag}",
    "{tag}-",
    "{tag}-0",
    "{tag}-01",
    "{tag}-+1",
    "{tag}-1 ",
    " {tag}-1",
    "{tag}-1\n",
    "{tag}-1\u00002",
    "{tag}-１",
    "{tag}-١",
    "{tag}-1.0",
    "{tag}-1e0",
    "{tag}-9999999999999999",
    "{TAG}-1",
    "{tag}--1",
    "aaaaaaa1-1",
    "zzzzzzzz-1",
    "{tag}-1-1",
    "🙂",
]


@pytest.mark.parametrize("state", ["finished", "live"])
def test_a_cursor_that_makes_no_sense_is_refused_and_holds_no_slot(
    state: str, ann: Api, live: Body
) -> None:
    body = live
    if state == "finished":
        body = Body("say 2")
        ann.perform(body)
    with Viewer.of(ann, body).until(lambda viewer: bool(viewer.frames)) as viewer:
        tag = viewer.events[0].id.partition("-")[0]

    for template in [*MALFORMED, "{tag}-100000"]:
        cursor = template.replace("{tag}", tag).replace("{TAG}", tag.upper())
        with ann.following(body, lastEventId=cursor) as response:
            response.read()
            assert_problem(response, "AGENT_INVALID_LAST_EVENT_ID", 422)

    wait_until(lambda: free_slots(ann, live) == 2)


def test_a_cursor_in_the_header_is_judged_alike(ann: Api) -> None:
    body, other = Body("say 2"), Body("say 2")
    ann.perform(body)
    ann.perform(other)
    foreign = ids_of(frames_in(ann.log(other)))[0]

    for cursor in (foreign, "1", foreign + "0000", foreign.upper()):
        with ann.following(body, cursor) as response:
            response.read()
            assert_problem(response, "AGENT_INVALID_LAST_EVENT_ID", 422)


def test_an_id_beyond_the_end_by_one_is_refused(ann: Api) -> None:
    body = Body("say 2")
    ann.perform(body)
    tag, _, last = ids_of(frames_in(ann.log(body)))[-1].partition("-")

    with ann.following(body, f"{tag}-{int(last) + 1}") as response:
        response.read()
        assert_problem(response, "AGENT_INVALID_LAST_EVENT_ID", 422)


@pytest.mark.parametrize("run_id", ["", "r-1", "0B6E3F52-3E6C-4A54-9E0C-6D5D6E1F7A10", None])
def test_a_run_id_that_names_no_run_of_the_session_is_refused(run_id: str | None, ann: Api) -> None:
    body, other = Body("say 1"), Body("say 1")
    ann.perform(body)
    ann.perform(other)

    with ann.following(Body(thread=body.thread, run=run_id or other.run)) as response:
        response.read()
        assert_problem(response, "AGENT_INVALID_RUN_ID", 422)
    answer = ann.get(f"/agent/sessions/{body.thread}/events", headers=EVENT_STREAM)
    assert_problem(answer, "AGENT_INVALID_RUN_ID", 422)
