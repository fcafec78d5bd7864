"""Which store of files a URL means."""

from pathlib import Path

from storage.blobs.base import Blobs
from storage.blobs.local import LocalBlobs

FILE = "file://"


def blobs_from(url: str, folder: Path) -> Blobs:
    """The store behind a URL; without one, this folder."""
    if not url:
        return LocalBlobs(folder)
    if not url.startswith(FILE):
        raise ValueError("only file:// stores are served yet")
    return LocalBlobs(Path(url.removeprefix(FILE)))
