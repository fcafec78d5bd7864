"""The application: the parts behind HTTP, how they start and how they go down."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import anyio
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from runtime.endpoints import (
    api_operations,
    console_pages,
    ops_pages,
    public_pages,
    worker_pages,
)
from runtime.home import alone
from runtime.parts import Eryao
from runtime.runs.addresses import API
from runtime.runs.recovery import reclaim
from runtime.web.directory import Directory
from runtime.web.middleware import harden
from runtime.web.operation import routes


def asgi(eryao: Eryao, *, works: bool = True) -> ASGIApp:
    """The application; `works` starts the worker and the sweep in the same process."""
    operations = api_operations(eryao)
    pages = [*public_pages(eryao), *ops_pages(eryao, operations)]
    answered = [
        *routes(operations, API, eryao.sign_in.living),
        *routes(pages),
        *routes(console_pages(eryao)),
    ]
    return _application(eryao, answered, works=works)


def worker_asgi(eryao: Eryao) -> ASGIApp:
    """The worker, and at HTTP no more than how it is."""
    return _application(eryao, routes(worker_pages(eryao)), works=True)


def _application(eryao: Eryao, answered: Sequence[BaseRoute], *, works: bool) -> ASGIApp:
    eryao.metrics.active_runs.set_function(lambda: eryao.worker.active)
    eryao.metrics.open_streams.set_function(lambda: len(eryao.runs.keeper))
    eryao.metrics.codes_alarm.set_function(lambda: eryao.sign_in.alarm.is_ringing)
    lifespan = partial(_lifespan, eryao=eryao, works=works)
    app = Directory(answered, lifespan)
    return harden(app, eryao.settings, eryao.ids, observe=eryao.metrics.observe)


@asynccontextmanager
async def _lifespan(_app: object, *, eryao: Eryao, works: bool) -> AsyncGenerator[None]:
    async with running(eryao, works=works):
        yield


@asynccontextmanager
async def running(eryao: Eryao, *, works: bool = True) -> AsyncGenerator[None]:
    """All parts at work; at the end they stop in an order in which nothing is lost."""
    async with AsyncExitStack() as stack:
        stack.callback(eryao.database.close)
        stack.push_async_callback(eryao.model.aclose)
        if eryao.redis:
            stack.push_async_callback(eryao.redis.close)
        stack.push_async_callback(eryao.media.aclose)
        eryao.media.tidy()
        if works and alone(eryao.settings):
            await eryao.database.run(reclaim)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        for part in (eryao.events, eryao.runs.streams, eryao.runs.slots, eryao.runs.keeper):
            tasks.start_soon(part.run)
        if works:
            tasks.start_soon(eryao.worker.run)
            tasks.start_soon(eryao.sweeper.run)
            tasks.start_soon(eryao.feedback.reports.run)
        try:
            yield
        finally:
            tasks.cancel_scope.cancel()


async def drain(eryao: Eryao) -> None:
    """Go down gently: refuse the new, finish what runs, hand back the rest, then let go."""
    eryao.drain.begin()
    eryao.runs.keeper.drain()
    await eryao.worker.finish(grace=eryao.settings.grace_seconds)
    await eryao.runs.keeper.cut()
