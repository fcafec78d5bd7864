"""Strangers' pictures made harmless: upright, small, nothing in them but pixels."""

from runtime.media.decoders import Decoders
from runtime.media.types import JPEG, PNG, WEBP

FORMS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}


class Pictures:
    """Opens them elsewhere: see runtime.media.decoder."""

    def __init__(self, decoders: Decoders) -> None:
        self._decoders = decoders

    async def reencode(self, content: bytes, *, longest_side: int, form: str = JPEG) -> bytes:
        """The picture in this form, no side longer; raises MediaRefused for what is none."""
        asked = {"do": "picture", "longestSide": longest_side, "form": FORMS[form]}
        return await self._decoders.open(asked, content)
