"""Files as users bring them, and as attackers do; all are made here, and small."""

import struct
import wave
import zlib
from io import BytesIO

from PIL import Image

EXIF_ORIENTATION, EXIF_GPS, EXIF_COMMENT = 0x0112, 0x8825, 0x010E
SECRET_PLACE = "my home address"


def picture(
    width: int = 64, height: int = 48, form: str = "JPEG", mode: str = "RGB", **how: object
) -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height), "teal").save(out, form, **how)
    return out.getvalue()


def noisy(width: int = 64, height: int = 48, form: str = "PNG") -> bytes:
    """A picture that does not compress."""
    out = BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(out, form)
    return out.getvalue()


def telling() -> bytes:
    """A photograph that tells where it was taken, lying on its side."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    exif[EXIF_COMMENT] = SECRET_PLACE
    exif.get_ifd(EXIF_GPS)[1] = "N"
    return picture(64, 48, exif=exif.tobytes(), comment=SECRET_PLACE.encode())


def bomb(width: int, height: int) -> bytes:
    """A few kilobytes that are a PNG of so many pixels."""
    return _png(width, height, _zeros(height * (1 + width * 4)))


def announced(width: int, height: int) -> bytes:
    """A PNG that only says that it is so large."""
    return _png(width, height, zlib.compress(b"\0" * 100))


def _zeros(size: int) -> bytes:
    """What zlib makes of so many zeros, without taking the time to see them all."""
    pieces, rest = divmod(size, 1 << 20)
    piece, end = (zlib.compressobj(9, wbits=-15) for _ in range(2))
    same = piece.compress(bytes(1 << 20)) + piece.flush(zlib.Z_FULL_FLUSH)
    # Header, the same piece over and over, the rest, and the checksum of zeros (RFC 1950).
    last = end.compress(bytes(rest)) + end.flush()
    return b"\x78\xda" + same * pieces + last + struct.pack(">HH", size % 65_521, 1)


def _png(width: int, height: int, data: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def wav(seconds: float = 0.1) -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(int(seconds * 16_000)))
    return out.getvalue()


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def ogg(codec: bytes = b"OpusHead") -> bytes:
    return b"OggS" + bytes(23) + b"\x13" + codec + bytes(60)


def mp4(brand: bytes = b"M4A ", handler: bytes = b"soun") -> bytes:
    return b"\0\0\0\x18ftyp" + brand + bytes(12) + b"hdlr" + bytes(8) + handler + bytes(40)
