"""From what a client says of a file to the key of one of its own; nothing is ever fetched.

The address must begin with ours to the letter. There is no parsing that could understand it in
another way than whoever wrote it: no user names before the host, no other case, no escapes.
"""

from dataclasses import dataclass

from runtime.errors import Code, Problem
from storage.blobs.base import Blobs, is_key

# Where this server answers for files.
ADDRESS = "/api/v1/files"
LONGEST_URL = 4_096


def own_folder(user_id: str) -> str:
    """Where all of a user's files are; with its end, as one user's id may begin another's."""
    return f"u/{user_id}/"


def owner_of(key: str) -> str:
    """Whose folder this key is in."""
    return key.removeprefix("u/").partition("/")[0]


@dataclass(frozen=True, slots=True)
class Addresses:
    """How URLs of this server's files look: `<origin><base>/<bucket>/<key>`."""

    origin: str
    base: str
    bucket: str

    @classmethod
    def of(cls, blobs: Blobs) -> "Addresses":
        scheme, mark, rest = blobs.root.removesuffix(f"/{blobs.bucket}").rpartition("://")
        host, slash, path = rest.partition("/")
        return cls(f"{scheme}{mark}{host}", f"{slash}{path}", blobs.bucket)

    def key_in(self, url: str, user_id: str, pointer: str) -> str:
        address = url.partition("?")[0]
        rest = address.removeprefix(self.origin)
        if len(url) > LONGEST_URL or not address.startswith(f"{self.origin}/") or rest[1:2] == "/":
            raise Problem.at(Code.INVALID_BINARY_URL_HOST, pointer, "This is no host of ours.")
        folder = f"{self.base}/{self.bucket}/"
        if not rest.startswith(folder):
            raise Problem.at(Code.INVALID_BINARY_URL_BUCKET, pointer, "This is no bucket of ours.")
        key = rest.removeprefix(folder)
        if not _is_own(key, user_id):
            raise Problem.at(
                Code.INVALID_BINARY_URL_PATH_SCOPE, pointer, "This is no file of yours."
            )
        return key


def own_path(path: str, user_id: str, pointer: str) -> str:
    if not _is_own(path, user_id):
        raise not_yours(pointer)
    return path


def not_yours(pointer: str) -> Problem:
    return Problem.at(
        Code.AGENT_ATTACHMENT_PATH_SCOPE_INVALID, pointer, "There is no such file of yours."
    )


def _is_own(key: str, user_id: str) -> bool:
    return is_key(key) and key.startswith(own_folder(user_id))
