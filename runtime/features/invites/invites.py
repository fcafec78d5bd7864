"""Invites: one code for each user, used once by whoever came after, to the good of both."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from runtime.clock import SECOND, Clock, micros
from runtime.features.invites.codes import new_code, read_code
from runtime.features.points.wallet import PointsWallet
from runtime.ids import Ids
from runtime.runs.notices import Notice, Notices, user_locale
from runtime.settings import Settings
from storage.crashpoints import crashpoint, register
from storage.sql.database import Database
from storage.sql.invites import INVITER_ENTRY, InviteRow, RedemptionRow
from storage.sql.transaction import Transaction
from storage.sql.users import UserRow

DAY = timedelta(days=1)
GUESSING = timedelta(hours=1)
MOST_GUESSES = 10
_TEXTS = {
    "zh-Hans": ("邀请码被使用了", "有人用了你的邀请码，你得到 {} 点。"),
    "zh-Hant": ("邀請碼被使用了", "有人用了你的邀請碼，你得到 {} 點。"),
    "en": ("Your invite was used", "Somebody used your invite code: you have {} points more."),
}

register("invite.redeemed", "invite.rewarded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an invite brings, and to whom."""

    inviter_points: int
    invited_points: int
    # How old an account may be that uses a code, in days.
    days: int
    per_day: int
    in_all: int


class Outcome(Enum):
    """What became of a code that somebody gave."""

    DONE = auto()
    UNKNOWN = auto()
    OWN = auto()
    USED_BEFORE = auto()
    NOT_NEW = auto()
    GUESSING = auto()


@dataclass(frozen=True, slots=True)
class Redeemed:
    """An outcome; the points that it brought, or the seconds to wait where too much was guessed."""

    outcome: Outcome
    points: int = 0
    retry_after: int = 0


