"""No question of a run's path reads a whole table: what is fast on day one stays so."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import pytest
from sqlalchemy import Connection

from storage.sql.drawings import DrawingRow
from storage.sql.logs import ArchivedLog
from storage.sql.transaction import Transaction
from tests.storage import rows
from tests.support.seeded import empty_database

Ask = Callable[[Transaction], Any]

# They hold only what is under way or waits, so that to read them all is to read little.
SMALL = (
    "USING INDEX ix_runs_waiting",
    "USING INDEX ix_tool_calls_open",
    "USING INDEX ix_drawings_dropped",
    "USING INDEX ix_drawings_reserved",
    "SCAN live_frames",
    "SCAN next_runs",
)

QUESTIONS: dict[str, Ask] = {
    "runs.claim": lambda tx: tx.runs.claim("w", most=3, now=500, lease=400),
    "runs.renew": lambda tx: tx.runs.renew("w", ["r1"], now=500, lease=400),
    "runs.hand_back": lambda tx: tx.runs.hand_back("w"),
    "runs.hand_back_all": lambda tx: tx.runs.hand_back_all(),
    "runs.to_cancel": lambda tx: tx.runs.to_cancel("w"),
    "runs.held": lambda tx: tx.runs.held("r1", 1),
    "runs.get": lambda tx: tx.runs.get("r1"),
    "runs.of_session": lambda tx: tx.runs.of_session("s1"),
    "runs.counted": lambda tx: tx.runs.counted("s1"),
    "runs.settle": lambda tx: tx.runs.settle("r1", 1, rows.ANSWER, now=600),
    "runs.request_cancel": lambda tx: tx.runs.request_cancel("r1"),
    "runs.abandon": lambda tx: tx.runs.abandon("r1"),
    "runs.mark_refunded": lambda tx: tx.runs.mark_refunded("r1"),
    "runs.ended_among": lambda tx: tx.runs.ended_among(["r1", "r2"]),
    "tool_calls.get": lambda tx: tx.tool_calls.get("r1", "c1"),
    "tool_calls.of_run": lambda tx: tx.tool_calls.of_run("r1"),
    "tool_calls.of_session": lambda tx: tx.tool_calls.of_session("s1"),
    "tool_calls.open_in": lambda tx: tx.tool_calls.open_in("s1"),
    "tool_calls.expired": lambda tx: tx.tool_calls.expired(now=500, most=3),
    "tool_calls.continued": lambda tx: tx.tool_calls.continued("r1", by="r2"),
    "points.balance": lambda tx: tx.points.balance("ann"),
    "points.entry_of_run": lambda tx: tx.points.entry_of_run("r1", "run"),
    "points.page": lambda tx: tx.points.page("ann", before=9, limit=3),
    "points.move": lambda tx: tx.points.move("ann", 1, entry_id="e", kind="grant", now=1),
    "sessions.get": lambda tx: tx.sessions.get("s1"),
    "sessions.page": lambda tx: tx.sessions.page("ann", before=9, before_id="", limit=3),
    "sessions.touch": lambda tx: tx.sessions.touch("s1", 1),
    "sessions.forget": lambda tx: tx.sessions.forget("s1"),
    "messages.of_session": lambda tx: tx.messages.of_session("s1"),
    "messages.get": lambda tx: tx.messages.get("s1", "m1"),
    "messages.remove": lambda tx: tx.messages.remove("s1", "m1"),
    "readings.page": lambda tx: tx.readings.page("ann", before=9, before_id="", limit=3),
    "readings.get": lambda tx: tx.readings.get("ann", "c1"),
    "readings.remove": lambda tx: tx.readings.remove("ann", "c1"),
    "readings.like": lambda tx: tx.readings.like("ann", "word", 3),
    "sessions.like": lambda tx: tx.sessions.like("ann", "word", but="s2", limit=3),
    "tool_calls.pending_in": lambda tx: tx.tool_calls.pending_in("s1"),
    "tool_calls.answer": lambda tx: tx.tool_calls.answer(
        rows.tool_call(tx, "c9"), state="s", result=None, error=None, now=1
    ),
    "reminders.due": lambda tx: tx.reminders.due(now=1, most=3),
    "reminders.page": lambda tx: tx.reminders.page("ann", before=9, before_id="", limit=3),
    "reminders.cancel": lambda tx: tx.reminders.cancel("ann", "c1", 1),
    "reminders.tell": lambda tx: tx.reminders.tell("c1", 1),
    "notifications.page": lambda tx: tx.notifications.page("ann", before=9, limit=3),
    "notifications.get": lambda tx: tx.notifications.get("ann", "n1"),
    "notifications.unread": lambda tx: tx.notifications.unread("ann"),
    "notifications.read": lambda tx: tx.notifications.read("ann", "n1", 1),
    "notifications.read_all": lambda tx: tx.notifications.read_all("ann", 1),
    "shares.by_token": lambda tx: tx.shares.by_token(b"t"),
    "shares.page": lambda tx: tx.shares.page("ann", before=9, before_id="", limit=3),
    "shares.revoke": lambda tx: tx.shares.revoke("ann", "c1", 1),
    "shares.drop_before": lambda tx: tx.shares.drop_before(1),
    "drawings.by_path": lambda tx: tx.drawings.by_path("ann", "u/ann/c1"),
    "drawings.add": lambda tx: tx.drawings.add(
        DrawingRow(id="c9", user_id="ann", session_id="s1", path="p", created_at=1), most=3
    ),
    "drawings.store": lambda tx: tx.drawings.store("c1"),
    "drawings.drop": lambda tx: tx.drawings.drop("c1"),
    "drawings.drop_reserved": lambda tx: tx.drawings.drop_reserved(1),
    "drawings.dropped": lambda tx: tx.drawings.dropped(3),
    "feedback.by_key": lambda tx: tx.feedback.by_key(b"k"),
    "feedback.within": lambda tx: tx.feedback.within(1, 9, most=3),
    "feedback.counts": lambda tx: tx.feedback.counts(1, 9),
    "feedback.pictures": lambda tx: tx.feedback.pictures(1, 9),
    "feedback.bind": lambda tx: tx.feedback.bind("f1", ["p"], now=1),
    "feedback.let_go": lambda tx: tx.feedback.let_go(["p"], until=1),
    "feedback.strays": lambda tx: tx.feedback.strays(now=1, most=3),
    "feedback.remove_picture": lambda tx: tx.feedback.remove_picture("p"),
    "feedback.forget_person": lambda tx: tx.feedback.forget_person("ann"),
    "feedback_reports.open": lambda tx: tx.feedback_reports.open(oldest="2026-01-01", now=1),
    "profiles.get": lambda tx: tx.profiles.get("ann"),
    "logs.get": lambda tx: tx.logs.get("r1"),
    "logs.live": lambda tx: tx.logs.live("r1"),
    "logs.drop_live_before": lambda tx: tx.logs.drop_live_before(2),
    "logs.drop_before": lambda tx: tx.logs.drop_before(5),
    "users.by_email": lambda tx: tx.users.by_email("ann@example.org"),
    "tool_calls.decide": lambda tx: tx.tool_calls.decide(
        "r1", "c1", state="s", decision="d", now=1
    ),
    "tool_calls.begin": lambda tx: tx.tool_calls.begin("r1", "c1", now=1),
    "tool_calls.finish": lambda tx: tx.tool_calls.finish(
        "r1", "c1", state="s", result=None, error=None, now=1
    ),
}


@pytest.fixture
def tx() -> Transaction:
    """One of everything: planners look at the tables' shape, not at their size."""
    tx = Transaction(empty_database(ExplainingConnection))
    rows.user(tx)
    rows.session(tx)
    rows.run(tx)
    rows.tool_call(tx)
    tx.messages.add(rows.message("m1"))
    tx.logs.archive(ArchivedLog("r1", "tag", 1, b""), now=1)
    return tx


