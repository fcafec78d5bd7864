"""Postgres behind threads of its own, each with a connection: one transaction for each job.

Isolation is READ COMMITTED: every guard is one statement that takes its row's lock, so a stricter
level would add nothing but failures.
"""

import asyncio
import threading
from contextlib import suppress
from queue import SimpleQueue
from time import monotonic
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ExecStatus
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.crashpoints import crashpoint, register
from storage.errors import StorageUnavailable, Taken
from storage.sql.lanes import Job, Work, tell_all

BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED"
SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# Whoever has waited so long for a thread is not served any more: nobody waits for the answer.
PATIENCE_SECONDS = 10.0
# Times that a job is begun where the server undoes it to let another one through.
TRIES = 3
# A network that swallows packets must not hold a thread for longer than it takes to notice.
CONNECTING = {
    "application_name": "eryao",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
# A frozen process must not hold its rows for as long as its leases. A commit that we hear of is on
# the disk; whoever asks for more than that, for a replica's word, gets it.
SESSION = b"""
    SET statement_timeout = '10s';
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""
# More than there are statements, so that none is ever prepared anew.
PREPARED = 1_000

Driver = psycopg.Connection[Any]

register("commit.before", "commit.after")

# What the server undoes as a whole, for others to go on.
_Undone = psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure


class PostgresLanes:
    """Readers and writers take turns on a fixed number of connections."""

    def __init__(self, url: str, *, connections: int) -> None:
        self._engine = make_engine(url)
        self._queue: SimpleQueue[tuple[bytes, Job] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, daemon=True) for _ in range(connections)
        ]
        for thread in self._threads:
            thread.start()
        self._closed = False

    def write(self, work: Work) -> "asyncio.Future[Any]":
        return self._submit(BEGIN, work)

    def read(self, work: Work) -> "asyncio.Future[Any]":
        return self._submit(SNAPSHOT, work)

    def close(self) -> None:
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _submit(self, begin: bytes, work: Work) -> "asyncio.Future[Any]":
        if self._closed:
            raise StorageUnavailable("the database is closed")
        future = asyncio.get_running_loop().create_future()
        self._queue.put((begin, Job(work, future)))
        return future

    def _serve(self) -> None:
        link = Link(self._engine)
        while asked := self._queue.get():
            begin, job = asked
            try:
                if monotonic() - job.asked > PATIENCE_SECONDS:
                    raise StorageUnavailable("the database is too busy")  # noqa: TRY301
                job.result = link.carry(begin, job.work)
            except Exception as failure:  # noqa: BLE001 - it belongs to the caller
                job.failure = _translate(failure)
            tell_all([job])
        link.drop()


class Link:
    """One thread's connection, made anew where it broke."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: tuple[Connection, Driver] | None = None

    def carry(self, begin: bytes, work: Work) -> Any:
        """Run the work as one transaction; again where the server undid it for a deadlock.

        It left nothing behind then, and work touches nothing but its transaction (Database.run).
        Nothing else is tried again here: whether it was kept may not be known.
        """
        for _ in range(TRIES - 1):
            try:
                return self._try(begin, work)
            except (psycopg.Error, DBAPIError) as failure:
                if not isinstance(_cause(failure), _Undone):
                    raise
        return self._try(begin, work)

    def drop(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            conn, driver = held
            driver.close()
            with suppress(SQLAlchemyError):
                conn.invalidate()
                conn.close()

    def _try(self, begin: bytes, work: Work) -> Any:
        conn, driver = self._begin(begin)
        try:
            result = work(conn)
            crashpoint("commit.before")
            _commit(driver)
        except BaseException:
            self._roll_back(conn, driver)
            raise
        crashpoint("commit.after")
        return result

    def _begin(self, begin: bytes) -> tuple[Connection, Driver]:
        """A transaction on the connection at hand; on a new one where that has died meanwhile."""
        if self._held is not None:
            try:
                _say(self._held[1], begin)
            except psycopg.Error:
                self.drop()
            else:
                return self._held
        conn = self._engine.connect()
        self._held = held = conn, _driver_of(conn)
        _say(held[1], begin)
        return held

    def _roll_back(self, conn: Connection, driver: Driver) -> None:
        try:
            if not driver.closed and not conn.invalidated:
                _say(driver, b"ROLLBACK")
                return
        except psycopg.Error:
            pass
        self.drop()


def make_engine(url: str) -> Engine:
    """An engine whose transactions begin where we say so; the URL may say all that libpq reads."""
    said = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    whole = make_conninfo("", **{**CONNECTING, **said})

    def connect() -> psycopg.Connection[Any]:
        connection = psycopg.connect(whole, autocommit=True)
        connection.prepared_max = PREPARED
        connection.execute(SESSION)
        return connection

    return create_engine(
        "postgresql+psycopg://", creator=connect, poolclass=NullPool, use_native_hstore=False
    )


def _driver_of(conn: Connection) -> Driver:
    """The connection below SQLAlchemy's, for what must cost next to nothing."""
    driver: Any = conn.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _commit(driver: Driver) -> None:
    try:
        said = _say(driver, b"COMMIT")
    except psycopg.Error as failure:
        if driver.closed:
            raise StorageUnavailable(
                f"the answer to a commit was lost, it may have been kept: {failure}"
            ) from failure
        raise
    if said != b"COMMIT":
        # The server answers so, without an error, after a failure that the work has hidden.
        raise StorageUnavailable("the transaction had failed before its end")


def _say(driver: Driver, command: bytes) -> bytes:
    """A command without an answer but its own name."""
    result = driver.pgconn.exec_(command)
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)
    return result.command_status or b""


def _cause(failure: BaseException) -> BaseException | None:
    return failure.orig if isinstance(failure, DBAPIError) else failure


def _translate(failure: Exception) -> Exception:
    """The store's own troubles in our words for them; all else as it is."""
    cause = _cause(failure)
    if isinstance(cause, psycopg.IntegrityError):
        return Taken(str(cause).strip())
    if isinstance(cause, psycopg.Error):
        return StorageUnavailable(str(cause).strip())
    return failure
