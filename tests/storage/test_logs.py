"""Event logs at rest, and users."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from storage.errors import Taken
from storage.sql.families import FamilyRow
from storage.sql.logs import ArchivedLog
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow
from tests.storage import rows


@pytest.fixture
def tx(fresh: Connection) -> Transaction:
    """Ann, her session s1, and its runs r1, r2 and r3."""
    tx = Transaction(fresh)
    rows.user(tx)
    rows.session(tx)
    for name in ("r1", "r2", "r3"):
        rows.run(tx, name)
    return tx


def archived(run: str, frames: bytes = b"data: 1\n\n") -> ArchivedLog:
    return ArchivedLog(run, "tag", frames.count(b"\n\n"), frames)


@pytest.mark.parametrize("frames", [b"", b"data: 1\n\n", bytes(range(256)) * 50, "卦".encode() * 9])
def test_an_archive_gives_back_the_bytes_that_clients_saw(tx: Transaction, frames: bytes) -> None:
    log = archived("r1", frames)

    tx.logs.archive(log, now=1)

    assert tx.logs.get("r1") == log
    assert tx.logs.get("r2") is None


def test_an_archive_is_never_written_over(tx: Transaction) -> None:
    tx.logs.archive(archived("r1"), now=1)

    with pytest.raises(Taken):
        tx.logs.archive(archived("r1", b"data: other\n\n"), now=2)

    assert tx.logs.get("r1") == archived("r1")


def test_old_archives_are_dropped_and_counted(tx: Transaction) -> None:
    for number, run in enumerate(("r1", "r2", "r3")):
        tx.logs.archive(archived(run), now=number)

    assert tx.logs.drop_before(2) == 2
    assert tx.logs.drop_before(2) == 0

    assert [tx.logs.get(run) is not None for run in ("r1", "r2", "r3")] == [False, False, True]


def test_live_frames_are_joined_in_the_order_of_their_commits(tx: Transaction) -> None:
    tx.logs.add_live([("r1", 2, b"b"), ("r1", 3, b"c")], number=7)
    tx.logs.add_live([("r1", 1, b"a"), ("r2", 1, b"other")], number=5)

    assert tx.logs.live("r1") == b"abc"
    assert tx.logs.live("r3") == b""


def test_the_rows_of_many_runs_are_added_in_their_order(tx: Transaction) -> None:
    tx.logs.add_live([("r1", n, b"%d;" % n) for n in range(200)], number=1)

    assert tx.logs.live("r1") == b"".join(b"%d;" % n for n in range(200))
    assert tx.logs.live_span() == ({"r1": 1}, 200)


def test_a_number_that_is_taken_is_told(tx: Transaction) -> None:
    """Another process writes into the same file: both must not go on."""
    tx.logs.add_live([("r1", 1, b"a")], number=3)

    with pytest.raises(Taken):
        tx.logs.add_live([("r2", n, b"b") for n in range(3)], number=1)


def test_live_frames_are_dropped_from_the_beginning(tx: Transaction) -> None:
    tx.logs.add_live([("r1", 1, b"a"), ("r2", 1, b"b"), ("r1", 2, b"c")], number=1)

    tx.logs.drop_live_before(2)

    assert (tx.logs.live("r1"), tx.logs.live("r2")) == (b"c", b"b")


def test_a_new_process_learns_where_each_run_began_and_where_all_end(tx: Transaction) -> None:
    assert tx.logs.live_span() == ({}, 0)
    tx.logs.add_live([(run, 1, b"frame") for run in ("r2", "r1", "r2", "r1")], number=1)

    spans, newest = tx.logs.live_span()

    assert (list(spans.items()), newest) == ([("r2", 1), ("r1", 2)], 4)


def test_after_a_crash_the_live_frames_of_archived_runs_go_and_no_others(tx: Transaction) -> None:
    tx.logs.add_live([("r1", 1, b"a"), ("r1", 2, b"b"), ("r2", 1, b"c")], number=1)
    tx.logs.archive(archived("r1"), now=1)

    tx.logs.drop_finished()

    assert (tx.logs.live("r1"), tx.logs.live("r2")) == (b"", b"c")
    assert tx.logs.get("r1") is not None


# --- users -------------------------------------------------------------------------------------


def test_a_user_is_found_by_id_and_by_address(tx: Transaction) -> None:
    ann = UserRow("ann", "ann@example.org", 1)

    assert tx.users.get("ann") == tx.users.by_email("ann@example.org") == ann
    assert tx.users.get("ann@example.org") is tx.users.by_email("ann") is None


def test_an_address_belongs_to_the_first_who_brings_it(tx: Transaction) -> None:
    assert not tx.users.add(UserRow("other", "ann@example.org", 2))

    assert tx.users.get("other") is None
    assert tx.users.by_email("ann@example.org") == UserRow("ann", "ann@example.org", 1)


def test_an_id_that_is_taken_is_a_mistake_not_an_answer(tx: Transaction) -> None:
    """False would say that the address is taken, and it is not."""
    with pytest.raises(Taken):
        tx.users.add(UserRow("ann", "new@example.org", 2))


def test_a_sign_in_is_its_users_own(tx: Transaction) -> None:
    family = FamilyRow(
        id="f1",
        user_id="ann",
        salt=b"salt",
        counter=0,
        seen=0,
        created_at=1,
        rotated_at=1,
        expires_at=2,
        revoked_at=None,
    )
    tx.families.add(family)

    assert tx.families.get("f1") == family
    with pytest.raises(Taken):
        tx.families.add(family)
    with pytest.raises(Taken):
        tx.families.add(replace(family, id="f2", user_id="nobody"))
