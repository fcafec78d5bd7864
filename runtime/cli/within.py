"""What the commands share: settings, the database brought up to date, sentences for people."""

import asyncio
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from runtime import log
from runtime.cli.endings import Cause, Trouble, leave_quietly
from runtime.features.auth.accounts import AddressInvalid
from runtime.home import database_url, open_folder
from runtime.parts import Eryao, build
from runtime.settings import Settings, SettingsWrong, load
from runtime.web.server import CannotListen
from storage.errors import DataFolderInUse, StorageUnavailable
from storage.sql import engine_from
from storage.sql.revision import Applied, current, newest
from storage.sql.transaction import Transaction


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
            raise Trouble("\n".join(exc.sentences), Cause.SETTINGS_WRONG) from None
        except CannotListen as exc:
            raise CannotServe(str(exc), Cause.ADDRESS_TAKEN) from None
        except DataFolderInUse as exc:
            raise Trouble(str(exc), Cause.FOLDER_IN_USE) from None
        except (AddressInvalid, ValueError) as exc:
            raise Trouble(str(exc)) from None
        except StorageUnavailable as exc:
            said = f"The database did not take it: {exc}"
            raise Trouble(said, Cause.STORAGE_UNAVAILABLE) from None
        except BrokenPipeError:
            leave_quietly()
        except OSError as exc:
            raise Trouble(f"{exc.strerror}: {exc.filename}", Cause.FILE_UNUSABLE) from None

    return wrapped


as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one line of JSON; troubles too, on stderr."
)
of_user = click.option("--email", required=True, help="The user's address.")


def prepared() -> Settings:
    """The settings, with logging set up and whatever looks mistaken said once."""
    settings = load()
    log.configure(settings.log_level)
    for sentence in settings.warnings:
        told = json.dumps({"warning": sentence}) if _for_programs() else f"Warning: {sentence}"
        click.echo(told, err=True)
    return settings


def _for_programs() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.params.get("as_json"))


def migrate_database(settings: Settings, applied: Applied | None = None) -> None:
    open_folder(settings)
    engine = engine_from(database_url(settings))
    try:
        if current(engine) == newest():
            return
        # Imported here: most commands find nothing to migrate, and alembic is slow to load.
        from storage.sql.migrate import upgrade  # noqa: PLC0415

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
