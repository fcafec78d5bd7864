"""Refunds that wait for a person's decision."""

import json
from typing import Any

import click

from runtime.cli.endings import Trouble, as_json
from runtime.cli.plain import plainly
from runtime.cli.within import transact
from runtime.clock import stamp
from runtime.errors import Problem
from runtime.parts import Eryao
from storage.sql.payment_reviews import ReviewedRow, Settlement
from storage.sql.transaction import Transaction


@click.group()
def payments() -> None:
    """Look after purchases."""


@payments.group()
def review() -> None:
    """Refunds of points that were spent: see them, and decide."""


@review.command("list")
@click.option("--all", "settled_too", is_flag=True, help="Also those that were settled.")
@as_json
@plainly
def list_reviews(*, settled_too: bool, as_json: bool) -> None:
    """What waits for a decision, the oldest first."""

    def read(tx: Transaction, _eryao: Eryao) -> dict[str, Any]:
        return {"items": [_told(row) for row in tx.payment_reviews.list(settled_too=settled_too)]}

    told = transact(read)
    if as_json:
        click.echo(json.dumps(told))
        return
    for item in told["items"]:
        click.echo(
            "{reviewId}  {openedAt}  {points} points  {productCode}  {email}  {settlement}".format(
                **{name: "" if value is None else value for name, value in item.items()}
            ).rstrip()
        )
    if not told["items"]:
        click.echo("Nothing waits for a decision.")


@review.command()
@click.argument("review_id")
@click.option("--take", "how", flag_value=Settlement.TAKEN.value, help="Take the points back.")
@click.option("--forgive", "how", flag_value=Settlement.FORGIVEN.value, help="Let them go.")
@as_json
@plainly
def settle(*, review_id: str, how: str | None, as_json: bool) -> None:
    """Decide on one: take the points back, or let them go."""
    if how is None:
        raise Trouble("Say which: --take or --forgive.")

    def decide(tx: Transaction, eryao: Eryao) -> dict[str, Any]:
        purchase = eryao.payments.books.settle(tx, review_id, Settlement(how))
        balance = tx.points.balance(purchase.user_id) if purchase.user_id else None
        return {"reviewId": review_id, "settlement": how, "balance": balance}

    try:
        told = transact(decide)
    except Problem as refused:
        said = f"{refused.code.name}: {refused.detail}"
        raise Trouble(said, refused.code.name) from None
    except LookupError as unknown:
        raise Trouble(str(unknown)) from None
    click.echo(json.dumps(told) if as_json else f"{how}; the balance is {told['balance']} points.")


def _told(row: ReviewedRow) -> dict[str, Any]:
    return {
        "reviewId": row.id,
        "purchaseId": row.purchase_id,
        "transactionId": row.transaction_id,
        "environment": row.environment,
        "productCode": row.product_code,
        "userId": row.user_id,
        "email": row.email,
        "points": row.points,
        "openedAt": stamp(row.opened_at),
        "settledAt": None if row.settled_at is None else stamp(row.settled_at),
        "settlement": row.settlement,
    }
