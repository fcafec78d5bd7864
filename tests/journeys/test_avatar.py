"""An avatar over HTTP: whatever is sent, what is kept is a small picture and nothing else."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from PIL import Image

from tests.support import media, web
from tests.support.api import Api
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess

PUTTING = ("avatar.stored", "avatar.changed")
ADOPTING = ("avatar.stored", "avatar.changed", "avatar.adopted")
MEGABYTE = 1024 * 1024


@pytest.fixture
def zoe(filing: ServerProcess) -> Iterator[Api]:
    """A user of a server with a folder, and of one with a bucket."""
    with filing.api(f"zoe-{uuid4()}@example.com") as api:
        yield api


def put(api: Api, content: bytes, **headers: str) -> httpx2.Response:
    return api.http.put("/profile/avatar", content=content, headers=headers)


def shown(api: Api, url: str) -> Image.Image:
    """What a URL shows to whoever has it."""
    answer = web.get(url if "://" in url else api.url + url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    return Image.open(BytesIO(answer.content))


def avatar_of(api: Api) -> Any:
    return api.get("/profile").json()["avatarPath"]


def invited(api: Api, content: bytes, mime_type: str = "image/png") -> Any:
    asked = {"mimeType": mime_type, "size": len(content)}
    answer = api.post("/profile/avatar/signed-upload", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def upload(api: Api, content: bytes) -> str:
    """Send it past the server, as an app does; the path to adopt."""
    invitation = invited(api, content)
    headers = {k: v for k, v in invitation["headers"].items() if k != "Content-Length"}
    url = invitation["url"]
    sent = web.request(
        invitation["method"],
        url if "://" in url else api.url + url,
        content=content,
        headers=headers,
    )
    assert sent.status_code == 200, sent.text
    return str(invitation["path"])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_the_avatar_small_and_told_by_its_content(zoe: Api, form: str) -> None:
    kept = put(zoe, media.picture(1600, 800, form), **{"content-type": "text/plain"})

    assert kept.status_code == 200, kept.text
    assert avatar_of(zoe) == kept.json()["avatarPath"]
    assert shown(zoe, kept.json()["url"]).size == (512, 256)
    assert shown(zoe, zoe.get("/profile").json()["avatarUrl"]).format == "JPEG"
    own = zoe.get(f"/files/{avatar_of(zoe)}")
    assert (own.status_code, own.headers["content-type"]) == (200, "image/jpeg")


def test_a_picture_may_come_in_a_form(zoe: Api) -> None:
    picture = media.picture(1600, 800, "PNG")

    kept = zoe.http.put("/profile/avatar", files={"file": ("me.png", picture, "image/png")})
    empty = zoe.http.put("/profile/avatar", files={"file": ("me.png", b"", "image/png")})
    large = zoe.http.put("/profile/avatar", files={"file": ("me.png", bytes(5 * MEGABYTE + 1))})

    assert kept.status_code == 200, kept.text
    assert avatar_of(zoe) == kept.json()["avatarPath"]
    for refused in (empty, large):
        assert_problem(refused, "AVATAR_FILE_INVALID", 422)


def test_what_a_photograph_tells_besides_its_pixels_is_not_kept(zoe: Api) -> None:
    put(zoe, media.telling())

    content = zoe.get(f"/files/{avatar_of(zoe)}").content
    assert media.SECRET_PLACE.encode() not in content
    assert not Image.open(BytesIO(content)).getexif()


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", media.wav(), media.announced(50_000, 50_000), media.picture()[:200]],
    ids=["empty", "svg", "sound", "bomb", "torn"],
)
def test_what_is_no_picture_of_ours_is_refused_and_the_old_avatar_stays(
    zoe: Api, content: bytes
) -> None:
    put(zoe, media.picture())
    before = avatar_of(zoe)

    assert_problem(put(zoe, content), "AVATAR_FILE_INVALID", 422)

    assert avatar_of(zoe) == before
    assert zoe.get(f"/files/{before}").status_code == 200


def test_a_picture_over_the_limit_is_refused_by_its_own_code(ann: Api) -> None:
    for size in (5 * MEGABYTE + 1, 21 * MEGABYTE):
        assert_problem(put(ann, bytes(size)), "AVATAR_FILE_INVALID", 422)


def test_a_new_avatar_takes_the_place_of_the_old_one(zoe: Api) -> None:
    put(zoe, media.picture())
    old = avatar_of(zoe)

    put(zoe, media.picture(10, 10))

    assert avatar_of(zoe) != old
    assert_problem(zoe.get(f"/files/{old}"), "FILE_NOT_FOUND", 404)
    assert zoe.http.patch("/profile", json={"avatarPath": None}).json()["avatarUrl"] is None
    assert avatar_of(zoe) is None


# --- past the server -----------------------------------------------------------------------------


def test_an_upload_past_the_server_is_adopted_and_made_harmless(zoe: Api) -> None:
    path = upload(zoe, media.telling())

    changed = zoe.http.patch("/profile", json={"avatarPath": path, "displayName": "Zoe"})

    assert changed.status_code == 200, changed.text
    assert changed.json()["displayName"] == "Zoe"
    assert changed.json()["avatarPath"] != path
    content = zoe.get(f"/files/{avatar_of(zoe)}").content
    assert media.SECRET_PLACE.encode() not in content
    same = zoe.http.patch("/profile", json={"avatarPath": changed.json()["avatarPath"]})
    assert same.json()["avatarPath"] == changed.json()["avatarPath"]


def test_the_same_change_again_is_answered_the_same(zoe: Api) -> None:
    """The first answer may have been lost: whoever asks again cannot know."""
    put(zoe, media.picture())
    asked = {"avatarPath": upload(zoe, media.picture(10, 10)), "displayName": "Zoe"}

    first = zoe.http.patch("/profile", json=asked)
    again = zoe.http.patch("/profile", json=asked)

    assert first.status_code == again.status_code == 200, again.text
    told = [{**answer.json(), "avatarUrl": "", "updatedAt": ""} for answer in (first, again)]
    assert told[0] == told[1]
    assert shown(zoe, again.json()["avatarUrl"]).size == (10, 10)


def test_copies_of_a_change_that_come_together_are_answered_the_same(zoe: Api) -> None:
    asked = {"avatarPath": upload(zoe, media.picture(10, 10))}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: zoe.http.patch("/profile", json=asked), range(8)))

    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
    assert {answer.json()["avatarPath"] for answer in answers} == {avatar_of(zoe)}
    assert shown(zoe, answers[0].json()["avatarUrl"]).size == (10, 10)


def test_an_upload_whose_avatar_was_replaced_is_not_put_on_again(zoe: Api) -> None:
    """A copy that comes late must not undo what was done since."""
    asked = {"avatarPath": upload(zoe, media.picture(10, 10))}
    zoe.http.patch("/profile", json=asked)
    put(zoe, media.picture())
    newer = avatar_of(zoe)

    assert_problem(zoe.http.patch("/profile", json=asked), "AVATAR_FILE_INVALID", 422)

    assert avatar_of(zoe) == newer


@pytest.mark.timeout(60)
@pytest.mark.parametrize("point", ADOPTING)
def test_a_change_may_be_asked_for_again_after_a_crash_at(
    point: str, unstarted: ServerProcess
) -> None:
    server = unstarted.start(CRASH_POINT=point)
    with server.api() as ann:
        asked = {"avatarPath": upload(ann, media.picture(10, 10)), "displayName": "Ann"}
        with pytest.raises(httpx2.TransportError):
            ann.http.patch("/profile", json=asked)
    assert server.wait() == -signal.SIGKILL

    with server.start().api() as ann:
        again = ann.http.patch("/profile", json=asked)
        assert again.status_code == 200, again.text
        assert again.json()["displayName"] == "Ann"
        assert shown(ann, again.json()["avatarUrl"]).size == (10, 10)


def test_an_upload_that_is_no_picture_is_refused_and_changes_nothing(zoe: Api) -> None:
    path = upload(zoe, b"MZ no picture")

    refused = zoe.http.patch("/profile", json={"avatarPath": path, "displayName": "Zoe"})

    assert_problem(refused, "AVATAR_FILE_INVALID", 422)
    assert zoe.get("/profile").json()["displayName"] is None


@pytest.mark.parametrize(
    "path",
    [
        "u/{other}/uploads/avatar-{id}",
        "u/{me}/../{other}/uploads/avatar-{id}",
        "u/{me}/charts/{id}.svg",
        "u/{me}/uploads/avatar-{id}/x",
        "/u/{me}/uploads/avatar-{id}",
        "https://example.com/a.jpg",
        "",
    ],
)
def test_only_what_one_uploaded_oneself_becomes_the_avatar(
    path: str, zoe: Api, filing: ServerProcess
) -> None:
    with filing.api(f"other-{uuid4()}@example.com") as other:
        uploaded = upload(other, media.picture())
        names = {
            "me": zoe.get("/profile").json()["userId"],
            "other": other.get("/profile").json()["userId"],
            "id": uploaded.rpartition("avatar-")[2],
        }

        refused = zoe.http.patch("/profile", json={"avatarPath": path.format(**names)})

        assert_problem(refused, "AVATAR_PATH_SCOPE_INVALID", 422)
        assert other.http.patch("/profile", json={"avatarPath": uploaded}).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"mimeType": "image/svg+xml", "size": 5},
        {"mimeType": "image/png", "size": 6 * MEGABYTE},
        {"mimeType": "image/png", "size": 0},
        {"mimeType": "image/png"},
    ],
)
def test_an_upload_that_would_be_refused_is_not_signed(ann: Api, wrong: dict[str, Any]) -> None:
    refused = ann.post("/profile/avatar/signed-upload", json=wrong)

    assert_problem(refused, "AVATAR_FILE_INVALID", 422)


def test_a_store_that_keeps_nothing_leaves_the_old_avatar(serve: Serve) -> None:
    server = serve()
    with server.api() as ann:
        put(ann, media.picture())
        before = avatar_of(ann)
        files = server.data_dir / "files"
        files.rename(server.data_dir / "aside")
        files.write_text("no folder")

        assert_problem(put(ann, media.picture()), "AVATAR_UPLOAD_FAILED", 502)
        files.unlink()
        (server.data_dir / "aside").rename(files)

        assert avatar_of(ann) == before
        assert ann.get(f"/files/{before}").status_code == 200


def test_a_bucket_without_a_key_signs_no_upload(serve: Serve) -> None:
    server = serve(BLOB_URL="s3://nobody?endpoint=http://127.0.0.1:9")
    with server.api() as ann:
        refused = ann.post(
            "/profile/avatar/signed-upload", json={"mimeType": "image/png", "size": 9}
        )
        assert_problem(refused, "AVATAR_SIGNED_URL_FAILED", 502)


def test_the_pictures_go_with_the_account(zoe: Api) -> None:
    put(zoe, media.picture())
    url = zoe.get("/profile").json()["avatarUrl"]
    upload(zoe, media.picture())
    assert shown(zoe, url)

    assert zoe.http.delete("/profile").status_code == 200

    assert web.get(url if "://" in url else zoe.url + url).status_code == 404


@pytest.mark.timeout(60)
@pytest.mark.parametrize("point", PUTTING)
def test_an_avatar_is_the_old_one_or_the_new_one_after_a_crash_at(
    point: str, unstarted: ServerProcess
) -> None:
    server = unstarted.start()
    with server.api() as ann:
        put(ann, media.picture())
    server.kill()
    server.start(CRASH_POINT=point)
    with server.api() as ann, pytest.raises(httpx2.TransportError):
        put(ann, media.picture(10, 10))
    assert server.wait() == -signal.SIGKILL

    with server.start().api() as ann:
        size = Image.open(BytesIO(ann.get(f"/files/{avatar_of(ann)}").content)).size
        assert size == ((64, 48) if point == "avatar.stored" else (10, 10))
        assert ann.http.delete("/profile").status_code == 200
    assert not [path for path in (server.data_dir / "files").rglob("*") if path.is_file()]
