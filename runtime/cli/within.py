"""What the commands share that work on all parts of a server."""

import asyncio
from collections.abc import Callable
from typing import Any

import click

from runtime.cli.migrating import migrate_database
from runtime.cli.plain import prepared
from runtime.parts import Eryao, build
from runtime.settings import Settings
from storage.sql.transaction import Transaction

of_user = click.option("--email", required=True, help="The user's address.")


def transact(work: Callable[[Transaction, Eryao], dict[str, Any]]) -> dict[str, Any]:
    settings = prepared()
    migrate_database(settings)
    told: dict[str, Any] = using(settings, lambda eryao: eryao.database.run(work, eryao))
    return told


def using(settings: Settings, work: Callable[[Eryao], Any]) -> Any:
    """Run `work` on all parts of a server that is not started; it works beside a running one."""

    async def use() -> Any:
        eryao = build(settings)
        try:
            return await work(eryao)
        finally:
            eryao.database.close()

    return asyncio.run(use())
