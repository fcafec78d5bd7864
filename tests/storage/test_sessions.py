"""Sessions and what hangs on them: messages, readings, and the way to forget it all."""

import pytest
from sqlalchemy import Connection

from storage.errors import Taken
from storage.sql.logs import ArchivedLog
from storage.sql.messages import MessageRow
from storage.sql.sessions import SessionRow
from storage.sql.transaction import Transaction
from tests.storage import rows

FAR = 2**62


@pytest.fixture
def tx(fresh: Connection) -> Transaction:
    """Ann, her session s1, and its run r1."""
    tx = Transaction(fresh)
    rows.user(tx, points=100)
    rows.session(tx)
    rows.run(tx)
    return tx


def the_session(tx: Transaction, name: str = "s1") -> SessionRow:
    found = tx.sessions.get(name)
    assert found is not None
    return found


def test_a_session_comes_back_as_it_was_added(tx: Transaction) -> None:
    assert the_session(tx) == SessionRow("s1", "ann", "title of s1", "{}", None, 10, 10)
    assert tx.sessions.lock("s1") == the_session(tx)
    assert tx.sessions.get("s2") is tx.sessions.lock("s2") is None


def test_a_session_keeps_its_chart_until_it_is_cast_again(tx: Transaction) -> None:
    tx.sessions.derive("s1", "chart")
    assert the_session(tx).derived == "chart"

    tx.sessions.recast("s1", title="new", cast="other", now=50)

    assert the_session(tx) == SessionRow("s1", "ann", "new", "other", None, 10, 50)


def test_a_session_that_is_touched_changes_nothing_but_its_time(tx: Transaction) -> None:
    rows.session(tx, "s2")

    tx.sessions.touch("s1", 50)

    assert the_session(tx) == SessionRow("s1", "ann", "title of s1", "{}", None, 10, 50)
    assert the_session(tx, "s2").updated_at == 10


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 50])
def test_pages_show_every_session_once_the_newest_first(tx: Transaction, limit: int) -> None:
    """Also where many began in the same microsecond."""
    rows.user(tx, "ben")
    rows.session(tx, "of-ben", owner="ben", created_at=21)
    made = [("s1", 10)]
    for number in range(12):
        made.append((f"t{number:02}", 20 + number // 4))
        rows.session(tx, made[-1][0], created_at=made[-1][1])

    shown: list[SessionRow] = []
    before, before_id = FAR, ""
    while page := tx.sessions.page("ann", before=before, before_id=before_id, limit=limit):
        assert len(page) <= limit
        shown += page
        before, before_id = page[-1].created_at, page[-1].id

    newest_first = sorted(made, key=lambda one: (one[1], one[0]), reverse=True)
    assert [(session.id, session.created_at) for session in shown] == newest_first


# --- messages ----------------------------------------------------------------------------------


def test_messages_keep_the_order_in_which_they_were_said(tx: Transaction) -> None:
    tx.messages.add(rows.message("z"), rows.message("a"))
    tx.messages.add()
    tx.messages.add(rows.message("m"))

    assert [message.id for message in tx.messages.of_session("s1")] == ["z", "a", "m"]


def test_a_message_is_found_in_its_own_session_only(tx: Transaction) -> None:
    rows.session(tx, "s2")
    mine = MessageRow("s1", "m1", "r1", "assistant", '{"content":"卦"}', 123)
    other = rows.message("m1", in_session="s2")
    tx.messages.add(mine, other)

    assert tx.messages.get("s1", "m1") == mine
    assert tx.messages.of_session("s2") == [other]
    assert tx.messages.get("s1", "m2") is None


def test_a_message_id_is_used_once_in_a_session(tx: Transaction) -> None:
    tx.messages.add(rows.message("m1"))

    with pytest.raises(Taken):
        tx.messages.add(rows.message("m1", body="again"))


def test_a_removed_message_leaves_the_others(tx: Transaction) -> None:
    rows.session(tx, "s2")
    tx.messages.add(rows.message("m1"), rows.message("m2"), rows.message("m1", in_session="s2"))

    tx.messages.remove("s1", "m1")
    tx.messages.add(rows.message("m1"))

    assert [message.id for message in tx.messages.of_session("s1")] == ["m2", "m1"]
    assert len(tx.messages.of_session("s2")) == 1


# --- readings ----------------------------------------------------------------------------------


def test_a_retried_worker_saves_a_reading_once(tx: Transaction) -> None:
    first = rows.reading("call-1")

    assert tx.readings.save(first)
    assert not tx.readings.save(rows.reading("call-1", created_at=999))

    assert tx.readings.like("ann", "", 10) == [first]


def test_readings_are_their_users_own_the_newest_first(tx: Transaction) -> None:
    rows.user(tx, "ben")
    for name, created_at in (("old", 1), ("new", 3), ("middle", 2)):
        tx.readings.save(rows.reading(name, created_at=created_at))
    tx.readings.save(rows.reading("of-ben", owner="ben"))

    assert [kept.id for kept in tx.readings.like("ann", "", 2)] == ["new", "middle"]


# --- forgetting --------------------------------------------------------------------------------


def furnish(tx: Transaction, session: str, run: str) -> None:
    """Everything that a session can have."""
    tx.messages.add(rows.message(f"m-{session}", in_session=session))
    rows.tool_call(tx, run_id=run, session_id=session)
    tx.logs.archive(ArchivedLog(run, "tag", 1, b"frame"), now=1)
    tx.logs.add_live([(run, 1, b"frame\n\n")], number=int(run[1:]))


def test_a_forgotten_session_leaves_nothing_but_the_ledger(tx: Transaction) -> None:
    furnish(tx, "s1", "r1")
    tx.points.move("ann", -10, entry_id="e1", kind="run", now=1, run_id="r1")

    tx.sessions.forget("s1")

    assert tx.sessions.get("s1") is None
    assert tx.runs.get("r1") is None
    assert tx.logs.get("r1") is None
    assert tx.messages.of_session("s1") == []
    assert tx.tool_calls.of_session("s1") == []
    assert tx.logs.live("r1") == b""
    assert tx.points.entry_of_run("r1", "run") is not None
    assert tx.points.balance("ann") == 90


def test_to_forget_one_session_leaves_the_others_whole(tx: Transaction) -> None:
    rows.session(tx, "s2")
    rows.run(tx, "r2", session_id="s2")
    furnish(tx, "s1", "r1")
    furnish(tx, "s2", "r2")

    tx.sessions.forget("s1")

    assert the_session(tx, "s2").id == "s2"
    assert tx.runs.get("r2") is not None
    assert tx.logs.get("r2") is not None
    assert tx.logs.live("r2") == b"frame\n\n"
    assert len(tx.messages.of_session("s2")) == len(tx.tool_calls.of_session("s2")) == 1


def test_a_session_may_be_forgotten_twice(tx: Transaction) -> None:
    tx.sessions.forget("s1")
    tx.sessions.forget("s1")
