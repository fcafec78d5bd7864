"""Which files users may bring: told by their content, whatever they are called.

An allow-list of signatures. What is no picture is kept as it came and is never opened here, only
handed on; so its beginning must fit, and for documents its end too.
"""

import re
from enum import StrEnum

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_AUDIO = 10 * 1024 * 1024


class Kind(StrEnum):
    """What a file is to people, and in AG-UI's messages."""

    IMAGE = "image"
    AUDIO = "audio"
    DOCUMENT = "document"


JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
WAV, MP3, M4A, OGG, OPUS, FLAC = (
    *("audio/wav", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus", "audio/flac"),
)
PICTURES = (JPEG, PNG, WEBP)
SOUNDS = (WAV, MP3, M4A, OGG, OPUS, FLAC)
ACCEPTED = (*PICTURES, PDF, *SOUNDS)
SUFFIXES = {
    JPEG: "jpg",
    PNG: "png",
    WEBP: "webp",
    PDF: "pdf",
    WAV: "wav",
    MP3: "mp3",
    M4A: "m4a",
    OGG: "ogg",
    OPUS: "opus",
    FLAC: "flac",
}
# What clients call the same types.
_ALIASES = {
    "image/jpg": JPEG,
    "audio/wave": WAV,
    "audio/x-wav": WAV,
    "audio/vnd.wave": WAV,
    "audio/mp3": MP3,
    "audio/m4a": M4A,
    "audio/x-m4a": M4A,
    "audio/aac": M4A,
    "audio/x-flac": FLAC,
    "application/ogg": OGG,
}
_M4A_BRANDS = frozenset({b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"dash"})
# A track of moving pictures in an MP4 file.
_VIDEO = re.compile(rb"hdlr.{8}vide", re.DOTALL)
_MP3_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")
_PDF_END = 1024


def kind_of(media_type: str) -> Kind:
    family = media_type.partition("/")[0]
    return Kind(family) if family in {"image", "audio"} else Kind.DOCUMENT


def known_type(declared: str | None) -> str | None:
    """One of ours, where a client's word for it means one."""
    plain = (declared or "").partition(";")[0].strip().lower()
    plain = _ALIASES.get(plain, plain)
    return plain if plain in ACCEPTED else None


def type_of(content: bytes) -> str | None:
    """The type that the content itself tells, if it is one that we take."""
    return _picture(content) or _sound(content) or _document(content)


def accepted_words(types: tuple[str, ...] = ACCEPTED) -> str:
    """The list for people: jpg, png …"""
    return ", ".join(SUFFIXES[one] for one in types)


def _picture(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _sound(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return WAV
    if content.startswith(b"fLaC"):
        return FLAC
    if content.startswith(b"OggS"):
        return _ogg(content)
    if content[4:8] == b"ftyp":
        return M4A if content[8:12] in _M4A_BRANDS and not _VIDEO.search(content) else None
    is_mp3 = content.startswith(b"ID3") or _MP3_FRAME.match(content)
    return MP3 if is_mp3 else None


def _ogg(content: bytes) -> str | None:
    """Which codec the first packet of the first page is for."""
    first = content[28:36]
    if first == b"OpusHead":
        return OPUS
    return OGG if first.startswith(b"\x01vorbis") else None


def _document(content: bytes) -> str | None:
    """A PDF from its first byte to its last: what begins or ends as something else is none."""
    is_whole = content.startswith(b"%PDF-") and b"%%EOF" in content[-_PDF_END:]
    return PDF if is_whole else None
