"""Files that are fetched slowly, or left half-way: what they hold meanwhile, and for how long."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runtime.features.files.served import PIECE
from runtime.media.types import LARGEST_FILE
from tests.support.api import Api
from tests.support.files import absolute, brought
from tests.support.media import mp4
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import wait_until

READERS = 20
LARGEST = mp4() + bytes(LARGEST_FILE - len(mp4()))


@pytest.fixture
def kept(serve: Serve) -> ServerProcess:
    return serve()


@pytest.fixture
def ann(kept: ServerProcess) -> Iterator[Api]:
    with kept.api() as api:
        yield api


def begin_to_read(url: str, *headers: str) -> socket.socket:
    """A client that takes the head of the answer, and then its time."""
    parts = urlsplit(url)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect((parts.hostname, parts.port))
    lines = (f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}", *headers)
    reader.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
    assert reader.recv(1024).startswith(b"HTTP/1.1 20")
    return reader


def open_files(server: ServerProcess, name: str) -> int:
    """How many descriptors of the server stand for the file of this name."""
    found = 0
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            found += link.readlink().name == name
        except FileNotFoundError:
            continue
    return found


def resident(server: ServerProcess) -> int:
    """In bytes, what the process has in memory."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def test_slow_readers_of_the_largest_file_hold_a_piece_each(kept: ServerProcess, ann: Api) -> None:
    url = absolute(ann, brought(ann, LARGEST, "long.m4a")["url"])
    with begin_to_read(url):
        before = resident(kept)

    with ExitStack() as stack:
        for _ in range(READERS):
            stack.enter_context(begin_to_read(url))
        grown = resident(kept) - before

    assert grown < READERS * 3 * PIECE, f"{grown:,} bytes for {READERS} readers"


def test_a_file_is_closed_when_its_reader_leaves(kept: ServerProcess, ann: Api) -> None:
    file = brought(ann, LARGEST, "long.m4a")
    readers = [begin_to_read(absolute(ann, file["url"])) for _ in range(3)]
    assert open_files(kept, file["id"]) == 3

    for reader in readers:
        reader.close()

    wait_until(lambda: open_files(kept, file["id"]) == 0)


def test_a_file_that_is_removed_is_read_to_its_end_by_who_has_begun(
    kept: ServerProcess, ann: Api
) -> None:
    file = brought(ann, LARGEST, "long.m4a")
    with begin_to_read(absolute(ann, file["url"]), "Connection: close") as reader:
        (kept.data_dir / "files" / file["path"]).unlink()

        read = 0
        while chunk := reader.recv(65_536):
            read += len(chunk)

    assert LARGEST_FILE - 1024 < read <= LARGEST_FILE


def test_a_file_that_becomes_shorter_is_cut_off_and_not_ended(
    kept: ServerProcess, ann: Api
) -> None:
    """Half of it must not pass for all."""
    file = brought(ann, LARGEST, "long.m4a")
    place = kept.data_dir / "files" / file["path"]
    with begin_to_read(absolute(ann, file["url"])) as reader:
        with place.open("r+b") as content:
            content.truncate(LARGEST_FILE // 2)

        read = 0
        while chunk := reader.recv(65_536):
            read += len(chunk)

    assert read < LARGEST_FILE - 1024
    wait_until(lambda: open_files(kept, file["id"]) == 0)
