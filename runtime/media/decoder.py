"""Opens strangers' files, in a process of its own: run as a script by runtime.media.decoders.

A file is a program for its decoder. So this one has no secrets in its environment, may write no
file, and ends by itself when it takes too much memory or time; whoever asked only sees it gone.
It knows nothing of the server, so that it starts fast and can give nothing away.
"""

import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageOps
from tinytag import TinyTag

READY = b"ready"
MEMORY_BYTES = 640 * 1024 * 1024
CPU_SECONDS = 10
# A picture waits for the server, and not the other way round.
NICENESS = 10
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 16_384
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 85
MOST_SECONDS = 1e6

KEPT, REFUSED = b"+", b"-"
LENGTH = struct.Struct(">I")


class Refused(Exception):
    """No picture that we take; the text is for people."""


def reencode(content: bytes, longest_side: int, form: str) -> bytes:
    """The picture upright, no larger than this, with nothing in it but its pixels."""
    with Image.open(BytesIO(content), formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
            raise Refused(f"The picture has {width} x {height} pixels, which is too large.")
        # A JPEG can be read smaller than it is, for a fraction of the work.
        picture.draft("RGB", (longest_side, longest_side))
        upright = _smooth(ImageOps.exif_transpose(picture))
        upright.thumbnail((longest_side, longest_side))
        return _written(upright, form)


def _smooth(picture: Image.Image) -> Image.Image:
    """In a mode that can be scaled by mixing neighbours."""
    if picture.mode.startswith("I"):  # 16 bits a pixel
        return picture.convert("I").point(lambda level: level * (1 / 256) + 0).convert("L")
    if picture.mode == "P":
        return picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    return picture.convert("L") if picture.mode == "1" else picture


def _written(picture: Image.Image, form: str) -> bytes:
    has_alpha = "A" in picture.getbands()
    colours = picture.convert("RGBA" if has_alpha else "RGB")
    mode = "RGBA" if has_alpha and form != "JPEG" else "RGB"
    # Onto a fresh sheet: what the file said besides its pixels stays behind.
    sheet = Image.new(mode, colours.size, "white" if mode == "RGB" else None)
    sheet.paste(colours, mask=colours if has_alpha and mode == "RGB" else None)
    out = BytesIO()
    sheet.save(out, form, quality=QUALITY)
    return out.getvalue()


def duration(content: bytes) -> float:
    """The seconds that a recording takes, by its headers."""
    with BytesIO(content) as file:
        told = TinyTag.get(file_obj=file, tags=False).duration
    if told is None or not 0 <= told < MOST_SECONDS:
        raise Refused("How long the recording is cannot be told.")
    return told


def answer(asked: dict[str, Any], content: bytes) -> bytes:
    try:
        if asked["do"] == "recording":
            return KEPT + str(duration(content)).encode()
        return KEPT + reencode(content, asked["longestSide"], asked["form"])
    except Refused as refused:
        return REFUSED + str(refused).encode()
    except MemoryError:
        return REFUSED + b"The file asks for too much memory."
    except Exception:  # noqa: BLE001 - decoders fail in every way there is
        return REFUSED + b"The file is damaged."


def _limit_cpu() -> None:
    """The next file's share, on top of what those before it took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, hard))


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    while head := stream.read(LENGTH.size):
        yield stream.read(LENGTH.unpack(head)[0])


def main() -> None:
    Image.MAX_IMAGE_PIXELS = None  # ours is the stricter check
    Image.preinit()
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    out.write(READY)
    out.flush()
    messages = _messages(sys.stdin.buffer)
    for asked in messages:
        content = next(messages)
        _limit_cpu()
        told = answer(json.loads(asked), content)
        out.write(LENGTH.pack(len(told)) + told)
        out.flush()


if __name__ == "__main__":
    main()
