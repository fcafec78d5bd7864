"""A token from this installation's own books, which takes all parts of a server."""

from typing import Any

from runtime.cli.within import transact
from runtime.parts import Eryao
from storage.sql.transaction import Transaction


def own_token(email: str) -> str:
    def mint(tx: Transaction, eryao: Eryao) -> dict[str, Any]:
        return {
            "token": eryao.sign_in.tokens.pair(
                tx, eryao.sign_in.accounts.enter(tx, email)
            ).access_token
        }

    return str(transact(mint)["token"])
