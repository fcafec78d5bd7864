"""Identifiers: new ones that sort by time, and the check for those that come from outside."""

import os
import re
from base64 import b32encode

from runtime.clock import Clock

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Ids:
    """Where all new identifiers come from."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def new(self) -> str:
        """A UUIDv7 in canonical lower-case text: neighbours in time are neighbours in an index."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        noise = int.from_bytes(os.urandom(10))
        high = (noise >> 64 & 0xFFF) << 64
        low = noise & 0x3FFF_FFFF_FFFF_FFFF
        digits = f"{milliseconds << 80 | 7 << 76 | high | 0b10 << 62 | low:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def tag(self) -> str:
        """Eight letters of a-z and 2-7: forty random bits that name one log."""
        return b32encode(os.urandom(5)).decode().lower()


def is_uuid(text: str) -> bool:
    """Whether this is a UUID in its one canonical spelling: lower case, with hyphens."""
    return _UUID.fullmatch(text) is not None
