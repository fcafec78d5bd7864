"""A bucket that is gone, silent or missing: said so, soon, and nothing is half there."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.errors import BlobsUnavailable
from tests.storage.blob_backends import bucket
from tests.support.s3 import S3Server

PATIENCE = 1.0


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[S3Server]:
    server = S3Server(tmp_path / "s3").start()
    yield server
    server.stop()


async def test_a_server_that_is_down_is_said_to_be_and_may_come_back(own_server: S3Server) -> None:
    blobs = bucket(own_server.bucket("bucket"), PATIENCE)
    await blobs.put("u/ann/a", b"kept")
    own_server.stop()

    for call in (blobs.put("u/ann/b", b"x"), blobs.get("u/ann/a"), blobs.size("u/ann/a")):
        with pytest.raises(BlobsUnavailable):
            await call
    for other in (blobs.remove("u/ann/a"), blobs.keys("u/")):
        with pytest.raises(BlobsUnavailable):
            await other
    own_server.start()

    assert await blobs.get("u/ann/a") == b"kept"
    assert await blobs.keys("") == ["u/ann/a"]


async def test_a_server_that_says_nothing_is_waited_for_so_long(own_server: S3Server) -> None:
    blobs = bucket(own_server.bucket("bucket"), PATIENCE)

    began = time.monotonic()
    with own_server.frozen(), pytest.raises(BlobsUnavailable):
        await blobs.put("u/ann/a", b"x" * 100_000)

    assert time.monotonic() - began < PATIENCE + 1


async def test_a_bucket_that_is_missing_is_no_empty_one(own_server: S3Server) -> None:
    blobs = bucket(own_server.url("missing"))

    for call in (blobs.get("u/ann/a"), blobs.put("u/ann/a", b"x")):
        with pytest.raises(BlobsUnavailable):
            await call
