"""Signed URLs: what is under the signature cannot be changed, and ours end in time."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.blobs.presigning import Credentials, presign
from storage.blobs.s3 import Bucket
from storage.blobs.signing import SignatureInvalid, UrlSigner
from storage.errors import BlobsUnavailable
from tests.storage.blob_backends import KEY, Stand, bucket, signer

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
PATH = "u/ann/files/one"
CLAIMS = {"type": "image/png", "disposition": 'inline; filename="a &b=c.png"'}


def opened(at: datetime, method: str, path: str, query: str) -> dict[str, str]:
    return signer(lambda: at).open(method, path, query)


def test_what_was_signed_is_what_is_opened() -> None:
    signed = signer(lambda: NOW).sign("GET", PATH, 60, CLAIMS)
    address, _, query = signed.url.partition("?")

    claims = opened(NOW + timedelta(seconds=59), "GET", PATH, query)

    assert address == f"https://eryao.test/files/{PATH}"
    assert claims | CLAIMS == claims
    assert signed.expires_at == NOW.replace(microsecond=0) + timedelta(seconds=60)


def test_an_expired_url_opens_nothing() -> None:
    query = signer(lambda: NOW).sign("GET", PATH, 60, CLAIMS).url.partition("?")[2]

    with pytest.raises(SignatureInvalid, match="expired"):
        opened(NOW + timedelta(seconds=60), "GET", PATH, query)


def test_no_byte_of_a_signed_url_can_be_changed() -> None:
    query = signer(lambda: NOW).sign("GET", PATH, 60, CLAIMS).url.partition("?")[2]

    for place in range(len(query)):
        for bit in range(7):
            changed = chr(ord(query[place]) ^ 1 << bit)
            with pytest.raises(SignatureInvalid):
                opened(NOW, "GET", PATH, query[:place] + changed + query[place + 1 :])


@pytest.mark.parametrize(
    ("method", "path", "change"),
    [
        ("PUT", PATH, ""),
        ("GET", "u/ann/files/two", ""),
        ("GET", PATH + "/", ""),
        ("GET", PATH, "&expires=9999999999"),
        ("GET", PATH, "&signature="),
        ("GET", PATH, "\ud800"),
    ],
)
def test_nothing_around_a_signature_can_be_changed(method: str, path: str, change: str) -> None:
    query = signer(lambda: NOW).sign("GET", PATH, 60, CLAIMS).url.partition("?")[2]

    with pytest.raises(SignatureInvalid):
        opened(NOW, method, path, query + change)
    with pytest.raises(SignatureInvalid):
        opened(NOW, method, path, change)


def test_another_key_signs_otherwise() -> None:
    other = UrlSigner(keys=[KEY + b"!", KEY], root="https://eryao.test/files", now=lambda: NOW)
    query = other.sign("GET", PATH, 60, CLAIMS).url.partition("?")[2]
    earlier = signer(lambda: NOW).sign("GET", PATH, 60, CLAIMS).url.partition("?")[2]

    assert other.open("GET", PATH, earlier), "what an earlier key made is good still"

    with pytest.raises(SignatureInvalid):
        opened(NOW, "GET", PATH, query)


def test_a_presigned_url_is_the_one_of_the_published_example() -> None:
    """The example in AWS's own documentation of signatures in the query string."""
    credentials = Credentials(
        "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"
    )

    url = presign(
        credentials,
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        seconds=86_400,
        now=datetime(2013, 5, 24, tzinfo=UTC),
    )

    assert url.endswith(
        "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


async def test_a_key_that_leads_elsewhere_is_not_signed(shelf: Stand) -> None:
    for key in ("../secret.key", "u//x", ""):
        with pytest.raises(ValueError, match="cannot be a key"):
            shelf.blobs.sign_upload(key, media_type="image/png", size=1, seconds=60)
        with pytest.raises(ValueError, match="cannot be a key"):
            shelf.blobs.sign_read(key, media_type="image/png", disposition="inline", seconds=60)


async def test_signed_urls_lie_under_the_stores_root(shelf: Stand) -> None:
    read = shelf.blobs.sign_read(PATH, media_type="a/b", disposition="inline", seconds=60)
    upload = shelf.blobs.sign_upload(PATH, media_type="a/b", size=1, seconds=60)

    for signed in (read, upload):
        assert signed.url.startswith(f"{shelf.blobs.root}/{PATH}?")
    assert (read.method, upload.method) == ("GET", "PUT")
    assert upload.headers == {"Content-Type": "a/b", "Content-Length": "1"}
    assert shelf.blobs.root.endswith("/" + shelf.blobs.bucket)


# --- buckets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3://b/path", "s3://b?endpoint=ftp://x", "s3://b?secret=1", "s3://b?public=x"],
)
def test_a_bucket_that_cannot_be_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="a bucket's"):
        Bucket.from_url(url)


def test_clients_may_reach_the_bucket_under_another_address() -> None:
    blobs = bucket("s3://b?endpoint=http://10.0.0.1:9000&public=https://files.example.com/")

    signed = blobs.sign_read(PATH, media_type="a/b", disposition="inline", seconds=60)

    assert signed.url.startswith(f"https://files.example.com/b/{PATH}?")


def test_without_keys_there_are_no_signed_urls() -> None:
    where = Bucket.from_url("s3://b")

    assert where.endpoint == "https://s3.us-east-1.amazonaws.com"
    with pytest.raises(BlobsUnavailable, match="without keys"):
        type(bucket("s3://b"))(where, seconds=1, now=lambda: NOW).sign_upload(
            PATH, media_type="a/b", size=1, seconds=60
        )
