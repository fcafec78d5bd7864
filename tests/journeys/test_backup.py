"""`eryao backup`: what it takes of a running server is a server again, elsewhere."""

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.api import Api, Body
from tests.support.feedback import say
from tests.support.media import picture
from tests.support.server import ERYAO, FOLDER, ServerProcess, ended
from tests.support.viewer import Viewer


@pytest.fixture
def busy(server: ServerProcess) -> ServerProcess:
    """With a user who was granted points, a reading, a picture, and a run under way."""
    with server.api() as ann:
        ann.perform(Body("say 3"))
    assert say(server, "See there", picture()).status_code == 201
    server.json("points", "grant", "--email", "ann@example.com", "--amount", "7")
    return server


def restore(kept: Path, folder: Path) -> None:
    """As the page tells operators to."""
    folder.mkdir(mode=0o700)
    subprocess.run(["tar", "-xf", str(kept), "-C", str(folder)], check=True)


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

    restore(kept, elsewhere)
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


@contextmanager
def under_way(server: ServerProcess, kept: Path) -> Iterator["subprocess.Popen[str]"]:
    """A backup of much that has begun to be written."""
    server.beside.sign_in("ann@example.com")
    (server.data_dir / "files").mkdir(exist_ok=True)
    with (server.data_dir / "files" / "large").open("wb") as large:
        large.truncate(400_000_000)
    kept.parent.mkdir()
    with subprocess.Popen(
        [ERYAO, "backup", str(kept)],
        env=server.environment(),
        cwd=FOLDER,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 30
        while not [*kept.parent.glob(".eryao-*/part")]:
            assert time.monotonic() < deadline
        yield process


def test_a_file_that_came_meanwhile_is_not_replaced(
    unstarted: ServerProcess, tmp_path: Path
) -> None:
    kept = tmp_path / "kept" / "kept.tar"
    with under_way(unstarted, kept) as process:
        kept.write_text("mine")
        _, said = process.communicate(timeout=40)

    assert process.returncode == 1
    assert "a backup replaces none" in said
    assert kept.read_text() == "mine"
    assert [*kept.parent.iterdir()] == [kept]


def test_a_backup_that_is_told_to_end_leaves_nothing(
    unstarted: ServerProcess, tmp_path: Path
) -> None:
    kept = tmp_path / "kept" / "kept.tar"
    with under_way(unstarted, kept) as process:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=40)

    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in said
    assert [*kept.parent.iterdir()] == []


@pytest.mark.parametrize("more", [-10_000, 100])
def test_a_place_without_room_is_named(unstarted: ServerProcess, tmp_path: Path, more: int) -> None:
    unstarted.beside.sign_in("ann@example.com")
    limit = (unstarted.data_dir / "eryao.db").stat().st_size + more
    kept = tmp_path / "kept"
    kept.mkdir()

    done = ended(
        ["backup", str(kept / "kept.tar")],
        unstarted.environment(),
        inside=["prlimit", f"--fsize={limit}"],
    )

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert str(kept) in sentence
    assert "None" not in sentence
    assert [*kept.iterdir()] == []


def test_a_key_from_the_settings_is_said_to_be_missing(
    unstarted: ServerProcess, tmp_path: Path
) -> None:
    unstarted.beside.sign_in("ann@example.com")
    unstarted.settings["SECRET_KEY"] = "s" * 40

    done = unstarted.command("backup", str(tmp_path / "kept.tar"))

    assert "The key of ERYAO_SECRET_KEY is not in it" in done.stdout


def test_a_backup_within_what_it_saves_is_refused(unstarted: ServerProcess) -> None:
    unstarted.beside.sign_in("ann@example.com")

    done = unstarted.command("backup", str(unstarted.data_dir / "kept.tar"))

    assert done.returncode == 1
    assert "is in the data folder" in done.stderr
    assert not (unstarted.data_dir / "kept.tar").exists()


def test_a_database_that_is_not_ours_makes_no_backup(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.data_dir.mkdir()
    with closing(sqlite3.connect(server.data_dir / "eryao.db")) as other:
        other.execute("CREATE TABLE other (id)")

    done = server.command("backup", str(tmp_path / "kept.tar"))

    assert done.returncode == 1
    assert "holds nothing of eryao's" in done.stderr
    assert not (tmp_path / "kept.tar").exists()


@pytest.mark.parametrize("name", ["why?mode=ro", "nr#1", "50%20off"])
def test_a_folder_of_any_name_is_the_one_that_is_meant(
    data_dir: Path, tmp_path: Path, name: str
) -> None:
    server = ServerProcess(shutil.copytree(data_dir, tmp_path / "odd" / name))
    server.json("points", "grant", "--email", "ann@example.com", "--amount", "7")

    assert server.json("backup", str(tmp_path / "kept.tar"))["bytes"]
    restore(tmp_path / "kept.tar", tmp_path / "kept")
    with closing(sqlite3.connect(tmp_path / "kept" / "eryao.db")) as copy:
        assert copy.execute("SELECT count(*) FROM users").fetchone() == (1,)
    assert [each.name for each in (tmp_path / "odd").iterdir()] == [name]
