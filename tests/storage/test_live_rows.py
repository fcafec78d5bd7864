"""Which rows of the live table are still needed, and which numbers come next."""

import pytest

from storage.events.sqlite import ABANDONED_SECONDS, LiveRows


def everyone(_run_id: str) -> bool:
    return True


def nobody(_run_id: str) -> bool:
    return False


@pytest.fixture
def rows() -> LiveRows:
    """Rows 1 to 3, written by two runs."""
    rows = LiveRows()
    rows.learn({}, 0)
    rows.kept(["r1", "r2"], gone=1)
    rows.kept(["r1"], gone=1)
    return rows


def test_numbers_go_on_where_an_earlier_process_stopped(rows: LiveRows) -> None:
    later = LiveRows()
    later.learn({"r1": 1, "r2": 2}, 3)

    assert rows.next == later.next == 4
    assert later.first_needed(nobody) == 1


def test_rows_are_needed_from_the_oldest_unfinished_runs_first_on(rows: LiveRows) -> None:
    assert rows.first_needed(everyone) == 1
    rows.forget("r1")
    assert rows.first_needed(everyone) == 2
    rows.forget("r2")
    assert rows.first_needed(everyone) == 4


def test_a_run_that_ended_during_its_last_commit_needs_none_of_it(rows: LiveRows) -> None:
    rows.forget("r1")
    rows.forget("r2")

    rows.kept([None], gone=4)

    assert rows.first_needed(everyone) == rows.next == 5


def test_a_run_that_nobody_goes_on_with_holds_the_others_up_for_a_day_at_most() -> None:
    now = [0.0]
    rows = LiveRows(time=lambda: now[0])
    rows.learn({}, 0)
    rows.kept(["left", "r2"], gone=1)

    assert rows.first_needed(lambda run_id: run_id == "r2") == 1
    now[0] = ABANDONED_SECONDS
    assert rows.first_needed(lambda run_id: run_id == "r2") == 1
    now[0] += 1
    assert rows.first_needed(lambda run_id: run_id == "r2") == 2
