"""What the commands share: settings, the database brought up to date, sentences for people."""

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from runtime import log
from runtime.features.auth.accounts import AddressInvalid
from runtime.home import database_url, open_folder
from runtime.parts import Eryao, build
from runtime.settings import Settings, SettingsWrong, load
from runtime.web.server import CannotListen
from storage.errors import DataFolderInUse, StorageUnavailable
from storage.sql import engine_from
from storage.sql.migrate import Applied, upgrade
from storage.sql.transaction import Transaction


class Trouble(click.ClickException):
    """A sentence for people instead of a traceback."""


class CannotServe(Trouble):
    """The address cannot be had; supervisors know this code."""

    exit_code = CannotListen.exit_code


def plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what can go wrong with an installation into one sentence."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except SettingsWrong as exc:
            raise Trouble("\n".join(exc.sentences)) from None
        except CannotListen as exc:
            raise CannotServe(str(exc)) from None
        except (DataFolderInUse, AddressInvalid, ValueError) as exc:
            raise Trouble(str(exc)) from None
        except StorageUnavailable as exc:
            raise Trouble(f"The database did not take it: {exc}") from None
        except OSError as exc:
            raise Trouble(f"{exc.strerror}: {exc.filename}") from None

    return wrapped


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
of_user = click.option("--email", required=True, help="The user's address.")


def prepared() -> Settings:
    """The settings, with logging set up and whatever looks mistaken said once."""
    settings = load()
    log.configure(settings.log_level)
    for sentence in settings.warnings:
        click.echo(f"Warning: {sentence}", err=True)
    return settings


def migrate_database(settings: Settings, applied: Applied | None = None) -> None:
    open_folder(settings)
    engine = engine_from(database_url(settings))
    try:
        upgrade(engine, applied)
    finally:
        engine.dispose()


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
