"""Files brought by users, on a folder and on a bucket alike."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from tests.support import web
from tests.support.api import Api
from tests.support.files import (
    ask_upload,
    bring,
    brought,
    fetch,
    read_url,
    upload,
    uploaded,
)
from tests.support.media import (
    SECRET_PLACE,
    announced,
    bomb,
    mp4,
    noisy,
    ogg,
    pdf,
    picture,
    telling,
    wav,
)
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess

MB = 1024 * 1024


def test_a_picture_is_brought_and_read_again_as_pixels_alone(cat: Api) -> None:
    file = brought(cat, telling(), "../my palm\u202e.PNG")
    read = fetch(cat, file["url"])

    assert file["mimeType"] == "image/jpeg"
    assert file["name"] == "my palm.jpg"
    assert file["path"].endswith(f"/files/{file['id']}")
    assert read.headers["content-type"] == "image/jpeg"
    assert read.headers["content-disposition"].startswith('inline; filename="my palm.jpg"')
    assert len(read.content) == file["size"]
    assert SECRET_PLACE.encode() not in read.content
    assert Image.open(BytesIO(read.content)).size == (48, 64)


def test_a_large_picture_is_kept_as_a_model_sees_it(cat: Api) -> None:
    file = brought(cat, picture(4000, 1000))

    assert Image.open(BytesIO(fetch(cat, file["url"]).content)).size == (1536, 384)


@pytest.mark.parametrize(
    ("content", "media_type", "disposition"),
    [
        (pdf(), "application/pdf", "attachment"),
        (wav(), "audio/wav", "inline"),
        (mp4(), "audio/mp4", "inline"),
        (ogg(), "audio/opus", "inline"),
    ],
)
def test_other_files_are_kept_as_they_came(
    cat: Api, content: bytes, media_type: str, disposition: str
) -> None:
    file = brought(cat, content, "note")
    read = fetch(cat, file["url"])

    assert file["mimeType"] == read.headers["content-type"] == media_type
    assert read.headers["content-disposition"].startswith(disposition)
    assert read.content == content


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"", "AGENT_ATTACHMENT_EMPTY", 422),
        (b"hello", "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (picture(form="GIF"), "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (b"<svg xmlns='x'/>", "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (mp4(b"heic"), "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (picture()[:300], "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (announced(50_000, 50_000), "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (bomb(9_000, 9_000), "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (b"%PDF-1.4 PK\x03\x04" + bytes(3_000), "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (b"\xff\xd8\xff" + bytes(10 * MB), "AGENT_ATTACHMENT_TOO_LARGE", 413),
    ],
)
def test_what_is_not_taken_is_said_to_be_and_nothing_is_kept(
    cat: Api, filing: ServerProcess, content: bytes, code: str, status: int
) -> None:
    before = filing.beside.count("attachments")

    refused = bring(cat, content, "palm.jpg", "image/jpeg")

    assert_problem(refused, code, status)
    assert filing.beside.count("attachments") == before


def test_the_refusal_of_a_type_says_which_are_taken(cat: Api) -> None:
    detail = bring(cat, b"hello").json()["detail"]

    assert "jpg, png, webp, pdf, wav, mp3, m4a, ogg, opus, flac" in detail


@pytest.mark.parametrize(
    "sent",
    [
        {"files": {"other": ("a.jpg", picture())}},
        {"data": {"file": "no file"}, "files": {"x": b""}},
        {
            "content": b"--x\r\nbroken",
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
        },
        {"content": b"", "headers": {"Content-Type": "multipart/form-data"}},
        {"files": [("file", ("a.jpg", picture())), ("file", ("b.jpg", picture()))]},
    ],
)
def test_a_form_without_its_one_file_is_malformed(cat: Api, sent: dict[str, Any]) -> None:
    response = cat.post("/agent/attachments", **sent)

    assert response.status_code == 422
    assert response.json()["code"] in {
        "REQUEST_VALIDATION_ERROR",
        "AGENT_ATTACHMENT_UNSUPPORTED_TYPE",
    }


# --- straight to the store ---------------------------------------------------------------------


def test_a_file_brought_straight_to_the_store_is_checked_when_it_is_used(cat: Api) -> None:
    content = telling()
    asked = uploaded(cat, content, "image/jpeg")

    told = read_url(cat, asked["path"], bucket=asked["bucket"]).json()

    assert told["mimeType"] == "image/jpeg"
    assert SECRET_PLACE.encode() not in fetch(cat, told["url"]).content


def test_what_was_checked_cannot_be_exchanged_under_the_same_url(cat: Api) -> None:
    first, second = noisy(40, 40), noisy(40, 40)
    second = second[: len(first)].ljust(len(first), b"\0")
    asked = uploaded(cat, first, "image/png")
    before = fetch(cat, read_url(cat, asked["path"]).json()["url"]).content

    upload(cat, asked, second)

    assert fetch(cat, read_url(cat, asked["path"]).json()["url"]).content == before


def test_an_upload_that_is_not_what_was_announced_is_never_usable(cat: Api) -> None:
    lying = uploaded(cat, picture(), "image/png")
    other = uploaded(cat, b"<html>".ljust(100), "image/png")
    missing = ask_upload(cat, 100, "image/png").json()

    for asked in (lying, other):
        refused = read_url(cat, asked["path"])
        assert_problem(refused, "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422)
    assert_problem(read_url(cat, missing["path"]), "AGENT_ATTACHMENT_EMPTY", 422)


@pytest.mark.parametrize(
    ("size", "media_type", "code", "status"),
    [
        (0, "image/png", "AGENT_ATTACHMENT_EMPTY", 422),
        (-5, "image/png", "AGENT_ATTACHMENT_EMPTY", 422),
        (10 * MB + 1, "image/png", "AGENT_ATTACHMENT_TOO_LARGE", 413),
        (4 * 1024 * MB, "image/png", "AGENT_ATTACHMENT_TOO_LARGE", 413),
        (100, "text/html", "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
        (100, "image/heic", "AGENT_ATTACHMENT_UNSUPPORTED_TYPE", 422),
    ],
)
def test_no_url_is_signed_for_what_would_be_refused(
    cat: Api, size: int, media_type: str, code: str, status: int
) -> None:
    assert_problem(ask_upload(cat, size, media_type), code, status)


def test_a_path_of_anybody_else_is_refused(cat: Api, dan: Api) -> None:
    file = brought(cat, picture())
    folder = file["path"].rpartition("/files/")[0]

    for path in (file["path"], f"{folder}/files/../files/x", f"{folder}/files/none", "", "u/", "x"):
        refused = read_url(dan, path)
        assert_problem(refused, "AGENT_ATTACHMENT_PATH_SCOPE_INVALID", 422)
    for path in (f"{folder}/files/{uuid4()}", f"/{file['path']}", f"{file['path']}%2f.."):
        refused = read_url(cat, path)
        assert_problem(refused, "AGENT_ATTACHMENT_PATH_SCOPE_INVALID", 422)
    refused = read_url(cat, file["path"], bucket="others")
    assert_problem(refused, "AGENT_ATTACHMENT_BUCKET_INVALID", 422)


def test_a_file_is_fetched_by_its_owner_with_the_token_too(cat: Api, dan: Api) -> None:
    file = brought(cat, pdf(), "plan.pdf")

    own = cat.get(f"/files/{file['path']}", headers={"Range": "bytes=0-3"})

    assert (own.status_code, own.content) == (206, b"%PDF")
    assert own.headers["content-disposition"].startswith('attachment; filename="plan.pdf"')
    assert_problem(dan.get(f"/files/{file['path']}"), "FILE_NOT_FOUND", 404)
    assert_problem(web.get(f"{cat.url}/api/v1/files/{file['path']}"), "AUTH_UNAUTHORIZED", 401)
