"""What the core asks of the points: a run is charged once, and given back at most once."""

from typing import Protocol

from storage.sql.runs import RunRow
from storage.sql.transaction import Transaction


class Wallet(Protocol):
    """Implemented by features/points; FreeWallet serves a server that charges nothing."""

    def charge(self, tx: Transaction, run: RunRow) -> int:
        """Take the run's price and return the balance, or refuse with both numbers."""

    def give_back(self, tx: Transaction, run: RunRow) -> None:
        """Return what `charge` took; a second call changes nothing."""

    def balance(self, tx: Transaction, user_id: str) -> int: ...


class FreeWallet:
    """Everything costs nothing."""

    def charge(self, tx: Transaction, run: RunRow) -> int:
        return 0

    def give_back(self, tx: Transaction, run: RunRow) -> None:
        tx.runs.mark_refunded(run.id)

    def balance(self, tx: Transaction, user_id: str) -> int:
        return 0
