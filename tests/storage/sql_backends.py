"""The databases that the suite is run on: one entry for each dialect."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection

from storage.sql import engine_from
from tests.support.postgres import PostgresServer, on_still_clock
from tests.support.seeded import empty_database


@dataclass(frozen=True)
class Backend:
    """What the suite needs to know of a dialect: where a new database is, made or still bare."""

    name: str
    url: Callable[["Makers", bool], AbstractContextManager[str]]
    connect: Callable[["Makers"], AbstractContextManager[Connection]]


class Makers:
    """What backends make their databases with."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    @property
    def folder(self) -> Path:
        folder: Path = self._request.getfixturevalue("tmp_path")
        return folder

    @property
    def migrated_file(self) -> Path:
        folder: Path = self._request.getfixturevalue("data_dir")
        return folder / "eryao.db"

    @property
    def postgres(self) -> PostgresServer:
        server: PostgresServer = self._request.getfixturevalue("postgres")
        return server

    @property
    def emptied(self) -> str:
        url: str = self._request.getfixturevalue("postgres_url")
        return url


@contextmanager
def _sqlite_url(makers: Makers, migrated: bool) -> Iterator[str]:  # noqa: FBT001
    path = makers.migrated_file if migrated else makers.folder / "new.db"
    yield f"sqlite:///{path}"


@contextmanager
def _sqlite_connection(_makers: Makers) -> Iterator[Connection]:
    yield empty_database()


@contextmanager
def _postgres_url(makers: Makers, migrated: bool) -> Iterator[str]:  # noqa: FBT001
    if migrated:
        yield makers.emptied
        return
    with makers.postgres.database() as url:
        yield url


@contextmanager
def _postgres_connection(makers: Makers) -> Iterator[Connection]:
    with _postgres_url(makers, migrated=True) as url:
        engine = engine_from(url)
        with engine.connect() as connection:
            on_still_clock(connection)
            yield connection
        engine.dispose()


BACKENDS = (
    Backend("sqlite", _sqlite_url, _sqlite_connection),
    Backend("postgres", _postgres_url, _postgres_connection),
)


def count_users(url: str) -> int:
    """As a stranger to our code sees it."""
    question = "SELECT count(*) FROM users"
    if url.startswith("postgresql"):
        with psycopg.connect(url) as stranger:
            row = stranger.execute(question).fetchone()
    else:
        with sqlite3.connect(url.removeprefix("sqlite:///")) as outside:
            row = outside.execute(question).fetchone()
        outside.close()
    return int(row[0]) if row else 0
