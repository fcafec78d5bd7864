"""`eryao backup`: what it takes of a running server is a server again, elsewhere."""

import json
import tarfile
from pathlib import Path

import pytest

from tests.support.api import Api, Body
from tests.support.feedback import say
from tests.support.media import picture
from tests.support.server import ServerProcess
from tests.support.viewer import Viewer


@pytest.fixture
def busy(server: ServerProcess) -> ServerProcess:
    """With a user who was granted points, a reading, a picture, and a run under way."""
    with server.api() as ann:
        ann.perform(Body("say 3"))
    assert say(server, "See there", picture()).status_code == 201
    server.json("points", "grant", "--email", "ann@example.com", "--amount", "7")
    return server


def test_a_backup_of_a_running_server_is_restored_into_another_folder(
    busy: ServerProcess, tmp_path: Path
) -> None:
    kept, elsewhere = tmp_path / "kept.tar", tmp_path / "elsewhere"
    with busy.api() as ann:
        body = Body("say 900 pace 20")
        with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT"):
            told = busy.json("backup", str(kept))
        ann.cancel(body.run)
        ann.ended(body.run)
        token, before = ann.token, ann.get("/points/ledger").json()["items"]
    assert told == {"file": str(kept), "bytes": kept.stat().st_size, "files": 1}
    assert kept.stat().st_mode & 0o777 == 0o600

    with tarfile.open(kept) as tar:
        tar.extractall(elsewhere, filter="data")
    restored = ServerProcess(elsewhere)
    try:
        with Api(restored.start().url, token) as ann:
            ann.ended(body.run)
            assert ann.get("/points/ledger").json()["items"][-3:] == before[-3:]
            assert ann.balance() == 100 - 10 + 7, "what was under way in the copy is given back"
        assert restored.audit()["findings"] == []
        assert [each.read_bytes() for each in files_of(elsewhere)] == [
            each.read_bytes() for each in files_of(busy.data_dir)
        ]
    finally:
        restored.stop()


def files_of(data: Path) -> list[Path]:
    return sorted(each for each in (data / "files").rglob("*") if each.is_file())


def test_a_backup_replaces_nothing_and_leaves_nothing_half_done(
    unstarted: ServerProcess, tmp_path: Path
) -> None:
    unstarted.beside.sign_in("ann@example.com")
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "old.tar").write_text("old")

    refused = unstarted.command("backup", str(folder / "old.tar"), "--json")
    nowhere = unstarted.command("backup", str(folder / "no" / "new.tar"), "--json")

    for done in (refused, nowhere):
        assert done.returncode == 1
        assert json.loads(done.stderr)["code"] == "FILE_UNUSABLE"
    assert [each.name for each in folder.iterdir()] == ["old.tar"]
    assert (folder / "old.tar").read_text() == "old"


def test_a_broken_database_makes_no_backup(unstarted: ServerProcess, tmp_path: Path) -> None:
    unstarted.beside.sign_in("ann@example.com")
    (unstarted.data_dir / "eryao.db").write_bytes(b"no database at all" * 400)

    done = unstarted.command("backup", str(tmp_path / "kept.tar"), "--json")

    assert json.loads(done.stderr)["code"] == "STORAGE_UNAVAILABLE"
    assert not (tmp_path / "kept.tar").exists()


def test_where_there_is_nothing_to_keep_that_is_said(tmp_path: Path) -> None:
    done = ServerProcess(tmp_path / "new").command("backup", str(tmp_path / "kept.tar"))

    assert done.returncode == 1
    assert "There is no database at" in done.stderr
    assert not (tmp_path / "new").exists()
