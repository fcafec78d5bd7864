"""Signed URLs over HTTP: the same surface on a folder, through us, and on a bucket, past us."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from runtime.parts import Eryao, build
from runtime.settings import Settings
from storage.blobs.base import SignedUrl
from tests.support import web
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess

CONTENT = bytes(range(256)) * 20
DATE = "Sat, 21 Nov 2026 00:00:00 GMT"
SAVE_AS = "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"


class Clerk:
    """Signs with the server's own key, as its calls do."""

    def __init__(self, server: ServerProcess) -> None:
        self.url = server.url
        chosen = {name.lower(): value for name, value in server.settings.items()}
        settings = Settings.model_validate({"data_dir": server.data_dir, **chosen})
        self.parts: Eryao = build(settings)
        # Of a user whom there is: nobody else's files are taken.
        owner = server.beside.sign_in(f"{uuid4()}@example.com")
        self.key = f"u/{owner.id}/files/{uuid4()}"

    def upload(self, size: int = len(CONTENT), seconds: int = 60) -> SignedUrl:
        return self.parts.media.blobs.sign_upload(
            self.key, media_type="image/png", size=size, seconds=seconds
        )

    def read(self, seconds: int = 60) -> SignedUrl:
        return self.parts.media.blobs.sign_read(
            self.key, media_type="application/pdf", disposition=SAVE_AS, seconds=seconds
        )

    def send(self, signed: SignedUrl, content: bytes = b"", **headers: str) -> httpx2.Response:
        url = signed.url if "://" in signed.url else self.url + signed.url
        sent = {**signed.headers, **headers}
        sent.pop("Content-Length", None)
        return web.request(signed.method, url, content=content, headers=sent)


@pytest.fixture
def clerk(filing: ServerProcess) -> Iterator[Clerk]:
    clerk = Clerk(filing)
    yield clerk
    clerk.parts.database.close()


async def test_what_is_uploaded_to_a_signed_url_is_read_from_another(clerk: Clerk) -> None:
    uploaded = clerk.send(clerk.upload(), CONTENT)
    read = clerk.send(clerk.read())

    assert uploaded.status_code == 200
    assert read.status_code == 200
    assert read.content == CONTENT == await clerk.parts.media.blobs.get(clerk.key)
    assert read.headers["content-type"] == "application/pdf"
    assert read.headers["content-disposition"] == SAVE_AS
    assert "private" in read.headers["cache-control"]


async def test_another_type_or_length_is_not_taken(clerk: Clerk) -> None:
    signed = clerk.upload()

    refused = [
        clerk.send(signed, CONTENT, **{"Content-Type": "text/html"}),
        clerk.send(signed, CONTENT + b"!"),
        clerk.send(signed, CONTENT[:-1]),
        clerk.send(signed, b""),
    ]

    assert all(400 <= response.status_code < 500 for response in refused)
    assert await clerk.parts.media.blobs.get(clerk.key) is None


def test_a_url_opens_one_key_for_one_method(clerk: Clerk) -> None:
    clerk.send(clerk.upload(), CONTENT)
    read, upload = clerk.read(), clerk.upload()

    crossed = [
        SignedUrl("PUT", read.url, read.expires_at, upload.headers),
        SignedUrl("GET", upload.url, upload.expires_at),
        SignedUrl("GET", read.url.replace("/files/", "/other/", 1), read.expires_at),
        SignedUrl("GET", read.url.replace(clerk.key, f"u/{uuid4()}/x"), read.expires_at),
        SignedUrl("GET", read.url[:-1] + ("0" if read.url[-1] != "0" else "1"), read.expires_at),
    ]

    for signed in crossed:
        assert 400 <= clerk.send(signed, CONTENT).status_code < 500


# --- what is ours alone: the folder's URLs -----------------------------------------------------


@pytest.fixture
def folder(clerk: Clerk) -> Clerk:
    if clerk.parts.media.blobs.bucket != "files":
        pytest.skip("a bucket's own server answers for its URLs")
    return clerk


def test_an_expired_or_changed_url_is_said_to_be_one(folder: Clerk) -> None:
    folder.send(folder.upload(), CONTENT)
    expired = folder.read(seconds=-1)
    changed = SignedUrl("GET", folder.read().url + "0", expired.expires_at)

    for signed in (expired, changed):
        assert_problem(folder.send(signed), "AGENT_SIGNED_IMAGE_URL_INVALID", 422)
    for signed in (folder.upload(seconds=-1), SignedUrl("PUT", changed.url, expired.expires_at)):
        assert_problem(folder.send(signed, CONTENT), "AGENT_SIGNED_IMAGE_URL_INVALID", 422)


