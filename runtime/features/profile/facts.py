"""What users tell of themselves, as the update_profile tool notes it: see tools.ports."""

from runtime.clock import Clock, micros
from storage.sql.database import Database
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


def _tell(
    tx: Transaction, call_id: str, user_id: str, now: int, told: dict[str, int | str]
) -> None:
    if tx.profiles.note_change(call_id, user_id, now):
        tx.profiles.change(user_id, now, **told)
