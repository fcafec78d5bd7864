"""Feedback over HTTP, on a folder and on a bucket alike."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image

from runtime.clock import parse_rfc3339
from tests.support.api import Api
from tests.support.feedback import form, say, send
from tests.support.locking import locked
from tests.support.media import SECRET_PLACE, announced, noisy, picture, telling
from tests.support.problems import assert_problem
from tests.support.s3 import S3Server
from tests.support.server import Serve, ServerProcess

MB = 1024 * 1024
FAMILY = "👨‍👩‍👧‍👦"


def stored_pictures(server: ServerProcess, feedback_id: str) -> list[bytes]:
    folder = server.data_dir / "files" / "feedback" / feedback_id
    return [path.read_bytes() for path in sorted(folder.iterdir())]


@pytest.fixture
def counted(filing: ServerProcess) -> Iterator[ServerProcess]:
    """A server on which this test keeps nothing."""
    tables = ("feedback", "feedback_pictures")
    before = [filing.beside.count(table) for table in tables]
    yield filing
    assert [filing.beside.count(table) for table in tables] == before


# --- what is taken ------------------------------------------------------------------------------


def test_anybody_may_say_something(filing: ServerProcess) -> None:
    answer = say(filing, "  It is slow.\r\nVery.  ", appVersion=" 1.2.0 ", deviceInfo='{"os":"15"}')

    assert answer.status_code == 201
    assert answer.json().keys() == {"id", "createdAt"}
    assert parse_rfc3339(answer.json()["createdAt"])
    kept = {"content": "It is slow.\nVery.", "app_version": "1.2.0", "device": '{"os":"15"}'}
    assert filing.beside.count("feedback", id=answer.json()["id"], **kept) == 1


def test_what_a_user_says_is_the_users(filing: ServerProcess, cat: Api) -> None:
    answer = say(filing, "Hello", token=cat.token)

    owner = cat.get("/auth/me").json()["id"]
    assert filing.beside.count("feedback", id=answer.json()["id"], user_id=owner) == 1


def test_a_bad_token_is_no_stranger(counted: ServerProcess) -> None:
    assert_problem(say(counted, "Hello", token="x.y.z"), "AUTH_UNAUTHORIZED", 401)


def test_pictures_are_kept_as_pixels_alone(serve: Serve) -> None:
    server = serve()
    answer = say(server, "See?", telling(), picture(3000, 60, form="PNG"), picture())

    assert answer.status_code == 201, answer.text
    kept = stored_pictures(server, answer.json()["id"])
    assert [Image.open(BytesIO(each)).size for each in kept] == [(48, 64), (2048, 41), (64, 48)]
    assert {Image.open(BytesIO(each)).format for each in kept} == {"JPEG"}
    assert SECRET_PLACE.encode() not in b"".join(kept)


def test_three_pictures_of_almost_five_megabytes_are_taken(filing: ServerProcess) -> None:
    large = noisy(1200, 1200)
    large += bytes(5 * MB - len(large))

    assert say(filing, "Look", large, large, large).status_code == 201


@pytest.mark.parametrize(
    "text",
    ["好" * 500, FAMILY * 500, "é" * 500, "🇨🇳" * 500, "x" * 500 + " \n" * 900],
    ids=["Chinese", "families", "accents", "flags", "spaces around"],
)
def test_characters_are_counted_as_people_count_them(filing: ServerProcess, text: str) -> None:
    assert say(filing, text).status_code == 201


def test_letters_that_mislead_are_left_out(filing: ServerProcess) -> None:
    said = say(
        filing, "\u202egood\x00\x07 \u2066app\u2069\x1b[31m", appVersion="1\n.0\u202e"
    ).json()

    assert filing.beside.count(
        "feedback", id=said["id"], content="good app[31m", app_version="1 .0"
    )


def test_a_file_field_left_empty_is_no_picture(filing: ServerProcess) -> None:
    content, content_type = form({"type": "praise", "content": "Nice"})
    empty = b'--x\r\nContent-Disposition: form-data; name="images"; filename=""\r\n\r\n\r\n'

    assert send(filing, empty + content, content_type).status_code == 201


# --- what is not --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "FEEDBACK_CONTENT_EMPTY"),
        (" \n\u3000\t", "FEEDBACK_CONTENT_EMPTY"),
        ("\u200d\u202e\u0301\x00", "FEEDBACK_CONTENT_EMPTY"),
        ("好" * 501, "FEEDBACK_CONTENT_TOO_LONG"),
        (FAMILY * 501, "FEEDBACK_CONTENT_TOO_LONG"),
        ("a" + "\u0301" * 9_999, "FEEDBACK_CONTENT_TOO_LONG"),
        ("x" * 200_000, "FEEDBACK_CONTENT_TOO_LONG"),
    ],
    ids=["none", "spaces", "nothing to see", "501", "501 families", "a pile of accents", "200 kB"],
)
def test_a_text_that_is_none_or_too_long_is_refused(
    counted: ServerProcess, text: str, code: str
) -> None:
    problem = assert_problem(say(counted, text), code, 400)

    assert problem["errors"][0]["pointer"] == "/content"


def test_without_a_text_there_is_no_feedback(counted: ServerProcess) -> None:
    assert_problem(send(counted, *form({"type": "bug"})), "FEEDBACK_CONTENT_EMPTY", 400)


def test_a_fourth_picture_is_one_too_many(counted: ServerProcess) -> None:
    problem = assert_problem(say(counted, "x", *[picture()] * 4), "FEEDBACK_TOO_MANY_IMAGES", 400)

    assert problem["errors"][0]["pointer"] == "/images"


@pytest.mark.parametrize("size", [5 * MB + 1, 12 * MB, 40 * MB])
def test_a_picture_over_five_megabytes_is_refused(counted: ServerProcess, size: int) -> None:
    content = picture() + bytes(size - len(picture()))

    assert_problem(say(counted, "x", content), "FEEDBACK_IMAGE_TOO_LARGE", 400)


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"",
        picture(form="GIF"),
        picture(form="WEBP"),
        picture()[:200],
        announced(50_000, 50_000),
        b"<svg xmlns='x'/>",
    ],
    ids=["a text", "empty", "GIF", "WebP", "torn", "a bomb", "SVG"],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(
    counted: ServerProcess, content: bytes
) -> None:
    answer = say(counted, "x", picture(), content)

    problem = assert_problem(answer, "FEEDBACK_INVALID_IMAGE_TYPE", 400)
    assert problem["errors"][0]["pointer"] == "/images/1"


FINE = [("type", "bug"), ("content", "x")]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ([("content", "x")], "/type"),
        ([("type", "x" * 33), ("content", "x")], "/type"),
        ([*FINE, ("content", "y")], "/content"),
        ([*FINE, ("deviceInfo", "{}"), ("deviceInfo", "{}")], "/deviceInfo"),
        ([*FINE, ("deviceInfo", "[]")], "/deviceInfo"),
        ([*FINE, ("deviceInfo", '{"a":1,"a":2}')], "/deviceInfo"),
        ([*FINE, ("deviceInfo", "[" * 3_000)], "/deviceInfo"),
        ([*FINE, ("deviceInfo", '{"a":"' + "x" * 4_096 + '"}')], "/deviceInfo"),
        ([*FINE, ("appVersion", "1" * 65)], "/appVersion"),
        ([*FINE, ("user_id", "bob")], ""),
    ],
)
def test_a_form_that_is_not_as_agreed_is_refused_with_the_place(
    counted: ServerProcess, fields: list[tuple[str, str]], pointer: str
) -> None:
    problem = assert_problem(send(counted, *form(fields)), "REQUEST_VALIDATION_ERROR", 422)

    assert problem["errors"][0]["pointer"] == pointer


def test_a_kind_that_only_the_app_knows_counts_as_other(filing: ServerProcess) -> None:
    before = filing.beside.count("feedback", kind="other")

    assert send(filing, *form([("type", "feature"), ("content", "x")])).status_code == 201

    assert filing.beside.count("feedback", kind="other") == before + 1


MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("content", "content_type", "code", "status"),
    [
        (form(FINE)[0], "multipart/form-data", "REQUEST_VALIDATION_ERROR", 422),
        (form(FINE)[0], "multipart/form-data; boundary=other", "REQUEST_VALIDATION_ERROR", 422),
        (form(FINE)[0][:-8], MULTIPART, "REQUEST_VALIDATION_ERROR", 422),
        (form(FINE)[0][:40], MULTIPART, "REQUEST_VALIDATION_ERROR", 422),
        (b"", MULTIPART, "REQUEST_VALIDATION_ERROR", 422),
        (b'{"type":"bug"}', "application/json", "UNSUPPORTED_MEDIA_TYPE", 415),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(
    counted: ServerProcess, content: bytes, content_type: str, code: str, status: int
) -> None:
    assert_problem(send(counted, content, content_type), code, status)


def test_a_huge_picture_is_refused_while_it_is_still_coming(filing: ServerProcess) -> None:
    """Of a gigabyte that never ends, the answer is there after the first six megabytes."""
    address = urlsplit(filing.url)
    head = (
        "POST /api/v1/feedback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: {MULTIPART}\r\n\r\n"
    )
    part = b'--x\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
    with closing(socket.create_connection((address.hostname, address.port), timeout=15)) as line:
        line.sendall(head.encode() + b"%x\r\n%b\r\n" % (len(part), part))
        try:
            for _ in range(6):
                line.sendall(b"%x\r\n%b\r\n" % (MB, bytes(MB)))
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b"".join(iter(partial(line.recv, 65_536), b""))

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"FEEDBACK_IMAGE_TOO_LARGE" in answer


# --- once ---------------------------------------------------------------------------------------


def test_the_same_try_again_is_the_same_feedback(filing: ServerProcess, cat: Api) -> None:
    key = str(uuid4())
    for token in ("", cat.token):
        first, again = (
            say(filing, "Once", picture(), key=key, token=token).json() for _ in range(2)
        )
        assert first == again
        assert filing.beside.count("feedback_pictures", feedback_id=first["id"]) == 1


def test_copies_of_one_try_at_once_are_one_feedback(filing: ServerProcess) -> None:
    key, ids = str(uuid4()), list[Any]()

    def speak() -> None:
        ids.append(say(filing, f"Once {key}", picture(), key=key).json())

    threads = [threading.Thread(target=speak) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == 6
    assert len({each["id"] for each in ids}) == 1
    assert filing.beside.count("feedback", content=f"Once {key}") == 1


def test_a_key_belongs_to_what_was_said_under_it(filing: ServerProcess) -> None:
    key = str(uuid4())
    assert say(filing, "One", key=key).status_code == 201

    for answer in (say(filing, "Two", key=key), say(filing, "One", picture(), key=key)):
        assert_problem(answer, "REQUEST_VALIDATION_ERROR", 422)
    assert_problem(say(filing, "x", key="k" * 201), "REQUEST_VALIDATION_ERROR", 422)


# --- how often ----------------------------------------------------------------------------------


def test_a_network_and_a_user_have_only_so_much_to_say(serve: Serve) -> None:
    server = serve(FEEDBACK_PER_SOURCE=2)
    token = server.beside.sign_in("ann@example.com").token
    network = "2001:db8:1:2::"

    strangers = [say(server, "x", source=f"{network}{n}") for n in range(3)]
    users = [say(server, "x", token=token) for _ in range(3)]

    for answers in (strangers, users):
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        problem = assert_problem(answers[-1], "FEEDBACK_TOO_MANY", 429)
        assert 0 < int(answers[-1].headers["retry-after"]) == problem["retryAfter"] <= 3_600
    assert say(server, "x").status_code == 201


def test_all_together_have_only_so_much_to_say(serve: Serve) -> None:
    server = serve(FEEDBACK_PER_DAY=3)

    assert [say(server, "x").status_code for _ in range(5)] == [201, 201, 201, 429, 429]
    assert server.beside.count("feedback") == 3


# --- stores in trouble ----------------------------------------------------------------------------


def test_without_its_pictures_no_feedback_is_stored(serve: Serve, tmp_path: Path) -> None:
    store = S3Server(tmp_path / "s3").start()
    try:
        server = serve(**store.settings("files"), BLOB_SECONDS=1.5)
        with store.frozen():
            refused = say(server, "See", picture())
        with store.cramped(10):
            full = say(server, "See", picture())
        plain = say(server, "No pictures here")
        retried = say(server, "See", picture())
    finally:
        store.stop()

    for answer in (refused, full):
        assert_problem(answer, "FEEDBACK_SUBMIT_FAILED", 500)
    assert [plain.status_code, retried.status_code] == [201, 201]
    assert server.beside.count("feedback") == 2
    assert server.beside.count("feedback_pictures", feedback_id=retried.json()["id"]) == 1


def test_without_a_database_nothing_is_stored_and_the_client_may_try_again(serve: Serve) -> None:
    server = serve()
    assert say(server, "It works.").status_code == 201
    with locked(server):
        refused = say(server, "See", picture())
    retried = say(server, "See", picture())

    assert_problem(refused, "FEEDBACK_SUBMIT_FAILED", 500)
    assert server.beside.count("feedback", id=retried.json()["id"]) == 1
    assert server.beside.count("feedback", content="See") == 1
