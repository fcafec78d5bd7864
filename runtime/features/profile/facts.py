"""What users tell of themselves: in the app, or to the update_profile tool (see tools.ports)."""

from collections.abc import Mapping

from runtime.clock import Clock, micros
from storage.sql.database import Database
from storage.sql.profiles import Fact, ProfileRow
from storage.sql.transaction import Transaction


class StoredFacts:
    """Changes a profile once for each call, however often a worker repeats it."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def tell(
        self, call_id: str, *, user_id: str, birth_year: int | None, gender: str | None
    ) -> None:
        given = {"birth_year": birth_year, "gender": gender}
        told = {name: value for name, value in given.items() if value is not None}
        now = micros(self._clock.now())
        await self._database.run(_tell, call_id, user_id, now, told)


def _tell(tx: Transaction, call_id: str, user_id: str, now: int, told: Mapping[str, Fact]) -> None:
    if tx.profiles.note_change(call_id, user_id, now):
        tx.profiles.open(user_id, now)
        change(tx, user_id, now, told)


def change(tx: Transaction, user_id: str, now: int, told: Mapping[str, Fact]) -> ProfileRow | None:
    """The profile with what was told, and nothing in it that this contradicts; None without one."""
    known = tx.profiles.lock(user_id)
    if known is None:
        return None
    if facts := {**told, **_born(known, told)}:
        tx.profiles.change(user_id, now, facts)
    return tx.profiles.get(user_id)


def _born(known: ProfileRow, told: Mapping[str, Fact]) -> dict[str, Fact]:
    """A birthday brings its year and takes it along; another year takes the birthday away."""
    birthday = told.get("birthday", known.birthday)
    if isinstance(birthday, str) and "birthday" in told:
        return {"birth_year": int(birthday[:4])}
    if "birthday" in told:
        return {} if known.birthday is None or "birth_year" in told else {"birth_year": None}
    if isinstance(birthday, str) and told.get("birth_year", known.birth_year) != int(birthday[:4]):
        return {"birthday": None}
    return {}
