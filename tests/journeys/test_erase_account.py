"""The end of an account over HTTP: at once for its user, for good, and nobody else's business."""

import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.support import web
from tests.support.api import Api, Body
from tests.support.approvals import SAVE, approved, ask
from tests.support.everything import contents_of
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import Viewer, wait_until

# What erasing must cross; each kills the server in the test below.
ERASING = ("erase.closed", "erase.called_off", "erase.forgotten", "erase.emptied", "erase.finished")
SECRET = "Shall I leave my husband"


@pytest.fixture
def rich(ann: Api) -> Api:
    """Ann, who has used whatever there is."""
    live_well(ann)
    return ann


def live_well(ann: Api) -> None:
    ann.http.patch("/profile", json={"displayName": SECRET, "locale": "en"})
    approved(ann, f'say 4; call save_reading {{"title":"{SECRET}"}}; say 1')
    approved(ann, "say 1; call share_reading {}; say 1")
    ann.perform(Body("call draw_chart {}; say 1"))
    ann.post("/invite")
    ask(ann, SAVE)


def left_in(server: ServerProcess, *marks: str) -> dict[str, list[str]]:
    """Rows and files in which any of these still stands."""
    tables = contents_of(server.data_dir / "eryao.db")
    found = {name: [r for r in rows if any(m in r for m in marks)] for name, rows in tables.items()}
    paths = server.data_dir.joinpath("files").rglob("*")
    files = [path.as_posix() for path in paths if path.is_file()]
    found["files"] = [path for path in files if any(mark in path for mark in marks)]
    return {name: rows for name, rows in found.items() if rows}


def kept_in(server: ServerProcess) -> dict[str, list[str]]:
    """All rows, but those of logs under way, which the server moves as it likes."""
    tables = contents_of(server.data_dir / "eryao.db")
    return {name: rows for name, rows in tables.items() if name != "live_frames"}


def user_of(api: Api) -> str:
    return str(api.get("/profile").json()["userId"])


def test_all_that_was_the_users_is_gone_and_nothing_of_anybody_else(
    rich: Api, bob: Api, shared: ServerProcess
) -> None:
    live_well(bob)
    user_id = user_of(rich)
    link = rich.get("/shares").json()["items"]
    before = left_in(shared, user_of(bob))
    assert {"sessions", "runs", "messages", "ledger", "shares", "files"} - before.keys() <= {
        "messages"
    }
    assert len(link) == 1

    gone = rich.http.delete("/profile")

    assert gone.status_code == 200, gone.text
    assert gone.json()["completedAt"] is not None
    remains = left_in(shared, user_id, rich.email)
    assert remains.keys() == {"erasures"}
    assert left_in(shared, user_of(bob)) == before
    assert bob.balance() == 60


def test_a_token_of_the_account_is_told_that_it_is_gone_and_opens_anything(
    rich: Api, shared: ServerProcess
) -> None:
    rich.http.delete("/profile")

    for path in ("/profile", "/points", "/agent/sessions", "/notifications", "/invite"):
        assert_problem(rich.get(path), "AUTH_USER_NOT_FOUND", 404)
    assert_problem(rich.start(Body()), "AUTH_USER_NOT_FOUND", 404)
    assert_problem(rich.http.delete("/profile"), "AUTH_USER_NOT_FOUND", 404)


def test_the_address_may_come_back_but_is_given_nothing_twice(
    ann: Api, bob: Api, shared: ServerProcess
) -> None:
    code = bob.post("/invite").json()["code"]
    ann.http.delete("/profile")

    with shared.api(ann.email) as again:
        assert again.balance() == 0
        assert again.get("/points/ledger").json()["items"] == []
        assert again.get("/agent/sessions").json()["items"] == []
        redeemed = again.post("/invite/redemptions", json={"code": code})
        assert_problem(redeemed, "INVITE_NOT_ELIGIBLE", 409)
    assert bob.balance() == 100


