"""Every table has its place in the deletion of an account, so that none can be forgotten."""

from storage.sql.erasures import BY_CLOSING, BY_SESSION, BY_USER, IMPERSONAL, KEPT, LAST, ErasureRow
from storage.sql.schema import metadata
from storage.sql.transaction import Transaction
from tests.storage import rows
from tests.support.seeded import empty_database


def test_every_table_is_erased_or_says_nothing_of_anybody() -> None:
    declared = [
        table.name for table in (*BY_CLOSING, *BY_SESSION, *BY_USER, *LAST, *KEPT, *IMPERSONAL)
    ]

    assert sorted(declared) == sorted(metadata.tables)


def test_what_nobody_drives_ends_at_once_and_the_rest_is_called_off() -> None:
    tx = Transaction(empty_database())
    rows.user(tx)
    rows.session(tx)
    for name in ("led", "left"):
        rows.run(tx, name)
    rows.claim(tx, "w", most=2, now=0, lease=500)
    tx.connection.exec_driver_sql("UPDATE runs SET lease_until = 100 WHERE id = 'left'")
    rows.run(tx, "queued")

    tx.erasures.call_off("ann", 200)

    found = {name: tx.runs.get(name) for name in ("led", "left", "queued")}
    told = {
        name: (run.status, run.attempt, run.cancel_requested) for name, run in found.items() if run
    }
    assert told == {
        "led": ("running", 1, True),
        "left": ("cancelled", 2, False),
        "queued": ("cancelled", 1, False),
    }
    assert not tx.runs.settle("left", 1, rows.ANSWER, now=300), "its old worker is fenced off"
    assert tx.erasures.quiet_sessions("ann", 9) == []


def test_a_receipt_outlives_whom_it_was_for() -> None:
    tx = Transaction(empty_database())
    rows.user(tx)
    tx.erasures.add(ErasureRow("receipt", "ann", 5), b"hash")
    assert [row.id for row in tx.erasures.open(9)] == ["receipt"]

    tx.erasures.finish("ann", 10)

    assert tx.erasures.open(9) == []
    assert tx.erasures.to_look_at(before=10, most=9) == []
    (found,) = tx.erasures.to_look_at(before=11, most=9)
    tx.erasures.detach(found.id)
    assert tx.erasures.to_look_at(before=99, most=9) == []
    assert tx.erasures.is_former(b"hash")
    assert not tx.erasures.is_former(b"another")
