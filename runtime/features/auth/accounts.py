"""Users come into being here, with their account and what they start with."""

import re
import unicodedata

from runtime.clock import Clock, micros
from runtime.features.points.wallet import PointsWallet
from runtime.ids import Ids
from runtime.web.identity import User
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

LONGEST = 254
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f<>\"(),:;\[\]\\]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class AddressInvalid(ValueError):
    """This is no e-mail address."""


class Accounts:
    """Finds and makes users by their address."""

    def __init__(self, *, wallet: PointsWallet, clock: Clock, ids: Ids, signup_points: int) -> None:
        self._wallet = wallet
        self._clock = clock
        self._ids = ids
        self._signup_points = signup_points

    def enter(self, tx: Transaction, email: str) -> User:
        """The user with this address; the first time, it makes one with the signup points."""
        address = normal(email)
        row = UserRow(self._ids.new(), address, micros(self._clock.now()))
        if tx.users.add(row):
            self._wallet.open(tx, row.id, signup_points=self._signup_points)
            return User(row.id, address)
        known = tx.users.by_email(address)
        if known is None:
            raise LookupError("the user was removed just now")
        return User(known.id, known.email)


def normal(email: str) -> str:
    """One spelling for each address: trimmed, composed, lower case."""
    address = unicodedata.normalize("NFC", email.strip()).lower()
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        raise AddressInvalid(f"{email!r} is no e-mail address")
    return address