def test_a_run_under_way_is_called_off_and_its_viewers_are_let_go(
    ann: Api, shared: ServerProcess
) -> None:
    user_id = user_of(ann)
    body = Body("think 2; say 5; say 900 pace 20")
    starting = Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT", 4)
    following = Viewer.of(ann, body).seen("TEXT_MESSAGE_CONTENT", 4)

    gone = ann.http.delete("/profile")

    assert gone.status_code == 200, gone.text
    for viewer in (starting, following):
        assert viewer.ended().whole, "a stream that ends, and does not break off"
    assert left_in(shared, user_id, body.run, body.thread).keys() == {"erasures"}


def test_runs_that_come_at_the_same_moment_are_refused_or_go_too(
    ann: Api, shared: ServerProcess
) -> None:
    shared.beside.set_balance(ann.email, 10_000)
    user_id = user_of(ann)
    bodies = [Body("say 40 pace 5") for _ in range(24)]
    with ThreadPoolExecutor(8) as pool:
        started = [pool.submit(ann.start, body) for body in bodies[:16]]
        deleted = pool.submit(ann.http.delete, "/profile")
        started += [pool.submit(ann.start, body) for body in bodies[16:]]
        codes = {future.result().status_code for future in started}
    assert codes <= {202, 401, 404}
    assert deleted.result().status_code in {200, 202}

    wait_until(lambda: left_in(shared, user_id).keys() == {"erasures"})
    marks = [mark for body in bodies for mark in (body.run, body.thread)]
    assert left_in(shared, *marks) == {}


def test_two_deletions_at_once_are_one(ann: Api, shared: ServerProcess) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ann.http.delete("/profile"), range(4)))

    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 202, 401, 404}
    receipts = {answer.json()["receipt"] for answer in answers if answer.is_success}
    assert len(receipts) == 1


def test_a_refused_deletion_has_changed_nothing(serve: Serve) -> None:
    server = serve()
    files = server.data_dir / "files"
    with server.api() as ann:
        live_well(ann)
        before = kept_in(server)
        files.rename(server.data_dir / "aside")
        files.write_text("no folder")

        assert_problem(ann.http.delete("/profile"), "PROFILE_DELETE_FAILED", 502)

        assert kept_in(server) == before
        assert ann.get("/profile").json()["displayName"] == SECRET
        files.unlink()
        (server.data_dir / "aside").rename(files)
        assert ann.http.delete("/profile").status_code == 200


@pytest.mark.timeout(60)
@pytest.mark.parametrize("point", ERASING)
def test_a_deletion_survives_a_crash_at(point: str, unstarted: ServerProcess) -> None:
    """Nobody asks again: the next server goes on by itself."""
    server = unstarted.start(CRASH_POINT=point)
    with server.api() as ann:
        live_well(ann)
        user_id, token = user_of(ann), ann.token
        ann.start(Body("say 900 pace 20"))
        with pytest.raises(httpx2.TransportError):
            ann.http.delete("/profile")
    assert server.wait() == -signal.SIGKILL
    assert not server.audit()["findings"], "in between, too"

    server.start()
    with Api(server.url, token) as ann:
        assert_problem(ann.get("/profile"), "AUTH_USER_NOT_FOUND", 404)
    wait_until(lambda: left_in(server, user_id, SECRET).keys() == {"erasures"})
    wait_until(lambda: "None" not in contents_of(server.data_dir / "eryao.db")["erasures"][0])
    assert not server.audit()["findings"]


def test_the_urls_of_a_deleted_account_take_nothing_more(serve: Serve) -> None:
    server = serve()
    with server.api() as ann:
        asked = {"mimeType": "application/pdf", "size": 4}
        signed = [
            ann.post("/profile/avatar/signed-upload", json={"mimeType": "image/png", "size": 4}),
            ann.post("/agent/attachments/signed-upload", json=asked),
        ]
        assert ann.http.delete("/profile").status_code == 200

        for answer in signed:
            upload = answer.json()
            headers = {"content-type": upload["headers"]["Content-Type"]}
            refused = web.request("PUT", ann.url + upload["url"], content=b"1234", headers=headers)
            assert_problem(refused, "AGENT_SIGNED_IMAGE_URL_INVALID", 422)

    assert not [path for path in (server.data_dir / "files").rglob("*") if path.is_file()]
