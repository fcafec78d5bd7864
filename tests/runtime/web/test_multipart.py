"""Forms under limits, whole and torn into any pieces."""

import random
from collections.abc import Mapping
from contextlib import suppress

import pytest
from starlette.requests import Request
from starlette.types import Message

from runtime.errors import Code, Problem
from runtime.web.multipart import IN_MEMORY, FileLimit, read_form

LARGE = Problem(Code.AGENT_ATTACHMENT_TOO_LARGE)
MANY = Problem(Code.AGENT_ATTACHMENTS_TOO_MANY)
PICTURE = FileLimit(1_000, LARGE, most=2, too_many=MANY)
FILE = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n%s\r\n%s\r\n'
TEXT = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
END = b"--b--\r\n"
FORM = "multipart/form-data; boundary=b"


def request(body: bytes, size: int, content_type: str) -> Request:
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def read(
    body: bytes,
    size: int = 65_536,
    content_type: str = FORM,
    texts: Mapping[str, int] | None = None,
    limit: FileLimit = PICTURE,
) -> tuple[dict[str, str], list[tuple[str, str | None, bytes]]]:
    asked = request(body, size, content_type)
    async with read_form(asked, files={"pic": limit}, texts=texts or {"note": 20}) as form:
        files = [(one.field_name, one.name, one.read()) for one in form.files]
        return form.texts, files


@pytest.mark.parametrize("size", [1, 2, 7, 64, 65_536])
async def test_a_form_is_the_same_in_any_pieces(size: int) -> None:
    one = FILE % (b"pic", "手.jpg".encode(), b"Content-Type: image/png\r\n", b"\r\n--b\0--")
    two = FILE % (b"pic", b"", b"", b"")
    other = FILE % (b"other", b"x", b"", bytes(5_000))

    texts, files = await read(
        one + two + other + TEXT % (b"note", b"hi") + TEXT % (b"more", bytes(5_000)) + END, size
    )

    assert texts == {"note": "hi"}
    assert files == [("pic", "手.jpg", b"\r\n--b\0--"), ("pic", "", b"")]


async def test_a_file_is_refused_at_the_first_byte_too_many() -> None:
    whole = FILE % (b"pic", b"a", b"", bytes(1_000))
    assert (await read(whole + END))[1][0][2] == bytes(1_000)

    endless = request(FILE % (b"pic", b"a", b"", bytes(1_001)), 65_536, FORM)
    with pytest.raises(Problem) as refused:
        async with read_form(endless, files={"pic": PICTURE}):
            pytest.fail("it never ended")
    assert refused.value is LARGE


async def test_files_too_many_are_refused_before_they_come() -> None:
    with pytest.raises(Problem) as refused:
        await read((FILE % (b"pic", b"a", b"", b"")) * 3)

    assert refused.value is MANY


async def test_a_large_file_waits_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    content = random.Random(1).randbytes(3 * IN_MEMORY)
    limit = FileLimit(len(content), LARGE)

    _, files = await read(FILE % (b"pic", b"a", b"", content) + END, limit=limit)

    assert files[0][2] == content


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", "multipart/form-data", "REQUEST_VALIDATION_ERROR"),
        (b"", f"multipart/form-data; boundary={'b' * 71}", "REQUEST_VALIDATION_ERROR"),
        (b"{}", "application/json", "UNSUPPORTED_MEDIA_TYPE"),
        (b"pic=1", "application/x-www-form-urlencoded", "UNSUPPORTED_MEDIA_TYPE"),
        (b"nothing", FORM, "REQUEST_VALIDATION_ERROR"),
        (
            TEXT % (b"note", b"x" * 21) + END,
            FORM,
            "REQUEST_VALIDATION_ERROR",
        ),
        (
            TEXT % (b"note", b"\xff") + END,
            FORM,
            "REQUEST_VALIDATION_ERROR",
        ),
        (
            TEXT % (b"p", b"") * 33 + END,
            FORM,
            "REQUEST_VALIDATION_ERROR",
        ),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(
    body: bytes, content_type: str, code: str
) -> None:
    with pytest.raises(Problem) as refused:
        await read(body, content_type=content_type)

    assert refused.value.code.name == code


async def test_a_form_that_ends_too_early_is_malformed() -> None:
    with pytest.raises(Problem) as refused:
        await read(FILE % (b"pic", b"a", b"", b"half"))

    assert refused.value.code is Code.REQUEST_VALIDATION_ERROR


async def test_a_mutated_form_is_read_or_refused_and_nothing_else() -> None:
    chance = random.Random(4)
    good = FILE % (b"pic", b"a.jpg", b"Content-Type: image/png\r\n", b"x" * 50)
    good += TEXT % (b"note", b"hi") + END
    for _ in range(500):
        body = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(body))
            body[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))

        with suppress(Problem):
            await read(bytes(body), size=chance.randrange(1, 200))
