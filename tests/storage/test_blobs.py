"""What every store of files promises; run once for each backend."""

import os
import sys
from pathlib import Path
from time import time

import anyio
import pytest

from storage.blobs import blobs_from
from storage.blobs.base import LONGEST_KEY, is_key
from storage.errors import BlobsUnavailable
from tests.storage.blob_backends import Stand, signer

KEY = "u/ann/charts/one.svg"
BYTES = bytes(range(256)) * 8


async def test_what_was_put_is_there_for_every_server(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)

    assert await shelf.blobs.get(KEY) == BYTES
    assert await shelf.elsewhere.get(KEY) == BYTES


async def test_an_empty_file_is_a_file(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, b"")

    assert await shelf.blobs.get(KEY) == b""


async def test_what_is_put_again_replaces_what_was_there(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, b"a longer first")
    await shelf.elsewhere.put(KEY, b"second")

    assert await shelf.blobs.get(KEY) == b"second"
    assert await shelf.blobs.keys("") == [KEY]


async def test_tidying_takes_nothing_that_was_put(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)

    shelf.elsewhere.tidy()

    assert await shelf.blobs.get(KEY) == BYTES


async def test_where_nothing_was_put_there_is_nothing(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)

    for other in ("u/ann/charts/two.svg", "u/ann/charts", "u/ben", f"{KEY}/more"):
        assert await shelf.blobs.get(other) is None


async def test_a_file_is_read_in_pieces(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)

    blob = await shelf.elsewhere.open(KEY)
    assert blob is not None
    pieces = [await blob.read(at, 512) for at in range(0, blob.size, 512)]
    blob.close()

    assert b"".join(pieces) == BYTES
    for other in ("u/ann/charts/two.svg", "u/ann/charts", f"{KEY}/more"):
        assert await shelf.blobs.open(other) is None


async def test_pieces_are_all_of_the_file_that_was_opened_or_of_none(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)
    blob = await shelf.blobs.open(KEY)
    assert blob is not None
    tag, first = blob.tag, await blob.read(0, 10)

    await shelf.elsewhere.put(KEY, BYTES[::-1])
    try:
        second = await blob.read(10, 10)
    except BlobsUnavailable:
        second = BYTES[10:20]
    blob.close()

    assert first + second == BYTES[:20]
    newer = await shelf.blobs.open(KEY)
    assert newer is not None
    assert newer.tag != tag
    newer.close()


async def test_more_than_there_is_cannot_be_read(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)
    blob = await shelf.blobs.open(KEY)
    assert blob is not None

    with pytest.raises(BlobsUnavailable):
        await blob.read(blob.size - 1, 2)

    blob.close()


async def test_a_size_is_known_without_reading(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)

    assert await shelf.elsewhere.size(KEY) == len(BYTES)
    for other in ("u/ann/charts/two.svg", "u/ann/charts", f"{KEY}/more"):
        assert await shelf.blobs.size(other) is None


async def test_what_was_removed_is_gone_and_may_be_removed_again(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, BYTES)

    for _ in range(2):
        await shelf.blobs.remove(KEY)

    assert await shelf.elsewhere.get(KEY) is None
    assert await shelf.blobs.keys("") == []
    await shelf.blobs.remove(f"{KEY}/more")


async def test_keys_are_listed_by_how_they_begin_in_order(shelf: Stand) -> None:
    for key in ("u/ben/b", "u/ann/charts/2", "u/ann/charts/10", "u/anna/x"):
        await shelf.blobs.put(key, b"")

    assert await shelf.blobs.keys("u/ann/") == ["u/ann/charts/10", "u/ann/charts/2"]
    assert await shelf.blobs.keys("u/nobody/") == []
    assert len(await shelf.blobs.keys("")) == 4


@pytest.mark.parametrize(
    "key",
    [
        *("", "/", "/u", "u/", "u//x", ".", "..", "u/../x", "../x", "u/.parts/x", "u/./x"),
        *("u/a b", "u/ä", "u/a\\b", "u/a\0", "u/a\n", "~/x\n", "C:/x", "x" * (LONGEST_KEY + 1)),
    ],
)
async def test_what_could_lead_out_of_the_store_is_no_key(shelf: Stand, key: str) -> None:
    assert not is_key(key)
    with pytest.raises(ValueError, match="cannot be a key"):
        await shelf.blobs.put(key, BYTES)
    with pytest.raises(ValueError, match="cannot be a key"):
        await shelf.blobs.get(key)
    with pytest.raises(ValueError, match="cannot be a key"):
        await shelf.blobs.remove(key)