class Invites:
    """Makes codes, and books what their use brings: both sides in one transaction, once."""

    def __init__(
        self,
        *,
        database: Database,
        wallet: PointsWallet,
        notices: Notices,
        identities: Callable[[str], Sequence[bytes]],
        terms: Terms,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._database = database
        self._wallet = wallet
        self._notices = notices
        self._identities = identities
        self._terms = terms
        self._clock = clock
        self._ids = ids

    # --- one's own code ---------------------------------------------------------------------

    async def mine(self, user_id: str) -> InviteRow | None:
        return await self._database.read(_mine, user_id)

    async def make(self, user_id: str) -> tuple[InviteRow, bool]:
        """The user's code, and whether it is new."""
        return await self._database.run(self._make, user_id)

    def _make(self, tx: Transaction, user_id: str) -> tuple[InviteRow, bool]:
        code = new_code()
        while tx.invites.by_code(code):
            code = new_code()
        invite = InviteRow(user_id, code, self._now())
        if tx.invites.add(invite):
            return invite, True
        known = tx.invites.of_user(user_id)
        assert known is not None, "it was in the way of the new one"
        return known, False

    # --- another's --------------------------------------------------------------------------

    def redeem(self, tx: Transaction, user_id: str, code: str) -> None:
        """See runtime.features.auth.codes.Invites."""
        self.apply(tx, user_id, code)

    async def use(self, user_id: str, typed: str) -> Redeemed:
        redeemed = await self._database.run(self.apply, user_id, typed)
        if redeemed.outcome is Outcome.DONE:
            crashpoint("invite.rewarded")
        return redeemed

    def apply(self, tx: Transaction, user_id: str, typed: str) -> Redeemed:
        """Use a code within a transaction that stands whatever comes of it, as a sign-in's does.

        It returns rather than raises, since a wrong guess is to be counted.
        """
        now = self._now()
        since, wrong = tx.invites.lock_guesses(user_id, now)
        code = read_code(typed)
        if earlier := tx.invites.redemption(user_id):
            return self._again(tx, earlier, code)
        over_at = since + _micros(GUESSING)
        if wrong >= MOST_GUESSES and now < over_at:
            return Redeemed(Outcome.GUESSING, retry_after=math.ceil((over_at - now) / SECOND))
        invite = tx.invites.lock(code) if code else None
        if invite is None:
            fresh = now >= over_at
            wrong = 1 if fresh else wrong + 1
            tx.invites.guessed(user_id, since=now if fresh else since, wrong=wrong)
            return Redeemed(Outcome.UNKNOWN)
        return self._use(tx, user_id, invite, now)

    def _again(self, tx: Transaction, earlier: RedemptionRow, code: str | None) -> Redeemed:
        """The same code again is the same answer again: the first one may have been lost."""
        invite = tx.invites.by_code(code) if code else None
        if invite is None or invite.user_id != earlier.inviter_id:
            return Redeemed(Outcome.USED_BEFORE)
        entry = tx.points.entry_of_invite(earlier.id, "invited")
        return Redeemed(Outcome.DONE, points=entry.amount if entry else 0)

    def _use(self, tx: Transaction, user_id: str, invite: InviteRow, now: int) -> Redeemed:
        if invite.user_id == user_id:
            return Redeemed(Outcome.OWN)
        user, inviter = tx.users.get(user_id), tx.users.get(invite.user_id)
        if user is None or inviter is None or not self._is_new(tx, user, inviter, now):
            return Redeemed(Outcome.NOT_NEW)
        redemption = RedemptionRow(
            user_id=user_id,
            id=self._ids.new(),
            inviter_id=inviter.id,
            rewarded=self._has_room(tx, inviter.id, now),
            created_at=now,
        )
        if not tx.invites.redeem(redemption):
            return Redeemed(Outcome.USED_BEFORE)
        crashpoint("invite.redeemed")
        self._reward(tx, redemption)
        return Redeemed(Outcome.DONE, points=self._terms.invited_points)

    def _is_new(self, tx: Transaction, user: UserRow, inviter: UserRow, now: int) -> bool:
        """Who comes after their inviter, not long ago, and for the first time."""
        oldest = now - _micros(DAY * self._terms.days)
        came_after = user.created_at >= max(oldest, inviter.created_at)
        return came_after and not tx.erasures.is_former(*self._identities(user.email))

    def _has_room(self, tx: Transaction, inviter_id: str, now: int) -> bool:
        """Past its limits a code still welcomes, but its owner gets nothing more for it."""
        today = tx.invites.rewarded(inviter_id, since=now - _micros(DAY))
        in_all = tx.invites.rewarded(inviter_id, since=0)
        return today < self._terms.per_day and in_all < self._terms.in_all

    def _reward(self, tx: Transaction, redemption: RedemptionRow) -> None:
        sides = [(redemption.user_id, self._terms.invited_points, "invited")]
        if redemption.rewarded and redemption.inviter_id:
            sides.append((redemption.inviter_id, self._terms.inviter_points, INVITER_ENTRY))
        # In one order everywhere: two transactions that move two accounts never wait in a ring.
        for user_id, amount, kind in sorted(sides):
            self._wallet.reward(tx, user_id, amount, kind=kind, invite=redemption.id)
        if redemption.rewarded and redemption.inviter_id:
            self._tell(tx, redemption.inviter_id)

    def _tell(self, tx: Transaction, inviter_id: str) -> None:
        title, body = _TEXTS[user_locale(tx, inviter_id)]
        body = body.format(self._terms.inviter_points)
        self._notices.tell(tx, inviter_id, Notice(kind="invite_used", title=title, body=body))

    def _now(self) -> int:
        return micros(self._clock.now())


def invites_from(
    settings: Settings,
    *,
    database: Database,
    wallet: PointsWallet,
    notices: Notices,
    identities: Callable[[str], Sequence[bytes]],
    clock: Clock,
    ids: Ids,
) -> Invites:
    terms = Terms(
        inviter_points=settings.invite_points,
        invited_points=settings.invited_points,
        days=settings.invite_days,
        per_day=settings.invites_per_day,
        in_all=settings.invites_in_all,
    )
    return Invites(
        database=database,
        wallet=wallet,
        notices=notices,
        identities=identities,
        terms=terms,
        clock=clock,
        ids=ids,
    )


def _mine(tx: Transaction, user_id: str) -> InviteRow | None:
    return tx.invites.of_user(user_id)


def _micros(span: timedelta) -> int:
    return int(span.total_seconds()) * SECOND