class ExplainingCursor(sqlite3.Cursor):
    """Asks what SQLite means to do, before it does it."""

    plans: ClassVar[list[str]] = []

    def execute(self, said: str, given: Any = (), /) -> Self:
        if said.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            steps = self.connection.execute(f"EXPLAIN QUERY PLAN {said}", given)
            self.plans.extend(str(step[3]) for step in steps)
        return super().execute(said, given)


class ExplainingConnection(sqlite3.Connection):
    def cursor(self, factory: Any = ExplainingCursor) -> Any:
        return super().cursor(factory)


@contextmanager
def plans_of(connection: Connection) -> Iterator[list[str]]:
    """What SQLite means to do for each statement."""
    ExplainingCursor.plans.clear()
    yield ExplainingCursor.plans


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_reads_what_it_needs_and_not_the_table(tx: Transaction, question: str) -> None:
    with plans_of(tx.connection) as plans:
        QUESTIONS[question](tx)

    assert plans
    assert [step for step in plans if step.startswith("SCAN") and not step.endswith(SMALL)] == []


def test_the_queue_is_read_in_its_order_and_not_sorted(tx: Transaction) -> None:
    with plans_of(tx.connection) as plans:
        tx.runs.claim("w", most=3, now=500, lease=400)

    assert [step for step in plans if "TEMP B-TREE" in step] == []
