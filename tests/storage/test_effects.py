"""What tools leave behind: each once for its call, each its user's own."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from storage.errors import Taken
from storage.sql.drawings import _TURN, DrawingRow
from storage.sql.notifications import NotificationRow
from storage.sql.reminders import ReminderRow
from storage.sql.shares import ShareRow
from storage.sql.transaction import Transaction
from tests.storage import rows

FIRST_PAGE = 2**62


@pytest.fixture
def tx(fresh: Connection) -> Transaction:
    """Ann with a session, and Ben."""
    tx = Transaction(fresh)
    rows.user(tx)
    rows.user(tx, "ben")
    rows.session(tx)
    return tx


def reminder(name: str, due_at: int, **changes: object) -> ReminderRow:
    values = {"user_id": "ann", "session_id": "s1", "text": "look", "locale": "en", **changes}
    return ReminderRow(id=name, due_at=due_at, created_at=1, **values)  # type: ignore[arg-type]


def share(name: str, *, owner: str = "ann", created_at: int = 1, expires_at: int = 9) -> ShareRow:
    return ShareRow(
        id=name,
        user_id=owner,
        session_id="s1",
        salt=b"salt",
        token_hash=name.encode(),
        include_question=False,
        content='{"text": "secret"}',
        created_at=created_at,
        expires_at=expires_at,
    )


def drawing(name: str, owner: str = "ann", session: str = "s1") -> DrawingRow:
    path = f"u/{owner}/charts/{name}.svg"
    return DrawingRow(id=name, user_id=owner, session_id=session, path=path, created_at=1)


def notify(tx: Transaction, name: str, now: int, owner: str = "ann") -> int:
    at = tx.notifications.next_time(owner, now)
    row = NotificationRow(
        id=name, user_id=owner, kind="k", title="t", body="b", payload="{}", created_at=at
    )
    tx.notifications.add(row)
    return at


# --- reminders ---------------------------------------------------------------------------------


def test_a_reminder_is_set_once_for_its_call(tx: Transaction) -> None:
    assert tx.reminders.add(reminder("c1", 5))
    assert not tx.reminders.add(reminder("c1", 7, text="another"))

    assert [(due.due_at, due.text) for due in tx.reminders.due(now=9, most=9)] == [(5, "look")]


def test_reminders_are_due_from_their_time_on_the_oldest_first(tx: Transaction) -> None:
    for name, due_at in (("late", 30), ("b", 20), ("a", 10)):
        tx.reminders.add(reminder(name, due_at))

    assert tx.reminders.due(now=9, most=9) == []
    assert [due.id for due in tx.reminders.due(now=20, most=9)] == ["a", "b"]
    assert [due.id for due in tx.reminders.due(now=99, most=2)] == ["a", "b"]


def test_a_reminder_is_told_once(tx: Transaction) -> None:
    tx.reminders.add(reminder("c1", 5))

    assert tx.reminders.tell("c1", 6)
    assert not tx.reminders.tell("c1", 7)
    assert tx.reminders.due(now=9, most=9) == []


# --- notifications -----------------------------------------------------------------------------


def test_times_of_notifications_grow_whatever_the_clock_does(tx: Transaction) -> None:
    assert [notify(tx, str(n), now) for n, now in enumerate((10, 10, 7, 50))] == [10, 11, 12, 50]
    assert notify(tx, "other", 7, owner="ben") == 7


def test_no_two_notifications_of_a_user_share_a_time(tx: Transaction) -> None:
    at = notify(tx, "a", 10)
    row = NotificationRow(
        id="b", user_id="ann", kind="k", title="t", body="b", payload="{}", created_at=at
    )

    with pytest.raises(Taken, match="created_at"):
        tx.notifications.add(row)


def test_pages_go_back_in_time_without_gap_or_repeat(tx: Transaction) -> None:
    for number in range(5):
        notify(tx, str(number), 10)
    notify(tx, "bens", 99, owner="ben")

    first = tx.notifications.page("ann", before=FIRST_PAGE, limit=3)
    rest = tx.notifications.page("ann", before=first[-1].created_at, limit=3)

    assert [row.id for row in first + rest] == ["4", "3", "2", "1", "0"]


def test_reading_keeps_its_first_time_and_touches_nobody_elses(tx: Transaction) -> None:
    notify(tx, "a", 10)
    notify(tx, "b", 10)

    assert not tx.notifications.read("ben", "a", 20)
    assert tx.notifications.read("ann", "a", 30)
    assert not tx.notifications.read("ann", "a", 40)
    tx.notifications.read_all("ben", 50)
    assert tx.notifications.unread("ann") == 1
    tx.notifications.read_all("ann", 60)
    tx.notifications.read_all("ann", 70)

    assert tx.notifications.unread("ann") == 0
    page = tx.notifications.page("ann", before=FIRST_PAGE, limit=9)
    assert [(row.id, row.read_at) for row in page] == [("b", 60), ("a", 30)]
    assert tx.notifications.get("ben", "a") is None


# --- shares ------------------------------------------------------------------------------------


def test_a_reading_is_shared_once_for_its_call(tx: Transaction) -> None:
    assert tx.shares.add(share("c1"))
    assert not tx.shares.add(share("c1", created_at=5))

    assert tx.shares.by_token(b"c1") == share("c1")
    assert tx.shares.by_token(b"c2") is None


def test_a_revoked_share_keeps_nothing_of_what_it_showed(tx: Transaction) -> None:
    tx.shares.add(share("c1"))

    assert not tx.shares.revoke("ben", "c1", 5)
    assert tx.shares.revoke("ann", "c1", 5)

    found = tx.shares.by_token(b"c1")
    assert found is not None
    assert (found.content, found.revoked_at) == ("{}", 5)
    assert tx.shares.page("ann", before=FIRST_PAGE, before_id="", limit=9) == []


def test_shares_are_paged_and_dropped_by_their_end(tx: Transaction) -> None:
    for name, created_at in (("a", 1), ("b", 2), ("c", 2)):
        tx.shares.add(share(name, created_at=created_at, expires_at=created_at * 10))
    tx.shares.add(share("bens", owner="ben", expires_at=99))

    first = tx.shares.page("ann", before=FIRST_PAGE, before_id="", limit=2)
    last = first[-1]
    rest = tx.shares.page("ann", before=last.created_at, before_id=last.id, limit=2)

    assert [row.id for row in first + rest] == ["c", "b", "a"]
    assert tx.shares.drop_before(20) == 1
    assert tx.shares.get("a") is None


# --- drawings ----------------------------------------------------------------------------------


def test_a_drawing_takes_one_place_however_often_its_call_is_repeated(tx: Transaction) -> None:
    assert tx.drawings.add(drawing("c1"), most=1)
    assert tx.drawings.add(drawing("c1"), most=1)
    assert not tx.drawings.add(drawing("c2"), most=1)
    assert tx.drawings.add(drawing("c3", owner="ben"), most=1)

    tx.drawings.remove("c1")
    assert tx.drawings.add(drawing("c2"), most=1)


def test_a_place_that_was_given_back_is_another_calls(tx: Transaction) -> None:
    """Its file may be on its way out, so the call that had it does not get it again."""
    assert tx.drawings.add(drawing("c1"), most=1)

    tx.drawings.drop("c1")

    assert not tx.drawings.store("c1")
    assert not tx.drawings.add(drawing("c1"), most=1)
    assert tx.drawings.add(drawing("c2"), most=1)
    assert [row.id for row in tx.drawings.dropped(9)] == ["c1"]


def test_a_place_that_is_never_filled_is_given_back_in_time(tx: Transaction) -> None:
    for name in ("c1", "c2"):
        assert tx.drawings.add(drawing(name), most=9)
    assert tx.drawings.store("c2")

    assert tx.drawings.drop_reserved(before=1) == 0
    assert tx.drawings.drop_reserved(before=2) == 1

    assert [row.id for row in tx.drawings.dropped(9)] == ["c1"]
    assert tx.drawings.by_path("ann", "u/ann/charts/c2.svg") is not None


def test_who_counts_a_users_drawings_counts_alone() -> None:
    """Many writers at once see each other's rows only once they are committed."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    locks = str(_TURN.compile(dialect=dialect))

    assert locks.endswith("FOR NO KEY UPDATE")


