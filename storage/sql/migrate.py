"""Bring a database to this version's schema; safe to call when nothing is to be done."""

from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from storage.errors import StorageUnavailable
from storage.sql.revision import MIGRATIONS, Applied, connected

# Any number that nobody else locks: "eryao" as it happens.
LOCK = int.from_bytes(b"eryao", "big")
# A migration may take its time, and so may those that wait for it.
WAIT_MS = 600_000


def upgrade(engine: Engine, applied: Applied | None = None) -> None:
    """All or nothing; who comes at the same time waits.

    `applied` hears each step, what it does, and how many there are.

    A schema that a later version has made is left as it is: this one works on it too.
    """
    try:
        _upgrade(engine, applied)
    except OperationalError as failure:  # the disk is full, the file is locked, or the like
        raise StorageUnavailable(str(failure.orig).strip()) from failure


def _upgrade(engine: Engine, applied: Applied | None) -> None:
    with connected(engine) as connection, connection.begin():
        _take_turns(connection)
        config = _config()
        scripts = ScriptDirectory.from_config(config)
        if _is_later(connection, scripts):
            return
        config.attributes["connection"] = connection
        config.attributes["applied"] = _listener(applied, _left(connection, scripts))
        command.upgrade(config, "head")


def _left(connection: Connection, scripts: ScriptDirectory) -> int:
    at = MigrationContext.configure(connection).get_current_revision()
    return len([*scripts.iterate_revisions("head", at or "base")])


def _listener(applied: Applied | None, left: int) -> Callable[..., None]:
    def listen(*, step: Any, **_: Any) -> None:
        if applied is not None:
            applied(step.up_revision_id, step.up_revision.doc, left)

    return listen


def _is_later(connection: Connection, scripts: ScriptDirectory) -> bool:
    at = MigrationContext.configure(connection).get_current_revision()
    return at is not None and at not in {script.revision for script in scripts.walk_revisions()}


def _take_turns(connection: Connection) -> None:
    """Whoever comes second waits here, and finds all done. (Our drivers begin nothing.)"""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("BEGIN")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {WAIT_MS}")
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {WAIT_MS}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
