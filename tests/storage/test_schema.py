"""The tables as migrations make them, and the constraints that exactly-once rests on."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, insert, inspect, update
from sqlalchemy.exc import IntegrityError

from storage.errors import Taken
from storage.sql import engine_from, schema
from storage.sql.migrate import upgrade
from storage.sql.revision import current, newest
from storage.sql.transaction import Transaction
from tests.storage import rows
from tests.storage.processes import barrier, exit_codes
from tests.storage.work import upgrade_when_all_are_ready

PROCESSES = 5


@pytest.fixture
def engine(bare_url: str) -> Iterator[Engine]:
    """A database with nothing in it."""
    engine = engine_from(bare_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """A migrated database with Ann, her session and her run r1."""
    engine = engine_from(url)
    with engine.connect() as connection:
        tx = Transaction(connection)
        rows.user(tx, points=100)
        rows.session(tx)
        rows.run(tx)
        yield connection
    engine.dispose()


def columns(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every table's columns as the database has them: name, type, null, default, key."""
    found = inspect(connection)
    return {
        table: [
            (column["name"], str(column["type"]), column["nullable"], column["default"])
            for column in found.get_columns(table)
        ]
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def condition_of(index: Any) -> object:
    options = index.get("dialect_options", {})
    return options.get("sqlite_where", options.get("postgresql_where"))


def constraints(connection: Connection) -> dict[str, Any]:
    found = inspect(connection)
    return {
        table: (
            {tuple(unique["column_names"]) for unique in found.get_unique_constraints(table)},
            {check["sqltext"] for check in found.get_check_constraints(table)},
            {
                (tuple(key["constrained_columns"]), key["referred_table"], str(key["options"]))
                for key in found.get_foreign_keys(table)
            },
            {
                (str(index["name"]), tuple(index["column_names"]), str(condition_of(index)))
                for index in found.get_indexes(table)
            },
        )
        for table in schema.metadata.tables
    }


# --- migrations --------------------------------------------------------------------------------


def test_migrations_lead_to_the_schema_on_the_page(engine: Engine) -> None:
    upgrade(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_migrations_make_the_tables_that_the_page_would_make(engine: Engine, url: str) -> None:
    """Checks, defaults and partial indexes too, which the comparison does not look at."""
    upgrade(engine)
    at_once = engine_from(url)
    schema.metadata.drop_all(at_once)
    schema.metadata.create_all(at_once)

    with engine.connect() as migrated, at_once.connect() as made:
        assert columns(migrated) == columns(made)
        assert constraints(migrated) == constraints(made)
    at_once.dispose()


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        rows.user(Transaction(connection))
        before = columns(connection), constraints(connection)

    upgrade(engine)

    with engine.connect() as connection:
        assert (columns(connection), constraints(connection)) == before
        assert Transaction(connection).users.get("ann") is not None


def test_a_database_knows_its_revision(engine: Engine) -> None:
    assert current(engine) is None

    upgrade(engine)

    assert current(engine) == newest()


def test_a_schema_of_a_later_version_is_left_as_it_is(engine: Engine) -> None:
    """As when the version before is started again in the middle of a deploy."""
    upgrade(engine)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")

    upgrade(engine)

    assert current(engine) == "later"


def test_an_upgrade_that_fails_leaves_nothing_half_done(engine: Engine) -> None:
    """The last table of the first schema is in the way; the next start must find a clean file."""
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE tool_calls (id TEXT)")

    with pytest.raises(Exception, match="already exists"):
        upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE tool_calls")

    upgrade(engine)
    assert current(engine) == newest()


def test_processes_may_upgrade_at_once(bare_url: str, engine: Engine) -> None:
    """Servers that are started together, or a server and a command."""
    start = barrier(PROCESSES)

    codes = exit_codes(upgrade_when_all_are_ready, each=[(bare_url, start)] * PROCESSES)

    assert codes == [0] * PROCESSES
    with engine.connect() as connection:
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        assert list(versions.scalars()) == [newest()]


# --- what exactly-once rests on ----------------------------------------------------------------


def test_foreign_keys_are_enforced(connection: Connection) -> None:
    with pytest.raises((Taken, IntegrityError), match=r"(?i)foreign key"):
        rows.session(Transaction(connection), "s2", owner="nobody")


def test_every_commit_waits_for_the_disk(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        return
    assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_no_balance_is_negative_whoever_writes_it(connection: Connection) -> None:
    with pytest.raises((Taken, IntegrityError), match="never_negative"):
        connection.execute(update(schema.accounts).values(balance=-1))


@pytest.mark.parametrize("kind", ["run", "refund"])
def test_a_run_is_charged_once_and_given_back_once(connection: Connection, kind: str) -> None:
    rows.entry(connection, "first", kind=kind, run_id="r1", created_at=500)

    with pytest.raises((Taken, IntegrityError), match=r"run_id, (ledger.)?kind"):
        rows.entry(connection, "second", kind=kind, run_id="r1", created_at=501)


def test_entries_without_a_run_do_not_stand_in_each_others_way(connection: Connection) -> None:
    for number in range(3):
        rows.entry(connection, f"grant-{number}", kind="grant", created_at=500 + number)


def test_no_two_entries_of_a_user_have_one_time(connection: Connection) -> None:
    rows.entry(connection, "first", created_at=500)

    with pytest.raises((Taken, IntegrityError), match=r"user_id, (ledger.)?created_at"):
        rows.entry(connection, "second", created_at=500)


def test_an_entry_has_its_id_alone(connection: Connection) -> None:
    rows.entry(connection, "first", created_at=500)

    with pytest.raises((Taken, IntegrityError), match=r"ledger.*id"):
        rows.entry(connection, "first", created_at=501)


def test_a_run_id_is_used_once(connection: Connection) -> None:
    tx = Transaction(connection)
    before = tx.runs.get("r1")

    assert before is not None
    assert not tx.runs.add(replace(before, price=99))
    assert tx.runs.get("r1") == before


def test_a_user_has_one_account(connection: Connection) -> None:
    with pytest.raises((Taken, IntegrityError), match="accounts"):
        Transaction(connection).points.open("ann", 1)


def test_a_log_is_archived_once(connection: Connection) -> None:
    archive = {"run_id": "r1", "tag": "t", "events": 1, "frames": b"", "created_at": 1}
    connection.execute(insert(schema.archived_logs), archive)

    with pytest.raises((Taken, IntegrityError), match="archived_logs"):
        connection.execute(insert(schema.archived_logs), archive)


def test_the_second_writer_of_a_live_row_loses(connection: Connection) -> None:
    logs = Transaction(connection).logs
    logs.add_live([("r1", 1, b"first")], number=1)

    with pytest.raises((Taken, IntegrityError), match="live_frames"):
        logs.add_live([("r1", 1, b"second")], number=1)

    assert logs.live("r1") == b"first"
