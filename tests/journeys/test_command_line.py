"""Commands as programs and terminals meet them."""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import web
from tests.support.api import Body
from tests.support.feedback import say
from tests.support.media import picture
from tests.support.redis import RedisServer
from tests.support.server import ERYAO, FOLDER, ServerProcess, WorkerProcess, ended


@contextmanager
def ready(server: ServerProcess) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """A process that was started with --json, and its first word."""
    process = subprocess.Popen(
        [ERYAO, *server.ROLE, "--json"],
        env=server.environment(),
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stderr
    try:
        yield process, json.loads(process.stdout.readline() or process.stderr.read())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def on_a_terminal(server: ServerProcess, *args: str) -> str:
    """What somebody sees on stderr who types the command."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as end:
        done = ended(args, server.environment(), terminal=end.fileno())
    shown = b"".join(_seen(ours)).decode()
    assert done.returncode == 0, shown
    return shown


def _seen(terminal: int) -> Iterator[bytes]:
    """All that was written, as the other end is closed by now."""
    with os.fdopen(terminal, "rb", buffering=0) as end, suppress(OSError):
        while content := end.read(4096):
            yield content


def test_a_server_tells_a_program_where_it_is_once_it_is_there(unstarted: ServerProcess) -> None:
    with ready(unstarted) as (process, told):
        assert httpx2.get(told["address"] + "healthz").json() == {"status": "alive"}
        assert told["pid"] == process.pid
        assert told["role"] == "serve"


def test_a_second_server_on_a_folder_tells_a_program_why_not(server: ServerProcess) -> None:
    refused = server.command("serve", "--json")

    assert refused.returncode == 1
    assert json.loads(refused.stderr)["code"] == "FOLDER_IN_USE"


def test_a_worker_tells_a_program_when_it_takes_runs(
    tmp_path: Path, postgres_url: str, own_redis: RedisServer
) -> None:
    shared = {"DATABASE_URL": postgres_url, "REDIS_URL": own_redis.url, "SECRET_KEY": "k" * 40}

    with ready(WorkerProcess(tmp_path, **shared)) as (process, told):
        assert (told["role"], told["pid"]) == ("worker", process.pid)
        assert "address" not in told
    with ready(WorkerProcess(tmp_path, **shared, WORKER_PORT=0)) as (process, told):
        assert (told["role"], told["pid"]) == ("worker", process.pid)
        assert web.get(f"{told['address']}healthz").json() == {"status": "alive"}


@pytest.fixture
def busy(server: ServerProcess) -> ServerProcess:
    """A server with a user, a reading and a picture in its feedback."""
    with server.api() as ann:
        ann.perform(Body("say 3"))
    assert say(server, "See there", picture()).status_code == 201
    return server


LONG_WORK = {
    "audit": "] 1 of 1 logs",
    "notify --all --title News --body Hello": "] 1 of 1 users",
    "report --date {today}": "] 1 of 1 pictures",
}


def typed(line: str) -> list[str]:
    return line.format(today=datetime.now(UTC).date().isoformat()).split()


def test_long_work_shows_on_a_terminal_how_far_it_is(busy: ServerProcess) -> None:
    for line, bar in LONG_WORK.items():
        assert bar in on_a_terminal(busy, *typed(line))


def test_long_work_shows_no_bar_in_a_pipe_and_none_beside_json(busy: ServerProcess) -> None:
    for line in LONG_WORK:
        assert " of " not in busy.command(*typed(line)).stderr
        assert on_a_terminal(busy, *typed(line), "--json") == ""


def test_a_migration_shows_its_steps(tmp_path: Path) -> None:
    first, second = ServerProcess(tmp_path / "a"), ServerProcess(tmp_path / "b")

    applied = first.json("migrate")["applied"]
    seen = on_a_terminal(second, "migrate")

    assert len(applied) > 1
    assert f"] {len(applied)} of {len(applied)} steps" in seen
    assert "Traceback" not in seen
