"""Users and their points, by hand."""

import json
from typing import Any

import click

from runtime.cli.endings import as_json
from runtime.cli.plain import plainly
from runtime.cli.within import of_user, transact
from runtime.features.auth.accounts import normal
from runtime.features.points.gifts import notice_of_grant
from runtime.parts import Eryao
from runtime.web.identity import User
from storage.sql.transaction import Transaction

# An operator's own token, not an app's: good for a working day.
TOKEN_SECONDS = 43_200
CREATED = "created"


@click.command()
@of_user
@click.option(
    "--seconds", default=TOKEN_SECONDS, show_default=True, help="How long it is good for."
)
@as_json
@plainly
def token(*, email: str, seconds: int, as_json: bool) -> None:
    """Print an access token for a user, who is made if there is none."""

    def mint(tx: Transaction, eryao: Eryao) -> dict[str, Any]:
        user, made = _entered(tx, eryao, email)
        pair = eryao.sign_in.tokens.pair(tx, user, access_seconds=seconds)
        return {
            "accessToken": pair.access_token,
            "refreshToken": pair.refresh_token,
            "expiresIn": pair.expires_in,
            "userId": user.id,
            "balance": eryao.wallet.balance(tx, user.id),
            **made,
        }

    told = transact(mint)
    if told.pop(CREATED, False) and not as_json:
        _tell_of_the_new(email)
    click.echo(json.dumps(told) if as_json else told["accessToken"])


@click.group()
def points() -> None:
    """Grant points, or correct a balance; each is an entry in the ledger."""


@points.command()
@of_user
@click.option("--amount", type=click.IntRange(min=1), required=True)
@click.option("--note", help="Why; it stands in the ledger.")
@as_json
@plainly
def grant(*, email: str, amount: int, note: str | None, as_json: bool) -> None:
    """Give a user points."""

    def book(tx: Transaction, eryao: Eryao) -> dict[str, Any]:
        user, made = _entered(tx, eryao, email)
        balance = eryao.wallet.grant(tx, user.id, amount, note)
        eryao.notices.tell(tx, user.id, notice_of_grant(tx, user.id, amount))
        return {"userId": user.id, "balance": balance, **made}

    _tell_balance(transact(book), email, as_json=as_json)


@points.command("set")
@of_user
@click.option("--balance", type=click.IntRange(min=0), required=True)
@click.option("--note", help="Why; it stands in the ledger.")
@as_json
@plainly
def set_balance(*, email: str, balance: int, note: str | None, as_json: bool) -> None:
    """Correct a user's balance by an entry of the difference."""

    def book(tx: Transaction, eryao: Eryao) -> dict[str, Any]:
        user, made = _entered(tx, eryao, email)
        corrected = eryao.wallet.correct(tx, user.id, balance, note)
        return {"userId": user.id, "balance": corrected, **made}

    _tell_balance(transact(book), email, as_json=as_json)


def _entered(tx: Transaction, eryao: Eryao, email: str) -> tuple[User, dict[str, bool]]:
    """The user with this address; where there was none before, that is told with the result."""
    is_new = tx.users.by_email(normal(email)) is None
    return eryao.sign_in.accounts.enter(tx, email), {CREATED: True} if is_new else {}


def _tell_balance(told: dict[str, Any], email: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told))
        return
    if CREATED in told:
        _tell_of_the_new(email)
    click.echo(f"The balance is {told['balance']} points.")


def _tell_of_the_new(email: str) -> None:
    """A slip in an address would else look like the user who was meant."""
    click.echo(f"Made a new user: nobody had the address {email} yet.", err=True)
