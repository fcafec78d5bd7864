"""Those who watch: joined or token by token, together or alone, and gone without a word."""

import json
import signal
import socket
from urllib.parse import quote, urlsplit

from tests.support.api import RICH, Api, Body, events_in, frames_in, text_of
from tests.support.server import Serve
from tests.support.viewer import Viewer, free_slots, open_streams, wait_until

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
            viewer.until(lambda v: v.raw.count(b": ping\n\n") >= 3)

        assert "TEXT_MESSAGE_CONTENT" in viewer.kinds
        assert b"ping" not in b"".join(viewer.frames)


def test_a_stream_is_renewed_in_good_order_and_a_posts_answer_is_not(serve: Serve) -> None:
    """A proxy may count connections; a client with a cursor does not notice."""
    server = serve(STREAM_MINUTES=0.01)
    with server.api() as ann:
        body = Body("say 60 pace 50")
        with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT") as poster:
            with Viewer.of(ann, body) as watcher:
                watcher.ended()
            assert (watcher.status, watcher.whole) == (200, True)
            assert "RUN_FINISHED" not in watcher.kinds
            rest = ann.log(body, watcher.last_id)
            poster.ended()

    assert poster.events[-1].type == "RUN_FINISHED"
    seen = b"".join(watcher.frames) + rest
    assert seen == b"".join(poster.frames)[: len(seen)]


def test_leaving_does_not_stop_the_run(ann: Api) -> None:
    body = Body("say 40 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT") as viewer:
        pass

    assert "RUN_FINISHED" not in viewer.kinds
    assert ann.ended(body.run)["status"] == "succeeded"
    rest = ann.follow(body, viewer.last_id)
    assert len(text_of([*viewer.events, *rest]).split()) == 40
    assert ann.balance() == 90


def test_a_slot_comes_back_when_its_client_goes(ann: Api, live: Body) -> None:
    """In the middle of an answer, before its first byte, and before the request was whole."""
    for _ in range(4):
        with Viewer.of(ann, live).until(lambda viewer: len(viewer.frames) > 3):
            pass
        wait_until(lambda: open_streams(ann) == 1)
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
    server = serve(SEND_SECONDS=6)
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
            wait_until(lambda: open_streams(ann) == 0, seconds=20)
        assert len(text_of(ann.follow(body)).split()) == 60_000
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
