"""A user's profile: shown, begun, changed in one piece or not at all."""

from collections.abc import Mapping
from datetime import date, timedelta

from runtime.clock import Clock, micros
from runtime.errors import Code, FieldError, Flaw, Problem
from runtime.features.profile.facts import change
from runtime.web.identity import account_gone
from storage.sql.database import Database
from storage.sql.profiles import Fact, ProfileRow
from storage.sql.transaction import Transaction
from tools.builtin.update_profile import EARLIEST_BIRTH


class ProfileService:
    """Each call is one transaction."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def show(self, user_id: str) -> ProfileRow:
        return _found(await self._database.read(_get, user_id))

    async def begin(self, user_id: str, told: Mapping[str, Fact]) -> tuple[ProfileRow, bool]:
        """The profile, and whether it is new; what is told goes into a new one only."""
        self.check(told)
        return await self._database.run(_begin, user_id, micros(self._clock.now()), told)

    async def change(self, user_id: str, told: Mapping[str, Fact]) -> ProfileRow:
        self.check(told)
        now = micros(self._clock.now())
        return _found(await self._database.run(change, user_id, now, told))

    def check(self, told: Mapping[str, Fact]) -> None:
        """Nobody is born tomorrow, wherever on Earth it is tomorrow already."""
        latest = self._clock.now().date() + timedelta(days=1)
        birthday, year = told.get("birthday"), told.get("birth_year")
        if isinstance(birthday, str):
            day = date.fromisoformat(birthday)
            if not date(EARLIEST_BIRTH, 1, 1) <= day <= latest:
                raise _refused("/birthday", f"it must lie between {EARLIEST_BIRTH} and today")
            if "birth_year" in told and year != day.year:
                raise _refused("/birthYear", "it is not the year of the birthday")
        elif isinstance(year, int) and year > latest.year:
            raise _refused("/birthYear", "this year has not come yet")


def _get(tx: Transaction, user_id: str) -> ProfileRow | None:
    return tx.profiles.get(user_id)


def _begin(
    tx: Transaction, user_id: str, now: int, told: Mapping[str, Fact]
) -> tuple[ProfileRow, bool]:
    if tx.users.get(user_id) is None:
        raise account_gone()
    is_new = tx.profiles.open(user_id, now)
    row = change(tx, user_id, now, told) if is_new else tx.profiles.get(user_id)
    return _found(row), is_new


def _found(row: ProfileRow | None) -> ProfileRow:
    if row is None:
        raise Problem(Code.PROFILE_NOT_FOUND, "You have no profile yet; POST /profile makes it.")
    return row


def _refused(pointer: str, message: str) -> Problem:
    errors = [FieldError(pointer, message, Flaw.OUT_OF_RANGE)]
    return Problem(Code.PROFILE_PAYLOAD_INVALID, f"{pointer}: {message}", errors=errors)
