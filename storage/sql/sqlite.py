"""SQLite behind threads of its own: one that writes and commits in groups, a few that read."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from storage.crashpoints import crashpoint, register
from storage.errors import StorageUnavailable
from storage.sql.lanes import Job, Work, fail_all, tell_all

# A group shares one fsync; more than this and the first would wait for the last too long.
GROUP = 256
# Who was answered in company soon has company again: waiting for it, as long as the commit took but
# no longer than this, makes one commit of several.
GATHER_SECONDS = 0.005
READERS = 2
BUSY_SECONDS = 5.0
RECONNECT_SECONDS = 0.5

register("commit.before", "commit.after")


class Lane:
    """A queue of jobs and the threads that drain it; outcomes return as one callback."""

    def __init__(
        self,
        engine: Engine,
        commit: Callable[[Connection, Sequence[Job]], None],
        *,
        threads: int = 1,
        gather: float = 0.0,
    ) -> None:
        self._engine = engine
        self._commit = commit
        self._gather = gather
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._drain, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()
        self._closed = False

    def submit(self, work: Work) -> "asyncio.Future[Any]":
        if self._closed:
            raise StorageUnavailable("the database is closed")
        future = asyncio.get_running_loop().create_future()
        self._queue.put(Job(work, future))
        return future

    def close(self) -> None:
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _drain(self) -> None:
        while self._drain_one_connection():
            pass

    def _drain_one_connection(self) -> bool:
        """Serve jobs until the lane closes; True where the connection broke: a new one is due."""
        jobs: list[Job] = []
        try:
            with self._engine.connect() as conn:
                while jobs := self._next_group():
                    began = time.monotonic()
                    self._commit(conn, jobs)
                    tell_all(jobs)
                    took = time.monotonic() - began
                    if rest := rest_after(len(jobs), took, most=self._gather):
                        time.sleep(rest)
        except Exception as failure:  # noqa: BLE001 - a lane without its thread keeps all waiting
            fail_all(jobs, StorageUnavailable(str(failure)))
            tell_all(jobs)
            time.sleep(RECONNECT_SECONDS)
            return not self._closed
        return False

    def _next_group(self) -> list[Job]:
        """Whatever waits, at least one job; empty when the lane closes."""
        group: list[Job] = []
        job = self._queue.get()
        while job is not None:
            group.append(job)
            if len(group) == GROUP:
                return group
            try:
                job = self._queue.get_nowait()
            except Empty:
                return group
        if group:
            self._queue.put(None)  # closing: this group first, then the end
        return group


def rest_after(answered: int, took: float, *, most: float) -> float:
    """How long to wait for company: not for who was alone, nor where more waits already."""
    return min(took, most) if 1 < answered < GROUP else 0.0


class SqliteLanes:
    """One writing lane whose jobs commit together, one reading lane of snapshots beside it."""

    def __init__(self, path: Path, *, gather: float = GATHER_SECONDS) -> None:
        self._writer = Lane(make_engine(path), commit_group, gather=gather)
        self._readers = Lane(make_engine(path), read_each, threads=READERS)

    def write(self, work: Work) -> "asyncio.Future[Any]":
        return self._writer.submit(work)

    def read(self, work: Work) -> "asyncio.Future[Any]":
        return self._readers.submit(work)

    def close(self) -> None:
        self._readers.close()
        self._writer.close()


def make_engine(path: Path) -> Engine:
    """An engine whose transactions begin where we say so, durable at every commit."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),  # a path may hold ? and # and %
        poolclass=NullPool,
        connect_args={
            "check_same_thread": False,
            "isolation_level": None,
            "timeout": BUSY_SECONDS,
        },
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    _into_wal(connection)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "journal_size_limit=67108864",
        "cache_size=-16384",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _into_wal(connection: sqlite3.Connection) -> None:
    """The one statement that does not wait for a lock by itself: two may meet at a new file."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def commit_group(conn: Connection, jobs: Sequence[Job]) -> None:
    """Run the jobs in one transaction and commit it; a job that raises fails alone."""
    driver = driver_of(conn)
    try:
        driver.execute("BEGIN IMMEDIATE")
        _do(conn, driver, jobs)
        crashpoint("commit.before")
        driver.execute("COMMIT")
        crashpoint("commit.after")
    except Exception as failure:  # noqa: BLE001 - whatever it was, every caller must hear it
        # The disk is full, the file is locked, or the like: nobody's work was kept.
        fail_all(jobs, StorageUnavailable(str(failure)))
        if driver.in_transaction:
            driver.execute("ROLLBACK")


def _do(conn: Connection, driver: sqlite3.Connection, jobs: Sequence[Job]) -> None:
    """All jobs; where one fails, all of them once more, but each so that it can be undone alone.

    Nearly none does, and a savepoint keeps a copy of every page that is changed after it.
    """
    try:
        for job in jobs:
            _work(conn, driver, job)
    except Exception as failure:
        if not driver.in_transaction:  # SQLite gave the whole group up: the disk is full
            raise
        driver.execute("ROLLBACK")
        driver.execute("BEGIN IMMEDIATE")
        if len(jobs) == 1:
            jobs[0].failure = _translate(failure)
            return
        for job in jobs:
            _attempt(conn, driver, job)


def _work(conn: Connection, driver: sqlite3.Connection, job: Job) -> None:
    job.result = job.work(conn)
    if not driver.in_transaction:  # and this job has not minded
        raise StorageUnavailable("SQLite gave the transaction up")


def _attempt(conn: Connection, driver: sqlite3.Connection, job: Job) -> None:
    driver.execute("SAVEPOINT job")
    try:
        _work(conn, driver, job)
    except Exception as failure:
        if not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO job")
        job.failure = _translate(failure)
    driver.execute("RELEASE job")


def read_each(conn: Connection, jobs: Sequence[Job]) -> None:
    """Run each job in a snapshot of its own."""
    driver = driver_of(conn)
    for job in jobs:
        try:
            driver.execute("BEGIN")
            job.result = job.work(conn)
        except Exception as failure:  # noqa: BLE001 - it belongs to the caller
            job.failure = _translate(failure)
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")


def driver_of(conn: Connection) -> sqlite3.Connection:
    """The connection below SQLAlchemy's, for statements that must cost next to nothing."""
    driver: Any = conn.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _translate(failure: Exception) -> Exception:
    """The store's own troubles in our word for them; all else as it is."""
    if isinstance(failure, DBAPIError) and not isinstance(failure, IntegrityError):
        return StorageUnavailable(str(failure.orig))
    if isinstance(failure, sqlite3.OperationalError):
        return StorageUnavailable(str(failure))
    return failure
