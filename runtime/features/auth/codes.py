"""Signing in by a one-time code: asked for, mailed, judged a few times, used once."""

import hmac
import math
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from runtime.clock import SECOND, Clock, micros
from runtime.errors import Code, Flaw, Problem
from runtime.features.auth.accounts import Accounts, AddressInvalid, mailbox, normal
from runtime.features.auth.budgets import Alarm, Budgets, too_many
from runtime.features.auth.keys import Keyring
from runtime.features.auth.letters import code_mail
from runtime.features.auth.tokens import TokenPair, Tokens
from runtime.ids import Ids
from runtime.mail.base import Mailer, MailNotSent, RecipientRefused
from runtime.web.identity import refused
from storage.sql.codes import CodeRow
from storage.sql.database import Database
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

MINUTES = 10
TRIES = 5
# By those who do not name the challenge, so that they cannot spend the tries of those who do.
BLIND_TRIES = 3
DIGITS = 6
DIGITS_UNDER_ALARM = 8
# The next code may be asked for after this.
PAUSE_SECONDS = 60
# A mail that was not sent is owed for so long.
KEPT_SECONDS = 3_600
SWEEP_SECONDS = 60.0


class Invites(Protocol):
    """What sign-in asks of invitations."""

    def redeem(self, tx: Transaction, user_id: str, code: str) -> None:
        """Do what this code promises. One that promises nothing changes nothing: it never raises,
        as nobody is kept out for somebody else's mistyped code."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    challenge: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Entered:
    user: UserRow
    pair: TokenPair


class Codes:
    """The two steps of signing in. Known and unknown addresses take the same way through both."""

    def __init__(
        self,
        *,
        database: Database,
        mailer: Mailer,
        budgets: Budgets,
        alarm: Alarm,
        accounts: Accounts,
        tokens: Tokens,
        invites: Invites,
        keyring: Keyring,
        clock: Clock,
        ids: Ids,
        count: Callable[[str], None],
    ) -> None:
        self._database = database
        self._mailer = mailer
        self._budgets = budgets
        self._alarm = alarm
        self._accounts = accounts
        self._tokens = tokens
        self._invites = invites
        self._keys = keyring.keys("one-time codes")
        self._clock = clock
        self._ids = ids
        self._count = count
        self._next_sweep = -math.inf

    # --- asking -----------------------------------------------------------------------------

    async def ask(self, email: str, *, source: str, locale: str) -> Asked:
        """Mail a new code; the challenge that comes back belongs to it alone."""
        address = _address(email)
        await self._budgets.ask_from(source)
        if not await self._database.run(_claim_unsent, address):
            await self._budgets.ask_for(address)
        code = _new_code(DIGITS_UNDER_ALARM if self._alarm.is_ringing else DIGITS)
        row = self._row(address, code)
        await self._database.run(_add, row)
        await self._send(row, code, locale)
        self._count("asked")
        return Asked(row.challenge, MINUTES * 60)

    def _row(self, address: str, code: str) -> CodeRow:
        challenge, now = self._ids.new(), micros(self._clock.now())
        return CodeRow(
            challenge=challenge,
            email=address,
            digest=_digest(self._keys[0], challenge, address, code),
            tries_left=TRIES,
            blind_tries_left=BLIND_TRIES,
            created_at=now,
            expires_at=now + MINUTES * 60 * SECOND,
        )

    async def _send(self, row: CodeRow, code: str, locale: str) -> None:
        """Within the request: a code that comes late is none, and whoever waits wants to know."""
        mail = code_mail(mailbox(row.email), code, minutes=MINUTES, locale=locale)
        try:
            await self._mailer.send(mail)
        except RecipientRefused:
            await self._database.run(_mark_unsent, row.challenge)
            raise _invalid_address("The mail server knows no such mailbox.") from None
        except MailNotSent:
            await self._database.run(_mark_unsent, row.challenge)
            raise Problem(
                Code.AUTH_SERVICE_UNAVAILABLE, "The mail with the code could not be sent."
            ) from None

    # --- trying -----------------------------------------------------------------------------

    async def enter(
        self, email: str, code: str, *, challenge: str | None, invite: str | None, source: str
    ) -> Entered:
        """Sign in the one who has the code; the first time, it makes the user."""
        address = _address(email)
        await self._budgets.try_from(source)
        if challenge is None:
            await self._budgets.try_blindly(address)
        row = await self._judgeable(address, challenge)
        if not self._fits(row, _plain(code)):
            await self._alarm.failed()
            raise self._wrong()
        entered = await self._database.run(self._enter, row, invite)
        if entered is None:
            raise self._wrong()
        self._count("entered")
        return entered

    async def _judgeable(self, address: str, challenge: str | None) -> CodeRow:
        """A code that this try was counted for, whatever happens to the request after that."""
        now = micros(self._clock.now())
        row, counted = await self._database.run(_spend_try, address, challenge, now)
        if row is None:
            raise self._wrong()
        if not counted:
            wait = PAUSE_SECONDS - (now - row.created_at) / SECOND
            raise too_many("The code was tried too often: ask for a new one.", wait)
        return row

    def _fits(self, row: CodeRow, code: str) -> bool:
        digests = [_digest(key, row.challenge, row.email, code) for key in self._keys]
        return any(hmac.compare_digest(row.digest, digest) for digest in digests)

    def _enter(self, tx: Transaction, code: CodeRow, invite: str | None) -> Entered | None:
        if not tx.codes.use(code.challenge, micros(self._clock.now())):
            return None
        user = self._accounts.enter(tx, code.email)
        if invite:
            self._invites.redeem(tx, user.id, invite)
        row = tx.users.get(user.id)
        assert row is not None, "this transaction has just found or made it"
        return Entered(row, self._tokens.pair(tx, user))

    def _wrong(self) -> Problem:
        self._count("wrong")
        return refused(Code.AUTH_VERIFICATION_CODE_INVALID, "The code is wrong, used, or too old.")

    # --- afterwards -------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Forget codes that are of no use any more, and sign-ins that have run out."""
        if self._clock.monotonic() < self._next_sweep:
            return
        self._next_sweep = self._clock.monotonic() + SWEEP_SECONDS
        before = micros(self._clock.now()) - KEPT_SECONDS * SECOND
        await self._database.run(self._sweep, before)

    def _sweep(self, tx: Transaction, before: int) -> None:
        tx.codes.drop_before(before)
        self._tokens.sweep(tx)


