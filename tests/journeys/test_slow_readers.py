"""Files that are fetched slowly, or left half-way: what they hold meanwhile, and for how long."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runtime.features.files.served import PIECE
from runtime.media.types import LARGEST_FILE
from tests.support import web
from tests.support.api import Api
from tests.support.files import absolute, brought, fetch
from tests.support.media import mp4
from tests.support.problems import assert_problem
from tests.support.server import NewFolder, Serve, ServerProcess, at_work
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


# --- only so many ---------------------------------------------------------------------------------


def test_who_reads_beyond_the_places_is_told_to_come_again(serve: Serve) -> None:
    """One user's share is used up, by whomever the URL was passed on to; nobody else's is."""
    server = serve(FILE_READERS=3, FILE_READERS_PER_USER=2)
    with server.api() as ann, server.api("bob@example.com") as bob, ExitStack() as reading:
        anns, bobs = (brought(api, LARGEST, "long.m4a") for api in (ann, bob))
        for _ in range(2):
            reading.enter_context(begin_to_read(absolute(ann, anns["url"])))

        refused = fetch(ann, anns["url"])
        assert_problem(refused, "FILE_TOO_MANY_READERS", 429)
        assert refused.headers["retry-after"] == "2"
        assert_problem(ann.get(f"/files/{anns['path']}"), "FILE_TOO_MANY_READERS", 429)
        assert open_files(server, anns["id"]) == 2

        reading.enter_context(begin_to_read(absolute(bob, bobs["url"])))
        assert_problem(fetch(bob, bobs["url"]), "FILE_TOO_MANY_READERS", 429)

    wait_until(lambda: fetch(ann, anns["url"]).content == LARGEST)


def leave_rudely(url: str, _place: Path) -> None:
    with begin_to_read(url) as reader:
        # Closing then resets the connection instead of saying goodbye.
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def take_nothing_until_cut(url: str, _place: Path) -> None:
    with begin_to_read(url):
        wait_until(lambda: web.get(url).status_code == 200, seconds=12)


def read_to_the_end(url: str, _place: Path) -> None:
    assert web.get(url).content == LARGEST


def look_at_the_head(url: str, _place: Path) -> None:
    assert web.request("HEAD", url).status_code == 200


def have_it_already(url: str, _place: Path) -> None:
    assert web.get(url, headers={"If-None-Match": "*"}).status_code == 304


def ask_beyond_its_end(url: str, _place: Path) -> None:
    beyond = {"Range": f"bytes={LARGEST_FILE}-"}
    assert_problem(web.get(url, headers=beyond), "FILE_RANGE_UNSATISFIABLE", 416)


def find_it_gone(url: str, place: Path) -> None:
    aside = place.rename(place.with_name("aside"))
    assert_problem(web.get(url), "FILE_NOT_FOUND", 404)
    aside.rename(place)


def lose_the_rest_of_it(url: str, place: Path) -> None:
    with begin_to_read(url) as reader:
        with place.open("r+b") as content:
            content.truncate(LARGEST_FILE // 2)
        with suppress(ConnectionError):
            while reader.recv(65_536):
                pass
    place.write_bytes(LARGEST)


@pytest.fixture(scope="module")
def narrow(new_folder: NewFolder) -> Iterator[tuple[ServerProcess, Api]]:
    """A place for one reader of a user's files."""
    folder = new_folder()
    server = ServerProcess(folder, FILE_READERS_PER_USER=1, SEND_SECONDS=2)
    with at_work(server), server.api() as api:
        yield server, api


@pytest.mark.parametrize(
    "leave",
    [
        leave_rudely,
        take_nothing_until_cut,
        read_to_the_end,
        look_at_the_head,
        have_it_already,
        ask_beyond_its_end,
        find_it_gone,
        lose_the_rest_of_it,
    ],
)
def test_a_place_comes_back_however_its_reader_leaves(
    narrow: tuple[ServerProcess, Api], leave: Callable[[str, Path], None]
) -> None:
    server, ann = narrow
    file = brought(ann, LARGEST, "long.m4a")
    url = absolute(ann, file["url"])

    for _ in range(2):
        leave(url, server.data_dir / "files" / file["path"])
        wait_until(lambda: web.get(url).content == LARGEST)
