"""Who may work on a run, and who may say how it ended."""

import pytest
from sqlalchemy import Connection

from storage.sql.runs import Ending, Renewal, RunRow, RunStatus
from storage.sql.transaction import Transaction
from tests.storage import rows

LEASE = 1_000


@pytest.fixture
def tx(fresh: Connection) -> Transaction:
    """Ann and her session s1."""
    tx = Transaction(fresh)
    rows.user(tx)
    rows.session(tx)
    return tx


def claim(
    tx: Transaction, worker: str = "w1", *, most: int = 10, now: int = 500, until: int = 500 + LEASE
) -> list[RunRow]:
    return rows.claim(tx, worker, most=most, now=now, lease=until - now)


def claim_ids(tx: Transaction, worker: str = "w1", *, most: int = 10, now: int = 500) -> list[str]:
    return [run.id for run in claim(tx, worker, most=most, now=now, until=now + LEASE)]


def the_run(tx: Transaction, name: str = "r1") -> RunRow:
    found = tx.runs.get(name)
    assert found is not None
    return found


# --- the queue ---------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was_added(tx: Transaction) -> None:
    added = rows.run(tx, price=10, parent_run_id="r0", root_run_id="r0", digest=b"\0\xff")

    assert tx.runs.get("r1") == added
    assert tx.runs.get("r2") is None


def test_the_oldest_run_is_claimed_first(tx: Transaction) -> None:
    for name, created_at in (("late", 30), ("early", 10), ("middle", 20)):
        rows.run(tx, name, created_at=created_at)

    assert claim_ids(tx, most=2) == ["early", "middle"]
    assert claim_ids(tx, most=2) == ["late"]


def test_a_claimed_run_says_by_whom_until_when_and_which_attempt(tx: Transaction) -> None:
    rows.run(tx)

    (claimed,) = claim(tx, "w1", now=500, until=900)

    assert claimed == tx.runs.get("r1")
    assert (claimed.status, claimed.worker, claimed.attempt) == (RunStatus.RUNNING, "w1", 1)
    assert (claimed.lease_until, claimed.started_at) == (900, 500)


def test_each_run_goes_to_one_worker(tx: Transaction) -> None:
    for number in range(10):
        rows.run(tx, f"r{number}", created_at=number)

    claimed = [claim_ids(tx, f"w{number}", most=3) for number in range(5)]

    in_order = [f"r{number}" for number in range(10)]
    assert claimed == [in_order[:3], in_order[3:6], in_order[6:9], in_order[9:], []]


def test_a_lease_holds_to_its_last_moment_and_not_longer(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx, "w1", now=500, until=1_500)

    assert claim_ids(tx, "w2", now=1_500) == []
    assert claim_ids(tx, "w2", now=1_501) == ["r1"]


def test_a_dead_workers_run_is_taken_over_with_an_attempt_of_its_own(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx, "w1", now=500, until=1_500)

    (taken,) = claim(tx, "w2", now=2_000, until=3_000)

    assert (taken.worker, taken.attempt, taken.lease_until) == ("w2", 2, 3_000)
    assert taken.started_at == 500


def test_a_dead_workers_run_keeps_its_place_in_the_queue(tx: Transaction) -> None:
    rows.run(tx, "old", created_at=1)
    claim(tx, "w1", now=500, until=600)
    rows.run(tx, "new", created_at=2)

    assert claim_ids(tx, "w2", most=1, now=700) == ["old"]


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.INTERRUPTED, RunStatus.FAILED])
def test_a_run_that_ended_is_never_claimed_again(tx: Transaction, status: RunStatus) -> None:
    rows.run(tx)
    rows.settled(tx, the_run(tx), Ending(status=status, showed_text=False))

    assert claim_ids(tx, now=10**9) == []


# --- the lease ---------------------------------------------------------------------------------


def test_a_worker_renews_what_is_its_own_and_learns_what_was_asked_of_it(tx: Transaction) -> None:
    rows.run(tx, "r1")
    rows.run(tx, "r2", created_at=101)
    claim(tx, "w1")
    rows.run(tx, "r3", created_at=102)
    claim(tx, "w2")
    tx.runs.request_cancel("r2")

    renewed = rows.renew(tx, "w1", ["r1", "r2", "r3"], now=550, lease=8_450)

    assert sorted(renewed, key=lambda renewal: renewal.run_id) == [
        Renewal("r1", 1, cancel_requested=False),
        Renewal("r2", 1, cancel_requested=True),
    ]
    assert [the_run(tx, name).lease_until for name in ("r1", "r2", "r3")] == [9_000, 9_000, 1_500]


def test_a_run_that_its_worker_has_left_is_not_kept_from_others(tx: Transaction) -> None:
    """As after a commit that failed: the worker lives and renews, but no longer drives this run."""
    rows.run(tx, "left")
    rows.run(tx, "driven", created_at=101)
    claim(tx, "w1", until=600)

    rows.renew(tx, "w1", ["driven"], now=550, lease=8_450)

    assert claim_ids(tx, now=700) == ["left"]


def test_a_worker_cannot_renew_what_was_taken_over(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx, "w1", until=600)
    claim(tx, "w2", now=700, until=1_700)

    assert rows.renew(tx, "w1", ["r1"], now=550, lease=8_450) == []
    assert the_run(tx).lease_until == 1_700


def test_a_worker_cannot_renew_what_has_ended(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx)
    tx.runs.settle("r1", 1, rows.ANSWER, now=600)

    assert rows.renew(tx, "w1", ["r1"], now=550, lease=8_450) == []


