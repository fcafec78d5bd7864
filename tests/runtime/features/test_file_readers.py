"""Places among the readers of files: as many as there are, and each given back."""

from contextlib import ExitStack

import pytest

from runtime.errors import Code, Problem
from runtime.features.files.readers import Readers


@pytest.fixture
def readers() -> Readers:
    return Readers(most=3, per_owner=2)


def taken(readers: Readers, *owners: str) -> ExitStack:
    held = ExitStack()
    for owner in owners:
        held.enter_context(readers.one_of(owner))
    return held


def refused(readers: Readers, owner: str) -> Problem:
    with pytest.raises(Problem) as problem, readers.one_of(owner):
        pass
    assert problem.value.code is Code.FILE_TOO_MANY_READERS
    assert problem.value.headers["Retry-After"] == "2"
    return problem.value


def test_readers_of_one_users_files_leave_places_for_others(readers: Readers) -> None:
    with taken(readers, "ann", "ann"):
        assert "2 of this user's" in refused(readers, "ann").detail

        with taken(readers, "bob"):
            assert len(readers) == 3


def test_there_are_no_more_than_that_in_all(readers: Readers) -> None:
    with taken(readers, "ann", "ann", "bob"):
        assert "3 files" in refused(readers, "bob").detail

    with taken(readers, "bob", "bob"):
        assert len(readers) == 2


def test_a_place_is_given_back_when_reading_fails(readers: Readers) -> None:
    for _ in range(4):
        with pytest.raises(OSError, match="gone"), readers.one_of("ann"):
            raise OSError("gone")

    assert len(readers) == 0


def test_whoever_has_left_is_forgotten(readers: Readers) -> None:
    """A server that runs for months would remember all its users else."""
    with taken(readers, "ann", "ann", "bob"):
        pass

    assert readers._by_owner == {}
