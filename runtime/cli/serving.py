"""Start the server, or a part of it."""

import gc
import json
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial

import anyio
import click
import uvloop

from runtime import __version__
from runtime.app import asgi, drain, running, worker_asgi
from runtime.cli.endings import Cause, Trouble, as_json
from runtime.cli.migrating import migrate_database
from runtime.cli.plain import plainly, prepared
from runtime.home import alone, lock_folder, refuse_lonely
from runtime.parts import Eryao, build
from runtime.settings import Settings
from runtime.web.server import Server

# New objects between two looks for cycles; a burst of runs makes many and leaves few.
GC_THRESHOLD = 20_000
OPEN_FILES = 65_536


@click.command()
@click.option("--no-worker", is_flag=True, help="Only answer HTTP; runs are driven elsewhere.")
@as_json
@plainly
def serve(*, no_worker: bool, as_json: bool) -> None:
    """Start the server: HTTP and the worker in one process, nothing else needed."""
    settings = prepared()
    with ExitStack() as held:
        _move_in(settings, held)
        _run(partial(_serve, settings, works=not no_worker, as_json=as_json))


def _move_in(settings: Settings, held: ExitStack) -> None:
    """Make the place ready to work in; where it is a file, it is this process's alone."""
    refuse_lonely(settings)
    if alone(settings):
        lock_folder(settings, held)
    migrate_database(settings)


def _make_room_for_viewers() -> None:
    """Each is an open file, and some systems begin with room for a thousand."""
    room, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if room < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))


async def _serve(settings: Settings, *, works: bool, as_json: bool) -> None:
    _make_room_for_viewers()
    eryao = build(settings)
    told = anyio.Event()
    server = Server(asgi(eryao, works=works), settings, told.set)
    say = partial(_say_ready, "is open at {address}", as_json=as_json, role="serve")
    await _open(eryao, server, told, say)


async def _open(eryao: Eryao, server: Server, told: anyio.Event, say: Callable[..., None]) -> None:
    """Answer until told to stop, and drain before it ends."""
    port = server.listen()
    _leave_the_built_alone()
    say(address=f"http://{eryao.settings.host}:{port}/")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_go_down_once, told, eryao, server)
        await server.run_until_stopped()
        tasks.cancel_scope.cancel()  # told twice to stop: nobody waits for the drain any more
    if server.broken:
        said = "A part of the server has died, see above; start it again."
        raise Trouble(said, Cause.SERVER_BROKEN)


async def _go_down_once(told: anyio.Event, eryao: Eryao, server: Server) -> None:
    await told.wait()
    await drain(eryao)
    server.stop()


def _say_ready(sentence: str, *, as_json: bool, **told: str) -> None:
    """Programs are told on stdout, people on stderr, among the log."""
    if as_json:
        click.echo(json.dumps({**told, "pid": os.getpid(), "version": __version__}))
    else:
        click.echo(f"eryao {__version__} {sentence.format(**told)}", err=True)


def _leave_the_built_alone() -> None:
    """What is made once stays for ever: the collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


@click.command()
@as_json
@plainly
def worker(*, as_json: bool) -> None:
    """Drive runs that servers elsewhere admit."""
    settings = prepared()
    if alone(settings):
        raise Trouble(
            "A database in a file has one server, and `eryao serve` drives its runs itself: "
            "a worker beside it needs ERYAO_DATABASE_URL (Postgres) and ERYAO_REDIS_URL."
        )
    with ExitStack() as held:
        _move_in(settings, held)
        _run(partial(_work, settings, as_json=as_json))


async def _work(settings: Settings, *, as_json: bool) -> None:
    eryao = build(settings)
    if settings.worker_port is not None:
        await _work_in_sight(eryao, settings.worker_port, as_json=as_json)
        return
    async with running(eryao):
        _leave_the_built_alone()
        _say_ready("takes runs", as_json=as_json, role="worker")
        await _signalled()
        await drain(eryao)


async def _work_in_sight(eryao: Eryao, port: int, *, as_json: bool) -> None:
    """As a server does, as far as it has anything to say at HTTP."""
    told = anyio.Event()
    at = eryao.settings.model_copy(update={"port": port})
    server = Server(worker_asgi(eryao), at, told.set, chosen_by="ERYAO_WORKER_PORT")
    sentence = "takes runs, and says how it is at {address}"
    await _open(eryao, server, told, partial(_say_ready, sentence, as_json=as_json, role="worker"))


async def _signalled() -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            return


def _run(serve_forever: Callable[[], Awaitable[None]]) -> None:
    anyio.run(serve_forever, backend_options={"loop_factory": uvloop.new_event_loop})