def test_what_a_worker_hands_back_is_free_at_once(tx: Transaction) -> None:
    rows.run(tx, "mine")
    claim(tx, "w1")
    rows.run(tx, "other", created_at=101)
    claim(tx, "w2")

    tx.runs.hand_back("w1")

    assert claim_ids(tx, "w3", now=501) == ["mine"]
    assert the_run(tx, "mine").attempt == 2


def test_the_owner_of_the_folder_frees_every_lease(tx: Transaction) -> None:
    for number, worker in enumerate(("w1", "w2")):
        rows.run(tx, f"r{number}", created_at=number)
        claim(tx, worker, most=1)
    rows.run(tx, "ended", created_at=50)
    rows.settled(tx, the_run(tx, "ended"), rows.ANSWER)

    tx.runs.hand_back_all()

    assert claim_ids(tx, "w3", now=501) == ["r0", "r1"]


# --- the ending --------------------------------------------------------------------------------


def test_a_run_ends_as_its_worker_says(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx)
    ending = Ending(
        status=RunStatus.FAILED, showed_text=True, error_code="C", error_message="M", usage="[]"
    )

    assert tx.runs.settle("r1", 1, ending, now=700)

    ended = the_run(tx)
    assert (ended.status, ended.ended_at, ended.showed_text) == (RunStatus.FAILED, 700, True)
    assert (ended.error_code, ended.error_message, ended.usage) == ("C", "M", "[]")


def test_a_stale_attempt_settles_nothing(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx, "w1", until=600)
    claim(tx, "w2", now=700)
    before = the_run(tx)

    assert not tx.runs.settle("r1", 1, rows.FAILURE, now=800)
    assert the_run(tx) == before

    assert tx.runs.settle("r1", 2, rows.ANSWER, now=900)


def test_only_the_newest_attempt_holds_its_run(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx, "w1", until=600)
    assert tx.runs.held("r1", 1)

    claim(tx, "w2", now=700)

    assert (tx.runs.held("r1", 1), tx.runs.held("r1", 2)) == (False, True)
    tx.runs.settle("r1", 2, rows.ANSWER, now=800)
    assert not tx.runs.held("r1", 2)


def test_a_run_ends_once(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx)
    tx.runs.settle("r1", 1, rows.ANSWER, now=600)

    assert not tx.runs.settle("r1", 1, rows.FAILURE, now=700)
    assert (the_run(tx).status, the_run(tx).ended_at) == (RunStatus.SUCCEEDED, 600)


def test_a_run_that_nobody_claimed_cannot_end(tx: Transaction) -> None:
    rows.run(tx)

    assert not tx.runs.settle("r1", 0, rows.ANSWER, now=600)


# --- second thoughts ---------------------------------------------------------------------------


def test_a_run_under_way_may_be_cancelled_and_its_worker_hears_it(tx: Transaction) -> None:
    rows.run(tx)
    claim(tx, "w1")

    assert tx.runs.request_cancel("r1")

    assert tx.runs.to_cancel("w1") == ["r1"]
    assert tx.runs.to_cancel("w2") == []


def test_who_claims_a_cancelled_run_is_told(tx: Transaction) -> None:
    rows.run(tx)

    assert tx.runs.request_cancel("r1")

    (claimed,) = claim(tx)
    assert claimed.cancel_requested


def test_a_run_that_ended_cannot_be_cancelled(tx: Transaction) -> None:
    rows.run(tx)
    rows.settled(tx, the_run(tx), rows.ANSWER)

    assert not tx.runs.request_cancel("r1")
    assert not tx.runs.request_cancel("unknown")


def test_only_a_run_that_waits_for_its_user_is_abandoned_and_once(tx: Transaction) -> None:
    rows.run(tx)
    assert not tx.runs.abandon("r1")
    claim(tx)
    assert not tx.runs.abandon("r1")
    tx.runs.settle("r1", 1, Ending(status=RunStatus.INTERRUPTED, showed_text=False), now=600)

    assert tx.runs.abandon("r1")
    assert not tx.runs.abandon("r1")
    assert the_run(tx).status == RunStatus.CANCELLED


def test_a_run_is_marked_as_given_back_once(tx: Transaction) -> None:
    rows.run(tx)

    assert tx.runs.mark_refunded("r1")
    assert not tx.runs.mark_refunded("r1")
    assert the_run(tx).refunded


# --- questions ---------------------------------------------------------------------------------


def test_a_session_counts_runs_that_were_asked_for_and_not_given_back(tx: Transaction) -> None:
    rows.session(tx, "s2")
    rows.run(tx, "r1")
    rows.run(tx, "r2", kind="follow_up", status=RunStatus.FAILED)
    rows.run(tx, "r3", kind="follow_up", refunded=True)
    rows.run(tx, "r4", kind="resume")
    rows.run(tx, "r5", session_id="s2")

    assert (tx.runs.counted("s1"), tx.runs.counted("s2")) == (2, 1)


def test_a_sessions_runs_come_in_their_order(tx: Transaction) -> None:
    rows.session(tx, "s2")
    for name, created_at in (("b", 2), ("c", 3), ("a", 1), ("b2", 2)):
        rows.run(tx, name, created_at=created_at)
    rows.run(tx, "other", session_id="s2")

    assert [run.id for run in tx.runs.of_session("s1")] == ["a", "b", "b2", "c"]


def test_the_ended_among_some_are_found(tx: Transaction) -> None:
    for number in range(3):
        rows.run(tx, f"r{number}", created_at=number)
    rows.settled(tx, the_run(tx, "r1"), rows.FAILURE)

    assert tx.runs.ended_among(["r0", "r1", "unknown"]) == {"r1"}
    assert tx.runs.ended_among([]) == set()
