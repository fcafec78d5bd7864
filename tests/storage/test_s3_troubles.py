"""A bucket that is gone, silent or missing: said so, soon, and nothing is half there."""

import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from storage.blobs.s3 import Bucket, S3Blobs
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


class PartialServer(BaseHTTPRequestHandler):
    """A bucket with one object, of which parts are given as the protocol has it."""

    content = bytes(range(256)) * 4
    asked: ClassVar[list[tuple[str | None, str | None]]] = []

    def do_HEAD(self) -> None:
        self._answer(200, {"Content-Length": str(len(self.content))})

    def do_GET(self) -> None:
        asked, tag = self.headers["Range"], self.headers["If-Match"]
        self.asked.append((asked, tag))
        if tag != _tag(self.content):
            self._answer(412, {"Content-Length": "0"})
            return
        first, last = (int(place) for place in asked.removeprefix("bytes=").split("-"))
        piece = self.content[first : last + 1]
        place = f"bytes {first}-{last}/{len(self.content)}"
        self._answer(206, {"Content-Range": place, "Content-Length": str(len(piece))})
        self.wfile.write(piece)

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        dated = {"Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT", "ETag": _tag(self.content)}
        for name, value in (dated | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        return


def _tag(content: bytes) -> str:
    return f'"{zlib.crc32(content):x}"'


async def test_of_an_object_only_the_pieces_that_are_wanted_are_asked_for() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), PartialServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        bucket = Bucket.from_url(f"s3://parts?endpoint={endpoint}", access_key="", secret_key="")
        blobs = S3Blobs(bucket, seconds=5, now=lambda: datetime.now(UTC))
        blob = await blobs.open("a/b")
        assert blob is not None
        tag, content = _tag(PartialServer.content), PartialServer.content

        assert await blob.read(100, 50) == content[100:150]
        assert PartialServer.asked == [("bytes=100-149", tag)]
        PartialServer.content = content[::-1]
        with pytest.raises(BlobsUnavailable):
            await blob.read(150, 50)
        server.shutdown()
