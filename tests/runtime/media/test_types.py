"""What a file is, told by its content alone."""

import pytest

from runtime.media.types import ACCEPTED, SUFFIXES, Kind, kind_of, known_type, type_of
from tests.support.media import mp4, ogg, pdf, picture, wav

SAMPLES = {
    "image/jpeg": picture(),
    "image/png": picture(form="PNG"),
    "image/webp": picture(form="WEBP"),
    "application/pdf": pdf(),
    "audio/wav": wav(),
    "audio/mpeg": b"\xff\xfb\x90\x64" + bytes(400),
    "audio/mp4": mp4(),
    "audio/ogg": ogg(b"\x01vorbis"),
    "audio/opus": ogg(),
    "audio/flac": b"fLaC" + bytes(40),
}


@pytest.mark.parametrize("media_type", ACCEPTED)
def test_a_file_is_what_its_content_says(media_type: str) -> None:
    assert type_of(SAMPLES[media_type]) == media_type
    assert media_type in SUFFIXES


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        picture(form="GIF"),
        picture(form="BMP"),
        picture(form="TIFF"),
        b"PK\x03\x04" + bytes(60),
        b"MZ" + bytes(60),
        mp4(b"heic"),
        mp4(b"avif"),
        mp4(b"qt  "),
        mp4(b"isom", b"vide"),
        ogg(b"\x80theora\0"),
        ogg(b"Speex   "),
        b"RIFF\0\0\0\0AVI " + bytes(40),
        b"\x1aE\xdf\xa3" + bytes(60),
    ],
)
def test_what_is_none_of_ours_is_nothing(content: bytes) -> None:
    assert type_of(content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\n" + pdf(),
        b"GIF89a" + pdf(),
        pdf() + b"PK\x03\x04" + bytes(3_000),
        b"%PDF-1.4\n" + bytes(3_000),
    ],
)
def test_a_document_is_one_from_its_first_byte_to_its_last(content: bytes) -> None:
    assert type_of(content) is None


def test_clients_words_for_a_type_are_understood() -> None:
    assert known_type("image/JPG; q=1") == "image/jpeg"
    assert known_type("audio/x-m4a") == "audio/mp4"
    assert known_type("text/html") is known_type(None) is None


def test_a_type_has_a_kind() -> None:
    kinds = {media_type: kind_of(media_type) for media_type in ACCEPTED}

    assert kinds["image/png"] is Kind.IMAGE
    assert kinds["audio/opus"] is Kind.AUDIO
    assert kinds["application/pdf"] is Kind.DOCUMENT