async def test_without_room_nothing_is_half_stored(shelf: Stand) -> None:
    await shelf.blobs.put(KEY, b"first")

    with shelf.cramped(1_000), pytest.raises(BlobsUnavailable):
        await shelf.blobs.put(KEY, BYTES)
    with shelf.cramped(1_000), pytest.raises(BlobsUnavailable):
        await shelf.blobs.put("u/ann/charts/new.svg", BYTES)

    assert await shelf.blobs.get(KEY) == b"first"
    assert await shelf.blobs.keys("") == [KEY]
    assert shelf.litter() == []


async def test_of_writers_at_once_one_has_its_file_whole(shelf: Stand) -> None:
    contents = [bytes([number]) * 200_000 for number in range(8)]

    async with anyio.create_task_group() as tasks:
        for number, content in enumerate(contents):
            blobs = shelf.blobs if number % 2 else shelf.elsewhere
            tasks.start_soon(blobs.put, KEY, content)

    assert await shelf.blobs.get(KEY) in contents


# --- files in a folder -------------------------------------------------------------------------


async def test_a_url_names_the_folder_and_none_means_the_usual_one(tmp_path: Path) -> None:
    named = blobs_from(f"file://{tmp_path / 'mine'}", tmp_path / "usual", signer=signer())
    await named.put("a", b"1")
    await blobs_from("", tmp_path / "usual", signer=signer()).put("a", b"2")

    assert (tmp_path / "mine" / "a").read_bytes() == b"1"
    assert (tmp_path / "usual" / "a").read_bytes() == b"2"
    with pytest.raises(ValueError, match="a folder, file://, or in a bucket"):
        blobs_from("https://bucket", tmp_path, signer=signer())


async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    await blobs_from("", tmp_path / "files", signer=signer()).put(KEY, b"1")

    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


async def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file is in the way")
    blobs = blobs_from("", tmp_path / "files", signer=signer())

    with pytest.raises(BlobsUnavailable, match="was not stored"):
        await blobs.put(KEY, b"1")
    assert await blobs.get(KEY) is None


WRITER = """
import anyio, os, sys
from pathlib import Path
from storage.blobs.local import LocalBlobs
replace = Path.replace
Path.replace = lambda path, target: os._exit(9)
anyio.run(LocalBlobs(Path(sys.argv[1]), None).put, "u/ann/a", b"new")
"""


async def test_a_writer_that_dies_before_the_end_changes_nothing(tmp_path: Path) -> None:
    blobs = blobs_from("", tmp_path, signer=signer())
    await blobs.put("u/ann/a", b"old")

    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    died = await anyio.run_process(command, env=path, check=False)

    assert died.returncode == 9
    assert await blobs.get("u/ann/a") == b"old"
    assert await blobs.keys("") == ["u/ann/a"], "a half is not listed"


async def test_halves_that_killed_writers_left_are_removed_a_day_later(tmp_path: Path) -> None:
    """One that is younger may be another process's, which writes it now."""
    blobs = blobs_from("", tmp_path, signer=signer())
    blobs.tidy()
    await blobs.put(KEY, BYTES)
    parts, yesterday = tmp_path / ".parts", time() - 86_401
    (parts / "dead").write_bytes(BYTES)
    (parts / "writing").write_bytes(BYTES)
    for old in (parts / "dead", tmp_path / KEY):
        os.utime(old, (yesterday, yesterday))

    blobs.tidy()

    assert [path.name for path in parts.iterdir()] == ["writing"]
    assert await blobs.get(KEY) == BYTES


def test_halves_that_cannot_be_removed_are_told_of(tmp_path: Path) -> None:
    in_the_way = tmp_path / ".parts" / "folder"
    in_the_way.mkdir(parents=True)
    os.utime(in_the_way, (0, 0))

    with pytest.raises(BlobsUnavailable, match="halves were not removed"):
        blobs_from("", tmp_path, signer=signer()).tidy()