def test_a_file_that_is_opened_by_itself_can_do_nothing(folder: Clerk) -> None:
    folder.send(folder.upload(), CONTENT)

    headers = folder.send(folder.read()).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; sandbox")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    seconds = int(headers["cache-control"].partition("max-age=")[2])
    assert seconds <= 60, "no cache keeps it for longer than the URL is good"


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-9", 206, CONTENT[:10]),
        ("bytes=5000-", 206, CONTENT[5000:]),
        ("bytes=-7", 206, CONTENT[-7:]),
        ("bytes=5100-9999", 206, CONTENT[5100:]),
        ("bytes=-99999", 206, CONTENT),
        ("bytes=5-2", 200, CONTENT),
        ("bytes=0-1,4-5", 200, CONTENT),
        ("bytes=-", 200, CONTENT),
        ("pages=1-2", 200, CONTENT),
    ],
)
def test_a_range_is_what_was_asked_for_or_the_whole(
    folder: Clerk, asked: str, status: int, content: bytes
) -> None:
    folder.send(folder.upload(), CONTENT)

    answer = folder.send(folder.read(), Range=asked)

    assert answer.status_code == status
    assert answer.content == content
    if status == 206:
        first = CONTENT.rindex(content) if asked != "bytes=0-9" else 0
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(content) - 1}/5120"
        assert int(answer.headers["content-length"]) == len(content)


@pytest.mark.parametrize("asked", ["bytes=5120-", "bytes=9999-10000", "bytes=-0"])
def test_a_range_that_the_file_does_not_have_is_refused(folder: Clerk, asked: str) -> None:
    folder.send(folder.upload(), CONTENT)

    refused = folder.send(folder.read(), Range=asked)

    assert assert_problem(refused, "FILE_RANGE_UNSATISFIABLE", 416)["size"] == len(CONTENT)
    assert refused.headers["content-range"] == "bytes */5120"


def test_a_range_goes_on_only_with_the_file_that_it_began_with(folder: Clerk) -> None:
    folder.send(folder.upload(), CONTENT)
    tag = folder.send(folder.read()).headers["etag"]
    read = folder.read()

    same = folder.send(read, b"", **{"Range": "bytes=10-19", "If-Range": tag})
    dated = folder.send(read, b"", **{"Range": "bytes=10-19", "If-Range": DATE})
    folder.send(folder.upload(), CONTENT[::-1])
    other = folder.send(read, b"", **{"Range": "bytes=10-19", "If-Range": tag})

    assert (same.status_code, same.content) == (206, CONTENT[10:20])
    assert (dated.status_code, dated.content) == (200, CONTENT)
    assert (other.status_code, other.content) == (200, CONTENT[::-1])
    assert other.headers["etag"] != tag


@pytest.mark.parametrize("known", ["{}", '"x", W/{}', "*"])
def test_what_a_client_has_is_not_sent_again(folder: Clerk, known: str) -> None:
    folder.send(folder.upload(), CONTENT)
    tag = folder.send(folder.read()).headers["etag"]

    again = folder.send(folder.read(), b"", **{"If-None-Match": known.format(tag)})
    other = folder.send(folder.read(), b"", **{"If-None-Match": '"x"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert other.status_code == 200


def test_the_head_of_a_file_is_told_without_the_file(folder: Clerk) -> None:
    folder.send(folder.upload(), CONTENT)
    whole, url = folder.send(folder.read()), folder.url + folder.read().url

    head = httpx2.head(url, headers={"Range": "bytes=0-9"})

    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]
    assert int(head.headers["content-length"]) == len(CONTENT)


def test_an_empty_file_has_no_range(folder: Clerk) -> None:
    folder.send(folder.upload(size=0), b"")

    assert folder.send(folder.read()).content == b""
    assert folder.send(folder.read(), Range="bytes=0-").status_code == 416


def test_a_good_url_to_a_file_that_is_gone_finds_nothing(folder: Clerk) -> None:
    assert_problem(folder.send(folder.read()), "FILE_NOT_FOUND", 404)


def test_a_url_says_when_it_ends(clerk: Clerk) -> None:
    before = datetime.now(clerk.read().expires_at.tzinfo)

    assert abs(clerk.read(60).expires_at - before - timedelta(seconds=60)) < timedelta(seconds=5)
