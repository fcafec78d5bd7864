"""What the URLs of stores say by themselves: known without loading what opens them."""

from pathlib import Path

SQLITE = "sqlite:///"
FILE = "file://"
S3 = "s3://"


def is_sqlite(url: str) -> bool:
    """Whether the database is a file, which one server owns; others are shared by many."""
    return url.startswith(SQLITE)


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix(SQLITE))


def folder_of(url: str, folder: Path) -> Path | None:
    """Where on this machine the files are; None where they are in a bucket."""
    if url.startswith(S3):
        return None
    return Path(url.removeprefix(FILE)) if url else folder
