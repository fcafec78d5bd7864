"""What fakes of the store of files have in common: they sign nothing."""

from storage.blobs.base import OpenBlob, SignedUrl
from storage.errors import BlobsUnavailable


class UnsignedBlobs:
    """See storage.blobs.base.Blobs: what few tests are about."""

    bucket = "fake"
    root = "/fake"

    async def open(self, key: str) -> OpenBlob | None:
        raise NotImplementedError

    async def size(self, key: str) -> int | None:
        raise NotImplementedError

    def tidy(self) -> None:
        raise NotImplementedError

    def sign_upload(self, key: str, *, media_type: str, size: int, seconds: int) -> SignedUrl:
        raise BlobsUnavailable("a fake signs nothing")

    def sign_read(self, key: str, *, media_type: str, disposition: str, seconds: int) -> SignedUrl:
        raise BlobsUnavailable("a fake signs nothing")
