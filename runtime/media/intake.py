"""What becomes of a user's file on its way in: told by its content, and pictures made anew."""

from dataclasses import dataclass

import anyio

from runtime.errors import Code, Problem
from runtime.media.decoders import MediaRefused
from runtime.media.pictures import Pictures
from runtime.media.types import (
    ACCEPTED,
    JPEG,
    LARGEST_FILE,
    Kind,
    accepted_words,
    kind_of,
    type_of,
)

# As a model sees it: more would be scaled down there, and paid for.
LONGEST_SIDE = 1536
# Files that are held whole at once, wherever they come from.
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it is kept."""

    media_type: str
    content: bytes
    # The type that came, where a picture was made anew.
    was: str


class Intake:
    """Checks and remakes, for a few at once: the others wait where they are small."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self.room = anyio.Semaphore(AT_ONCE)

    async def take(self, content: bytes, pointer: str = "") -> Taken:
        """The file as it may be kept, or its refusal."""
        check_size(len(content), pointer)
        media_type = type_of(content)
        if media_type is None:
            raise unsupported(pointer)
        if kind_of(media_type) is not Kind.IMAGE:
            return Taken(media_type, content, media_type)
        try:
            made = await self._pictures.reencode(content, longest_side=LONGEST_SIDE, form=JPEG)
        except MediaRefused as refused:
            raise unsupported(pointer, str(refused)) from None
        return Taken(JPEG, made, media_type)


def check_size(size: int, pointer: str = "") -> None:
    if size <= 0:
        raise _refused(Code.AGENT_ATTACHMENT_EMPTY, pointer, "The file has no bytes.")
    if size > LARGEST_FILE:
        raise too_large(pointer)


def too_large(pointer: str = "") -> Problem:
    text = f"A file has {LARGEST_FILE // 1024 // 1024} MB at most."
    return _refused(Code.AGENT_ATTACHMENT_TOO_LARGE, pointer, text)


def unsupported(
    pointer: str = "", why: str = "The content is of no type that is taken."
) -> Problem:
    text = f"{why} Taken are: {accepted_words(ACCEPTED)}."
    return _refused(Code.AGENT_ATTACHMENT_UNSUPPORTED_TYPE, pointer, text)


def _refused(code: Code, pointer: str, text: str) -> Problem:
    return Problem.at(code, pointer, text) if pointer else Problem(code, text)
