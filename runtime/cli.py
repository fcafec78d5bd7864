"""The `eryao` command."""

import asyncio
import gc
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial, wraps
from typing import Any

import anyio
import click
import uvloop

from runtime import __version__, log
from runtime.app import Eryao, asgi, build, drain, running
from runtime.checkup import examine
from runtime.features.auth.accounts import AddressInvalid
from runtime.home import database_url, lock_folder, open_folder
from runtime.ops.audit import audit_books
from runtime.settings import Settings, SettingsWrong, load
from runtime.web.server import CannotListen, Server
from storage.errors import DataFolderInUse, StorageUnavailable
from storage.sql import sqlite_path
from storage.sql.migrate import upgrade
from storage.sql.sqlite import make_engine
from storage.sql.transaction import Transaction

# An operator's own token, not an app's: good for a working day.
TOKEN_SECONDS = 43_200
# New objects between two looks for cycles; a burst of runs makes many and leaves few.
GC_THRESHOLD = 20_000


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


@click.group()
@click.version_option(__version__, prog_name="eryao")
def main() -> None:
    """Metered, resumable agent runs, with tools that ask first."""


# --- serving -----------------------------------------------------------------------------------


@main.command()
@click.option("--no-worker", is_flag=True, help="Only answer HTTP; runs are driven elsewhere.")
@plainly
def serve(*, no_worker: bool) -> None:
    """Start the server: HTTP and the worker in one process, nothing else needed."""
    settings = prepared()
    with ExitStack() as held:
        lock_folder(settings, held)
        migrate_database(settings)
        _run(partial(_serve, settings, works=not no_worker))


async def _serve(settings: Settings, *, works: bool) -> None:
    eryao = build(settings)
    told = anyio.Event()
    server = Server(asgi(eryao, works=works), settings, told.set)
    port = server.listen()
    _leave_the_built_alone()
    click.echo(f"eryao {__version__} is open at http://{settings.host}:{port}/docs", err=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_go_down_once, told, eryao, server)
        await server.run_until_stopped()
        tasks.cancel_scope.cancel()  # told twice to stop: nobody waits for the drain any more
    if server.broken:
        raise Trouble("A part of the server has died, see above; start it again.")


async def _go_down_once(told: anyio.Event, eryao: Eryao, server: Server) -> None:
    await told.wait()
    await drain(eryao)
    server.stop()


def _leave_the_built_alone() -> None:
    """What is made once stays for ever: the collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


@main.command()
@plainly
def worker() -> None:
    """Drive runs that servers elsewhere admit."""
    settings = prepared()
    with ExitStack() as held:
        lock_folder(settings, held)
        migrate_database(settings)
        _run(partial(_work, settings))


async def _work(settings: Settings) -> None:
    eryao = build(settings)
    async with running(eryao):
        _leave_the_built_alone()
        click.echo(f"eryao {__version__} takes runs", err=True)
        await _signalled()
        await drain(eryao)


async def _signalled() -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            return


@main.command()
@plainly
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = prepared()
    migrate_database(settings)
    click.echo("The database is up to date.", err=True)


# --- looking after it --------------------------------------------------------------------------


@main.command()
@as_json
@plainly
def doctor(*, as_json: bool) -> None:
    """Find what is wrong with this installation, and say what to do."""
    checks = examine()
    if as_json:
        click.echo(json.dumps([check.to_json() for check in checks]))
    else:
        for check in checks:
            click.echo(check.line())
    sys.exit(0 if all(check.ok for check in checks) else 1)


@main.command()
@as_json
@plainly
def audit(*, as_json: bool) -> None:
    """Prove the books: balances, charges, refunds, endings and logs."""
    settings = prepared()
    report = _with(settings, lambda eryao: audit_books(eryao.database, eryao.clock, settings))
    if as_json:
        click.echo(json.dumps(report.to_json()))
    else:
        for line in report.lines():
            click.echo(line)
    sys.exit(0 if report.clean else 1)


@main.command()
@of_user
@click.option(
    "--seconds", default=TOKEN_SECONDS, show_default=True, help="How long it is good for."
)
@as_json
@plainly
def token(*, email: str, seconds: int, as_json: bool) -> None:
    """Print an access token for a user, who is made if there is none."""

    def mint(tx: Transaction, eryao: Eryao) -> dict[str, Any]:
        user = eryao.accounts.enter(tx, email)
        pair = eryao.tokens.pair(tx, user, access_seconds=seconds)
        return {
            "accessToken": pair.access_token,
            "refreshToken": pair.refresh_token,
            "expiresIn": pair.expires_in,
            "userId": user.id,
            "balance": eryao.wallet.balance(tx, user.id),
        }

    told = _transact(mint)
    click.echo(json.dumps(told) if as_json else told["accessToken"])


@main.group()
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
        user = eryao.accounts.enter(tx, email)
        balance = eryao.wallet.grant(tx, user.id, amount, note)
        return {"userId": user.id, "balance": balance}

    _tell_balance(_transact(book), as_json=as_json)


@points.command("set")
@of_user
@click.option("--balance", type=click.IntRange(min=0), required=True)
@click.option("--note", help="Why; it stands in the ledger.")
@as_json
@plainly
def set_balance(*, email: str, balance: int, note: str | None, as_json: bool) -> None:
    """Correct a user's balance by an entry of the difference."""

    def book(tx: Transaction, eryao: Eryao) -> dict[str, Any]:
        user = eryao.accounts.enter(tx, email)
        return {"userId": user.id, "balance": eryao.wallet.correct(tx, user.id, balance, note)}

    _tell_balance(_transact(book), as_json=as_json)


def _tell_balance(told: dict[str, Any], *, as_json: bool) -> None:
    click.echo(json.dumps(told) if as_json else f"The balance is {told['balance']} points.")


# --- within ------------------------------------------------------------------------------------


def prepared() -> Settings:
    """The settings, with logging set up and whatever looks mistaken said once."""
    settings = load()
    log.configure(settings.log_level)
    for sentence in settings.warnings:
        click.echo(f"Warning: {sentence}", err=True)
    return settings


def migrate_database(settings: Settings) -> None:
    open_folder(settings)
    engine = make_engine(sqlite_path(database_url(settings)))
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def _transact(work: Callable[[Transaction, Eryao], dict[str, Any]]) -> dict[str, Any]:
    settings = prepared()
    migrate_database(settings)
    told: dict[str, Any] = _with(settings, lambda eryao: eryao.database.run(work, eryao))
    return told


def _with(settings: Settings, work: Callable[[Eryao], Any]) -> Any:
    """Run `work` on all parts of a server that is not started; it works beside a running one."""

    async def use() -> Any:
        eryao = build(settings)
        try:
            return await work(eryao)
        finally:
            eryao.database.close()

    return asyncio.run(use())


def _run(serve_forever: Callable[[], Awaitable[None]]) -> None:
    anyio.run(serve_forever, backend_options={"loop_factory": uvloop.new_event_loop})
