"""Users come into being here, with their account and what they start with."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256

from email_validator import EmailNotValidError, validate_email

from runtime.clock import Clock, micros
from runtime.features.points.wallet import PointsWallet
from runtime.ids import Ids
from runtime.web.identity import User
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

LONGEST = 254
# Where only another issuer knows the address: this domain is set aside to be nobody's (RFC 2606).
NO_ADDRESS = "@identity.invalid"


class AddressInvalid(ValueError):
    """This is no e-mail address."""


class Accounts:
    """Finds and makes users, by their address or by what another issuer calls them."""

    def __init__(
        self,
        *,
        wallet: PointsWallet,
        clock: Clock,
        ids: Ids,
        identities: Callable[[str], Sequence[bytes]],
        signup_points: int,
    ) -> None:
        self._wallet = wallet
        self._identities = identities
        self._clock = clock
        self._ids = ids
        self._signup_points = signup_points

    def enter(self, tx: Transaction, email: str) -> User:
        """The user with this address; the first time, it makes one with the signup points."""
        address = normal(email)
        made = self._make(tx, self._ids.new(), address)
        if made is not None:
            return user_of(made)
        known = tx.users.by_email(address)
        if known is None:
            raise LookupError("the user was removed just now")
        return user_of(known)

    def enter_as(self, tx: Transaction, issuer: str, subject: str) -> User:
        """The user whom this issuer calls so; never one who is known by an address alone."""
        known = tx.users.by_identity(issuer, subject)
        if known is not None:
            return user_of(known)
        made = self._make(tx, self._ids.new(), _stand_in(issuer, subject))
        if made is not None and tx.users.vouch(issuer, subject, made):
            return user_of(made)
        # Somebody else was a moment faster: what was begun here is undone.
        raise LookupError("the user was made just now")

    def _make(self, tx: Transaction, user_id: str, address: str) -> UserRow | None:
        row = UserRow(user_id, address, micros(self._clock.now()))
        if not tx.users.add(row):
            return None
        # Who deletes an account and comes back is welcome, but is given nothing anew.
        is_new = not tx.erasures.is_former(*self._identities(address))
        self._wallet.open(tx, user_id, signup_points=self._signup_points if is_new else 0)
        tx.profiles.open(user_id, row.created_at)
        return row


def user_of(row: UserRow) -> User:
    return User(row.id, "" if row.email.endswith(NO_ADDRESS) else row.email)


def _stand_in(issuer: str, subject: str) -> str:
    """For one identity the same for ever: what is given once is remembered by the address."""
    return sha256(json.dumps([issuer, subject]).encode()).hexdigest() + NO_ADDRESS


def normal(email: str) -> str:
    """One spelling for each address, which is also the one that mails go to.

    A mail to the spelling that was typed could reach another mailbox than the account's.
    """
    try:
        found = validate_email(email.strip(), check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise AddressInvalid(f"{email!r} is no e-mail address") from None
    address = unicodedata.normalize("NFC", found.normalized.lower())
    if len(address.encode()) > LONGEST:
        raise AddressInvalid(f"{email!r} is no e-mail address")
    return address


def mailbox(address: str) -> str:
    """Where mails to this account's address go, as SMTP has it: the domain in ASCII."""
    found = validate_email(address, check_deliverability=False)
    return f"{found.local_part}@{found.ascii_domain}"
