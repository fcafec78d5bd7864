"""Who decided about a tool call, and what came of it."""

import pytest
from sqlalchemy import Connection

from storage.errors import Taken
from storage.sql.tool_calls import ToolCallRow
from storage.sql.transaction import Transaction
from tests.storage import rows


@pytest.fixture
def tx(fresh: Connection) -> Transaction:
    """Ann, her session s1, and its runs r1 and r2."""
    tx = Transaction(fresh)
    rows.user(tx)
    rows.session(tx)
    rows.run(tx, "r1")
    rows.run(tx, "r2")
    return tx


def the_call(tx: Transaction, name: str = "c1", run: str = "r1") -> ToolCallRow:
    found = tx.tool_calls.get(run, name)
    assert found is not None
    return found


def ids(calls: list[ToolCallRow]) -> list[str]:
    return [call.id for call in calls]


def test_a_call_comes_back_as_it_was_added(tx: Transaction) -> None:
    added = rows.tool_call(tx, question="Really?", expires_at=5, arguments='{"a":1}')

    assert tx.tool_calls.get("r1", "c1") == added
    assert tx.tool_calls.get("r2", "c1") is None


def test_a_retried_worker_adds_a_call_once(tx: Transaction) -> None:
    first = rows.tool_call(tx, arguments="first")
    again = ToolCallRow(
        id="c1",
        run_id="r1",
        session_id="s1",
        user_id="ann",
        name="save_reading",
        arguments="again",
        state="waiting",
        created_at=200,
    )

    assert not tx.tool_calls.add_new(again)
    assert tx.tool_calls.of_run("r1") == [first]
    with pytest.raises(Taken):
        tx.tool_calls.add(again)


def test_runs_may_use_the_same_call_id(tx: Transaction) -> None:
    """Models count their calls from the start each time."""
    mine = rows.tool_call(tx, run_id="r1")
    other = rows.tool_call(tx, run_id="r2")

    assert (the_call(tx, run="r1"), the_call(tx, run="r2")) == (mine, other)


def test_a_decision_about_one_runs_call_leaves_another_runs_call_alone(tx: Transaction) -> None:
    """Where two runs use the same call id, one must not begin or answer the other's."""
    rows.tool_call(tx, run_id="r1")
    other = rows.tool_call(tx, run_id="r2")

    tx.tool_calls.decide("r1", "c1", state="approved", decision="approve", now=300)

    assert the_call(tx, run="r2") == other


def test_calls_come_in_the_order_in_which_they_were_made(tx: Transaction) -> None:
    for name, run in (("z", "r1"), ("a", "r2"), ("m", "r1")):
        rows.tool_call(tx, name, run_id=run)

    assert ids(tx.tool_calls.of_run("r1")) == ["z", "m"]
    assert ids(tx.tool_calls.of_session("s1")) == ["z", "a", "m"]


def test_a_session_has_only_its_own_calls(tx: Transaction) -> None:
    rows.session(tx, "s2")
    rows.run(tx, "r3", session_id="s2")
    rows.tool_call(tx, "other", run_id="r3", session_id="s2")

    assert tx.tool_calls.of_session("s1") == tx.tool_calls.open_in("s1") == []


def test_only_waiting_calls_are_open(tx: Transaction) -> None:
    for state in ("waiting", "approved", "running", "completed", "rejected", "expired"):
        rows.tool_call(tx, state, state=state)

    assert ids(tx.tool_calls.open_in("s1")) == ["waiting"]


def test_the_first_decision_stands(tx: Transaction) -> None:
    rows.tool_call(tx)

    assert tx.tool_calls.decide(
        "r1", "c1", state="rejected", decision="reject", now=300, reason="no", edited_arguments="{}"
    )
    decided = the_call(tx)
    assert not tx.tool_calls.decide("r1", "c1", state="approved", decision="approve", now=400)

    assert the_call(tx) == decided
    assert (decided.state, decided.decision, decided.decided_at) == ("rejected", "reject", 300)
    assert (decided.reason, decided.edited_arguments) == ("no", "{}")


@pytest.mark.parametrize("state", ["approved", "expired", "running", "completed", "failed"])
def test_what_does_not_wait_is_not_decided(tx: Transaction, state: str) -> None:
    call = rows.tool_call(tx, state=state)

    assert not tx.tool_calls.decide("r1", "c1", state="rejected", decision="reject", now=300)
    assert the_call(tx) == call


def test_a_call_that_is_unknown_is_not_decided(tx: Transaction) -> None:
    assert not tx.tool_calls.decide("r1", "c1", state="approved", decision="approve", now=300)


def test_calls_expire_at_their_time_the_oldest_first(tx: Transaction) -> None:
    for name, expires_at in (("late", 30), ("early", 10), ("middle", 20), ("future", 31)):
        rows.tool_call(tx, name, expires_at=expires_at)
    rows.tool_call(tx, "decided", expires_at=5, state="approved")
    rows.tool_call(tx, "never", expires_at=None)

    assert ids(tx.tool_calls.expired(now=30, most=9)) == ["early", "middle", "late"]
    assert ids(tx.tool_calls.expired(now=30, most=1)) == ["early"]
    assert tx.tool_calls.expired(now=9, most=9) == []


def test_a_call_begins_and_ends(tx: Transaction) -> None:
    rows.tool_call(tx, state="approved")

    tx.tool_calls.begin("r1", "c1", now=300)
    begun = the_call(tx)
    tx.tool_calls.finish("r1", "c1", state="completed", result="done", error=None, now=400)

    ended = the_call(tx)
    assert (begun.state, begun.started_at, begun.ended_at) == ("running", 300, None)
    assert (ended.state, ended.result, ended.error) == ("completed", "done", None)
    assert (ended.started_at, ended.ended_at) == (300, 400)


def test_the_run_that_goes_on_is_remembered_once(tx: Transaction) -> None:
    rows.tool_call(tx, "c1")
    rows.tool_call(tx, "c2")
    rows.tool_call(tx, "other", run_id="r2")

    tx.tool_calls.continued("r1", by="next")
    tx.tool_calls.continued("r1", by="too late")

    assert [call.continued_by for call in tx.tool_calls.of_session("s1")] == ["next", "next", None]
