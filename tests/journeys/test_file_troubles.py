"""A store that is gone, silent or full, and clients that stall or announce too much."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.support.api import Api, Body
from tests.support.files import bring, brought, fetch, part, read_url, uploaded, with_parts
from tests.support.media import noisy, pdf, picture
from tests.support.problems import assert_problem
from tests.support.s3 import S3Server
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import wait_until

PATIENCE = 1.5
GIB = 1024 * 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Iterator[S3Server]:
    """An S3 server of this test's own."""
    server = S3Server(tmp_path / "s3").start()
    yield server
    server.stop()


@pytest.fixture
def kept(serve: Serve, store: S3Server) -> ServerProcess:
    return serve(**store.settings("files"), BLOB_SECONDS=PATIENCE)


def test_a_store_that_is_gone_is_said_to_be_and_nothing_is_half_there(
    kept: ServerProcess, store: S3Server
) -> None:
    with kept.api() as ann:
        file, awaited = brought(ann, picture()), uploaded(ann, pdf(), "application/pdf")
        before = ann.balance()
        store.stop()

        body, unread = Body("say 1"), Body("say 1")
        refused = [
            bring(ann, picture()),
            read_url(ann, awaited["path"]),
            ann.start(
                body,
                messages=with_parts(body, part("JVBERi0xLjQKJSVFT0Y=", "data", kind="document")),
            ),
            ann.start(unread, messages=with_parts(unread, part(awaited["path"], kind="document"))),
        ]
        known = read_url(ann, file["path"])
        run = Body("say 1")
        done = ann.perform(run, messages=with_parts(run, part(file["path"])))

        for answer in refused:
            assert_problem(answer, "AGENT_ATTACHMENT_STORAGE_UNAVAILABLE", 503)
        assert known.status_code == 200, "signing needs no store"
        assert done[-1].data["outcome"] == {"type": "success"}
        assert ann.balance() == before - 10
        assert kept.beside.count("sessions") == 1
        assert_problem(ann.get(f"/files/{file['path']}"), "STORAGE_UNAVAILABLE", 503)

        store.start()

        assert fetch(ann, file["url"]).status_code == 200
        assert bring(ann, picture()).status_code == 201


def test_a_store_that_is_silent_is_waited_for_so_long_while_others_go_on(
    kept: ServerProcess, store: S3Server
) -> None:
    with kept.api() as ann:
        ann.balance()
        with store.frozen():
            began = time.monotonic()
            refused = bring(ann, picture())

        assert_problem(refused, "AGENT_ATTACHMENT_STORAGE_UNAVAILABLE", 503)
        assert time.monotonic() - began < PATIENCE + 4


def test_a_store_that_is_full_refuses_and_keeps_nothing(
    kept: ServerProcess, store: S3Server
) -> None:
    with kept.api() as ann:
        brought(ann, picture())
        before = len([path for path in store.root.rglob("*") if path.is_file()])
        with store.cramped(500):
            refused = bring(ann, noisy(300, 300))

        assert_problem(refused, "AGENT_ATTACHMENT_UPLOAD_FAILED", 502)
        assert len([path for path in store.root.rglob("*") if path.is_file()]) == before


# --- clients -----------------------------------------------------------------------------------


def head(api: Api, length: int) -> bytes:
    return (
        f"POST /api/v1/agent/attachments HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {api.token}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    ).encode()


def answer_to(api: Api, *pieces: bytes) -> bytes:
    """The answer to a request that may never become whole."""
    address = urlsplit(api.url)
    with closing(socket.create_connection((address.hostname, address.port), 10)) as sock:
        for piece in pieces:
            sock.sendall(piece)
        answer = b""
        while chunk := sock.recv(65_536):
            answer += chunk
    return answer


def test_four_gigabytes_announced_are_refused_at_once(serve: Serve) -> None:
    with serve().api() as ann:
        began = time.monotonic()
        answer = answer_to(ann, head(ann, 4 * GIB))

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"AGENT_ATTACHMENT_TOO_LARGE" in answer
    assert time.monotonic() - began < 5


def test_a_stalled_upload_is_ended_in_time(serve: Serve) -> None:
    with serve(BODY_SECONDS=0.5).api() as ann:
        began = time.monotonic()
        answer = answer_to(ann, head(ann, 5_000_000), b"\xff\xd8\xff" + bytes(10_000))

    assert b"REQUEST_TIMEOUT" in answer
    assert time.monotonic() - began < 6


def test_an_upload_whose_client_leaves_keeps_nothing(serve: Serve) -> None:
    server = serve()
    with server.api() as ann:
        address = urlsplit(ann.url)
        with closing(socket.create_connection((address.hostname, address.port), 10)) as sock:
            sock.sendall(head(ann, 5_000_000) + bytes(100_000))

        assert bring(ann, picture()).status_code == 201
        assert server.beside.count("attachments") == 1


def test_a_form_of_many_parts_or_endless_headers_is_refused(serve: Serve) -> None:
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="p{n}"\r\n\r\nx\r\n' for n in range(100)
    )
    headers = "--b\r\n" + "".join(f"X-{n}: {uuid4()}\r\n" for n in range(500))
    long = f"--b\r\nX: {'y' * 200_000}\r\n"
    with serve().api() as ann:
        for body in (parts, headers, long):
            answer = ann.post(
                "/agent/attachments",
                content=body.encode(),
                headers={"Content-Type": "multipart/form-data; boundary=b"},
            )
            assert_problem(answer, "REQUEST_VALIDATION_ERROR", 422)


def test_a_start_removes_the_halves_of_a_server_that_was_killed(unstarted: ServerProcess) -> None:
    parts = unstarted.data_dir / "files" / ".parts"
    parts.mkdir(parents=True)
    for name, seconds in (("dead", 0.0), ("writing", time.time())):
        (parts / name).write_bytes(b"half")
        os.utime(parts / name, (seconds, seconds))

    unstarted.start()

    wait_until(lambda: [path.name for path in parts.iterdir()] == ["writing"])


def test_halves_that_cannot_be_removed_keep_no_server_from_starting(
    unstarted: ServerProcess,
) -> None:
    in_the_way = unstarted.data_dir / "files" / ".parts" / "folder"
    in_the_way.mkdir(parents=True)
    os.utime(in_the_way, (0, 0))

    with unstarted.start().api() as ann:
        assert bring(ann, picture()).status_code == 201
    wait_until(lambda: any("was not tidied" in line for line in unstarted.lines))