def test_a_drawing_is_found_by_its_owner_only(tx: Transaction) -> None:
    tx.drawings.add(drawing("c1"), most=9)

    assert tx.drawings.by_path("ann", "u/ann/charts/c1.svg") == drawing("c1")
    assert tx.drawings.by_path("ben", "u/ann/charts/c1.svg") is None


def test_forgetting_a_session_ends_its_shares_and_marks_its_drawings(tx: Transaction) -> None:
    rows.session(tx, "s2")
    tx.shares.add(share("c1"))
    tx.drawings.add(drawing("c1"), most=9)
    tx.drawings.add(drawing("c2", session="s2"), most=9)

    tx.sessions.forget("s1")

    assert tx.shares.get("c1") is None
    assert [row.id for row in tx.drawings.dropped(9)] == ["c1"]
    assert tx.drawings.by_path("ann", "u/ann/charts/c1.svg") is None
    assert tx.drawings.by_path("ann", "u/ann/charts/c2.svg") is not None
    assert tx.drawings.add(drawing("c3", session="s2"), most=2), "its place is free"


# --- profiles ----------------------------------------------------------------------------------


def test_a_profile_keeps_what_is_not_told(tx: Transaction) -> None:
    assert tx.profiles.get("ann") is None
    tx.profiles.open("ann", 1)
    tx.profiles.change("ann", 1, {"gender": "female"})
    tx.profiles.change("ann", 2, {"birth_year": 1990})

    found = tx.profiles.get("ann")
    assert found is not None
    assert (found.birth_year, found.gender) == (1990, "female")
    assert tx.profiles.get("ben") is None


def test_a_call_changes_a_profile_once(tx: Transaction) -> None:
    assert tx.profiles.note_change("c1", "ann", 1)
    assert not tx.profiles.note_change("c1", "ann", 2)


# --- looking for words -------------------------------------------------------------------------


def test_readings_are_found_by_their_words_and_no_word_is_a_pattern(tx: Transaction) -> None:
    tx.readings.save(rows.reading("plain"))
    tx.readings.save(rows.reading("bens", owner="ben"))

    assert [row.id for row in tx.readings.like("ann", "TITLE of", 9)] == ["plain"]
    for words in ("%", "_", "t%e", "\\"):
        assert tx.readings.like("ann", words, 9) == []


def test_a_reading_is_removed_by_its_owner_only(tx: Transaction) -> None:
    tx.readings.save(rows.reading("c1"))

    assert not tx.readings.remove("ben", "c1")
    assert tx.readings.get("ben", "c1") is None
    assert tx.readings.remove("ann", "c1")
    assert not tx.readings.remove("ann", "c1")
