"""A client that comes back: from anywhere, at any time, and never to a stream with a hole in it."""

import json
import signal
import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx2
import pytest

from tests.journeys.conftest import Serve
from tests.support.api import EVENT_STREAM, Api, Body, events_in, frames_in, text_of
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer, free_slots, wait_until

RICH = 'think 3; say 4; call look_up_text {"number":1,"part":"judgment"}; think 2; say 5'


@pytest.fixture
def live(ann: Api) -> Iterator[Body]:
    """A run that goes on for longer than any test here, some of it shown already."""
    body = Body("think 2; say 5; say 900 pace 20")
    ann.start(body)
    with Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT", 6):
        yield body
    ann.cancel(body.run)
    ann.ended(body.run)


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
            viewer.until(lambda v: len(v.bytes) > 260 or v.whole is not None)
            torn = viewer.bytes[: max(260, viewer.bytes.rindex(b"\n\n") - 5)]
        # Progress is one whole frame at least; whatever was torn off comes again.
        seen += frames_in(torn) or frames_in(viewer.bytes)[:1]

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


# --- compact ------------------------------------------------------------------------------------


def test_a_compact_log_says_the_same_in_fewer_events(ann: Api) -> None:
    body = Body(RICH)
    whole = ann.perform(body)

    short = ann.follow(body, compact="true")

    assert text_of(short) == text_of(whole)
    assert len(short) < len(whole)
    ids = [event.id for event in short]
    assert set(ids) <= {event.id for event in whole}
    assert short[-1] == whole[-1]
    kinds = [event.type for event in short]
    assert kinds.count("TEXT_MESSAGE_CONTENT") == 2
    assert kinds.count("REASONING_MESSAGE_CONTENT") == 2
    frames = frames_in(ann.log(body))
    for event_id in ids[:-1]:
        number = int(event_id.partition("-")[2])
        assert ann.log(body, event_id) == b"".join(frames[number:])


def test_a_compact_viewer_of_a_live_run_gets_the_past_joined_and_then_every_event(
    ann: Api, live: Body
) -> None:
    with Viewer.of(ann, live, query="&compact=true").seen("TEXT_MESSAGE_CONTENT", 5) as viewer:
        pass
    ann.cancel(live.run)
    ann.ended(live.run)

    log = events_in(ann.log(live))
    first, *later = [e for e in viewer.events if e.type == "TEXT_MESSAGE_CONTENT"]
    numbers = [event.number for event in later]
    assert len(first.data["delta"].split()) >= 6
    assert numbers == list(range(first.number + 1, first.number + 1 + len(numbers)))
    assert text_of([first, *later]) == text_of([e for e in log if e.number <= numbers[-1]])
    by_number = {event.number: event for event in log}
    assert all(by_number[event.number] == event for event in later)


def test_a_compact_viewer_that_is_cut_goes_on_from_its_last_id(ann: Api, live: Body) -> None:
    with Viewer.of(ann, live, query="&compact=true").seen("TEXT_MESSAGE_CONTENT", 3) as first:
        pass
    ann.cancel(live.run)
    ann.ended(live.run)

    rest = ann.follow(live, first.last_id, compact="true")

    assert text_of(first.events + rest) == text_of(ann.follow(live))


# --- many, quiet, and gone ------------------------------------------------------------------------


def test_two_viewers_see_the_same_bytes(ann: Api) -> None:
    body = Body("think 1; say 20 pace 10")
    ann.start(body)
    with Viewer.of(ann, body) as one, Viewer.of(ann, body) as two:
        logs = [b"".join(viewer.ended().frames) for viewer in (one, two)]

    assert logs == [ann.log(body)] * 2


def test_the_framing_is_what_clients_of_the_protocol_read(ann: Api) -> None:
    body = Body(RICH)
    with ann.stream(body) as response:
        stream = b"".join(response.iter_raw())

    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert b"\r" not in stream
    assert stream.endswith(b"\n\n")
    retry, *frames = stream[:-2].split(b"\n\n")
    assert retry.startswith(b"retry: ")
    assert 1_000 <= int(retry.removeprefix(b"retry: ")) <= 4_000
    for frame in frames:
        name, data = frame.split(b"\n")
        assert name.startswith(b"id: ")
        assert data.startswith(b'data: {"type":"')


def test_a_quiet_stream_is_kept_open_by_comments(serve: Serve) -> None:
    server = serve(HEARTBEAT_SECONDS=0.2, FLUSH_MS=1)
    with server.api() as ann:
        body = Body("say 1; fail stall")
        with Viewer.starting(ann, body) as viewer:
            viewer.until(lambda v: v.bytes.count(b": ping\n\n") >= 3)

        assert "TEXT_MESSAGE_CONTENT" in viewer.kinds
        assert b"ping" not in b"".join(viewer.frames)


def test_leaving_does_not_stop_the_run(ann: Api) -> None:
    body = Body("say 10 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT") as viewer:
        pass

    assert ann.ended(body.run)["status"] == "succeeded"
    assert len(text_of(ann.follow(body, viewer.last_id)).split()) == 9
    assert ann.balance() == 90


def test_a_slot_comes_back_when_its_client_goes(ann: Api, live: Body) -> None:
    """In the middle of an answer, before its first byte, and before the request was whole."""
    for _ in range(4):
        with Viewer.of(ann, live).until(lambda viewer: len(viewer.frames) > 3):
            pass
        leave_unread(ann, "GET", f"/agent/sessions/{live.thread}/events?runId={live.run}")
        wait_until(lambda: free_slots(ann, live) == 2)


def test_a_posts_slot_comes_back_when_its_client_goes(ann: Api, live: Body) -> None:
    runs = [Body("say 900 pace 20") for _ in range(4)]
    with Viewer.starting(ann, runs[0]).seen("TEXT_MESSAGE_CONTENT"):
        assert free_slots(ann, live) == 1
    wait_until(lambda: free_slots(ann, live) == 2)

    for run in runs[1:]:
        leave_unread(ann, "POST", "/agent/runs", run)
        wait_until(lambda: free_slots(ann, live) == 2)
    for run in runs:
        if ann.cancel(run.run).is_success:
            ann.ended(run.run)


def leave_unread(api: Api, method: str, path: str, body: Body | None = None) -> None:
    """Ask for a stream and hang up, hard, without reading a byte of the answer."""
    address = urlsplit(api.url)
    content = json.dumps(body.json()) if body else ""
    head = (
        f"{method} /api/v1{path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {api.token}\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        # Closing then resets the connection instead of saying goodbye.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall((head + content).encode())


def test_a_client_that_stops_reading_is_cut_and_loses_nothing(serve: Serve) -> None:
    """It cannot hold the server's memory; when it comes back, the rest is there."""
    server = serve(SEND_SECONDS=1)
    with server.api() as ann:
        body = Body("say 60000")
        address = urlsplit(ann.url)
        with socket.socket() as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            stalled.connect((address.hostname or "", address.port or 0))
            path = f"/api/v1/agent/sessions/{body.thread}/events?runId={body.run}"
            ann.start(body)
            stalled.sendall(
                f"GET {quote(path, safe='/?=')} HTTP/1.1\r\nHost: {address.netloc}\r\n"
                f"Authorization: Bearer {ann.token}\r\nAccept: text/event-stream\r\n\r\n".encode()
            )
            assert ann.ended(body.run)["status"] == "succeeded"
            wait_until(lambda: b"eryao_open_streams 0" in metrics(server))
        assert len(text_of(ann.follow(body)).split()) == 60_000
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def metrics(server: ServerProcess) -> bytes:
    return httpx2.get(f"{server.url}/metrics").content
