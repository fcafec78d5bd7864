"""Who may come in, and how, from the settings; nothing started."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runtime.clock import Clock
from runtime.features.auth.access import AccessTokens
from runtime.features.auth.accounts import Accounts
from runtime.features.auth.budgets import Alarm, Budgets
from runtime.features.auth.codes import Codes, Invites
from runtime.features.auth.gate import Gate
from runtime.features.auth.issuer import issuer_from
from runtime.features.auth.keys import Keyring
from runtime.features.auth.living import Living
from runtime.features.auth.tokens import Tokens
from runtime.features.points.wallet import PointsWallet
from runtime.ids import Ids
from runtime.mail.base import Mailer
from runtime.settings import Settings
from storage.sql.database import Database
from storage.throttles.base import Throttles


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who the users are, how they sign in, and who a request is from."""

    accounts: Accounts
    tokens: Tokens
    codes: Codes
    alarm: Alarm
    gate: Gate
    living: Living


def sign_in_from(
    settings: Settings,
    *,
    database: Database,
    throttles: Throttles,
    keyring: Keyring,
    identities: Callable[[str], Sequence[bytes]],
    wallet: PointsWallet,
    invites: Invites,
    mailer: Mailer,
    clock: Clock,
    ids: Ids,
    count: Callable[[str], None],
) -> SignIn:
    accounts = Accounts(
        wallet=wallet,
        clock=clock,
        ids=ids,
        identities=identities,
        signup_points=settings.signup_points,
    )
    access = AccessTokens(keyring=keyring, seconds=settings.access_token_seconds, clock=clock)
    tokens = Tokens(
        keyring=keyring,
        access=access,
        clock=clock,
        ids=ids,
        repeat_seconds=settings.refresh_repeat_seconds,
    )
    issuer = issuer_from(settings, accounts=accounts, database=database, clock=clock)
    gate = Gate(access=access, issuer=issuer, database=database, clock=clock)
    alarm = Alarm(throttles=throttles, clock=clock, failures=settings.codes_alarm)
    budgets = Budgets(
        throttles=throttles, keyring=keyring, codes_per_source=settings.codes_per_source
    )
    codes = Codes(
        database=database,
        mailer=mailer,
        budgets=budgets,
        alarm=alarm,
        accounts=accounts,
        tokens=tokens,
        invites=invites,
        keyring=keyring,
        clock=clock,
        ids=ids,
        count=count,
    )
    living = Living(gate, database=database, clock=clock)
    return SignIn(
        accounts=accounts, tokens=tokens, codes=codes, alarm=alarm, gate=gate, living=living
    )