def _address(email: str) -> str:
    try:
        return normal(email)
    except AddressInvalid:
        raise _invalid_address("This is no e-mail address.") from None


def _invalid_address(message: str) -> Problem:
    return Problem.at(Code.REQUEST_VALIDATION_ERROR, "/email", message, Flaw.MALFORMED)


def _new_code(digits: int) -> str:
    return f"{secrets.randbelow(10**digits):0{digits}}"


def _plain(code: str) -> str:
    """As a person reads it: full-width digits are digits, and gaps are none."""
    return "".join(unicodedata.normalize("NFKC", code).split())


def _digest(key: bytes, challenge: str, address: str, code: str) -> bytes:
    return hmac.digest(key, f"{challenge}\n{address}\n{code}".encode(), sha256)


def _add(tx: Transaction, row: CodeRow) -> None:
    tx.codes.add(row)


def _claim_unsent(tx: Transaction, address: str) -> bool:
    return tx.codes.claim_unsent(address)


def _mark_unsent(tx: Transaction, challenge: str) -> None:
    tx.codes.mark_unsent(challenge)


def _spend_try(
    tx: Transaction, address: str, challenge: str | None, now: int
) -> tuple[CodeRow | None, bool]:
    """The code to be judged, if it is still good, and whether a try was left for that."""
    codes, blind = tx.codes, challenge is None
    row = codes.newest(address, now) if challenge is None else codes.open(challenge, address, now)
    if row is None or codes.spend_try(row.challenge, now, blind=blind):
        return row, row is not None
    # No try left, or used a moment ago: only the first is a reason to wait.
    return codes.open(row.challenge, address, now), False
