"""Objects in a bucket, behind any server that speaks S3. Imported only where a setting asks."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import anyio
from obstore.exceptions import BaseError
from obstore.store import S3Store

from storage.blobs.base import SignedUrl, check_key
from storage.blobs.presigning import Credentials, presign
from storage.errors import BlobsRefused, BlobsUnavailable

CONNECT_SECONDS = 3.0
# One more try, for a connection that was kept too long; whoever waits is a person.
RETRIES = 1
_KNOWN = {"endpoint", "region", "public"}
# A server that answers so may not be asked the same again; others may have been busy.
_ANSWERED = re.compile(r"Server returned (non-2xx|error)|status code: [45]")
_NO_BUCKET = "NoSuchBucket"
_NOT_PARTIAL = "non-partial response"
# Objects that are held whole at once, of a server that gives no parts of them.
WHOLE_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where the objects are: `s3://name?endpoint=…&region=…`.

    `public` is the endpoint as clients reach it, where that is another.
    """

    name: str
    endpoint: str
    region: str
    public: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str, *, access_key: str = "", secret_key: str = "") -> "Bucket":
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query))
        if not parts.netloc or parts.path.strip("/") or given.keys() - _KNOWN:
            raise ValueError("a bucket's URL is s3://name?endpoint=URL&region=NAME")
        region = given.get("region", "us-east-1")
        endpoint = given.get("endpoint", f"https://s3.{region}.amazonaws.com").rstrip("/")
        public = given.get("public", endpoint).rstrip("/")
        for address in (endpoint, public):
            if not address.startswith(("https://", "http://")):
                raise ValueError("a bucket's endpoint begins with https:// or http://")
        return cls(
            name=parts.netloc,
            endpoint=endpoint,
            region=region,
            public=public,
            access_key=access_key,
            secret_key=secret_key,
        )


class S3Blobs:
    """See storage.blobs.base.Blobs: an object appears whole or not at all."""

    def __init__(self, bucket: Bucket, *, seconds: float, now: Callable[[], datetime]) -> None:
        self._bucket = bucket
        self._seconds = seconds
        self._now = now
        self._store = _open(bucket, seconds)
        self._whole = anyio.Semaphore(WHOLE_AT_ONCE)
        self.bucket = bucket.name
        self.root = f"{bucket.public}/{bucket.name}"

    async def put(self, key: str, content: bytes) -> None:
        async with self._bounded("stored", key):
            # In one request: parts could be left behind.
            await self._store.put_async(check_key(key), content, use_multipart=False)

    async def get(self, key: str) -> bytes | None:
        async with self._bounded("read", key):
            try:
                return bytes(await (await self._store.get_async(check_key(key))).bytes_async())
            except FileNotFoundError as nothing:
                _check_bucket(nothing)
                return None

    async def open(self, key: str) -> "OpenObject | None":
        async with self._bounded("looked at", key):
            try:
                told = await self._store.head_async(check_key(key))
            except FileNotFoundError as nothing:
                _check_bucket(nothing)
                return None
        return OpenObject(self._piece, key, told["size"], told["e_tag"] or "")

    async def _piece(self, key: str, tag: str, first: int, length: int) -> bytes:
        asked = (first, first + length)
        async with self._bounded("read", key):
            try:
                found = await self._store.get_async(key, options={"range": asked, "if_match": tag})
                return bytes(await found.bytes_async())
            except BaseError as failure:
                if _NOT_PARTIAL not in str(failure):
                    raise
            # A server that knows no ranges, or calls one the whole: dear, but right.
            async with self._whole:
                found = await self._store.get_async(key)
                if (found.meta["e_tag"] or "") != tag:
                    raise BlobsUnavailable(f"{key} was replaced")
                return bytes(await found.bytes_async())[first : first + length]

    async def size(self, key: str) -> int | None:
        async with self._bounded("looked at", key):
            try:
                return (await self._store.head_async(check_key(key)))["size"]
            except FileNotFoundError as nothing:
                _check_bucket(nothing)
                return None

    async def remove(self, key: str) -> None:
        async with self._bounded("removed", key):
            try:
                await self._store.delete_async(check_key(key))
            except FileNotFoundError as nothing:
                _check_bucket(nothing)

    async def keys(self, prefix: str) -> list[str]:
        folder = prefix.rpartition("/")[0]
        found: list[str] = []
        async with self._bounded("listed", prefix):
            async for objects in self._store.list(folder or None):
                found += [meta["path"] for meta in objects]
        return sorted(key for key in found if key.startswith(prefix))

    def tidy(self) -> None:
        return  # an object is put in one request: there are no halves

    def sign_upload(self, key: str, *, media_type: str, size: int, seconds: int) -> SignedUrl:
        headers = {"Content-Type": media_type, "Content-Length": str(size)}
        return self._signed("PUT", key, seconds, headers, {})

    def sign_read(self, key: str, *, media_type: str, disposition: str, seconds: int) -> SignedUrl:
        asked = {
            "response-content-type": media_type,
            "response-content-disposition": disposition,
            "response-cache-control": f"private, max-age={seconds}",
        }
        return self._signed("GET", key, seconds, {}, asked)

    def _signed(
        self, method: str, key: str, seconds: int, headers: dict[str, str], query: dict[str, str]
    ) -> SignedUrl:
        bucket = self._bucket
        if not bucket.secret_key:
            raise BlobsUnavailable("without keys of the store no URL can be signed")
        now = self._now().replace(microsecond=0)
        url = presign(
            Credentials(bucket.access_key, bucket.secret_key, bucket.region),
            method,
            f"{self.root}/{check_key(key)}",
            seconds=seconds,
            now=now,
            headers=headers,
            query=query,
        )
        return SignedUrl(method, url, now + timedelta(seconds=seconds), headers)

    @asynccontextmanager
    async def _bounded(self, done: str, key: str) -> AsyncIterator[None]:
        try:
            with anyio.fail_after(self._seconds):
                yield
        except (BaseError, OSError) as failure:  # a TimeoutError is an OSError
            # What it says goes on for lines and may quote the request: its kind is enough.
            kind = BlobsRefused if _ANSWERED.search(str(failure)) else BlobsUnavailable
            raise kind(f"{key} was not {done}: {type(failure).__name__}") from failure


@dataclass(frozen=True, slots=True)
class OpenObject:
    """See storage.blobs.base.OpenBlob: a request for each piece, each in its own bounded time.

    A request for all of it would last as long as the slowest reader.
    """

    _piece: Callable[[str, str, int, int], Awaitable[bytes]]
    _key: str
    size: int
    tag: str

    async def read(self, first: int, length: int) -> bytes:
        piece = await self._piece(self._key, self.tag, first, length)
        if len(piece) != length:
            raise BlobsUnavailable(f"{self._key} was cut short")
        return piece

    def close(self) -> None:
        return  # nothing is held between the pieces


def _open(bucket: Bucket, seconds: float) -> S3Store:
    return S3Store(
        bucket.name,
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key_id=bucket.access_key,
        secret_access_key=bucket.secret_key,
        skip_signature=not bucket.secret_key,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": bucket.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, seconds)),
            "timeout": timedelta(seconds=seconds),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=seconds)},
    )


def _check_bucket(nothing: FileNotFoundError) -> None:
    """Nothing under the key is an answer; no bucket is a trouble."""
    if _NO_BUCKET in str(nothing):
        raise BlobsUnavailable("there is no such bucket") from nothing
