"""Which store of files a URL means."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from storage.blobs.base import Blobs
from storage.blobs.local import LocalBlobs
from storage.blobs.signing import UrlSigner
from storage.urls import FILE, S3, folder_of

SECONDS = 20.0


def blobs_from(
    url: str,
    folder: Path,
    *,
    signer: UrlSigner,
    access_key: str = "",
    secret_key: str = "",
    seconds: float = SECONDS,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Blobs:
    """The store behind a URL; without one, this folder, whose URLs the signer makes."""
    if url.startswith(S3):
        # Only now: the embedded server does not have the library.
        from storage.blobs.s3 import Bucket, S3Blobs  # noqa: PLC0415

        bucket = Bucket.from_url(url, access_key=access_key, secret_key=secret_key)
        return S3Blobs(bucket, seconds=seconds, now=now)
    if url and not url.startswith(FILE):
        raise ValueError("files are kept in a folder, file://, or in a bucket, s3://")
    return LocalBlobs(folder_of(url, folder) or folder, signer)
