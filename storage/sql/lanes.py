"""What every kind of lane shares: a function on its way to a connection, and its way back."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from sqlalchemy import Connection

Work = Callable[[Connection], Any]


class Job:
    """A function on its way through a lane, and whom to tell."""

    __slots__ = ("asked", "failure", "future", "result", "work")

    def __init__(self, work: Work, future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future
        self.asked = monotonic()
        self.result: Any = None
        self.failure: BaseException | None = None

    def tell(self) -> None:
        if self.future.done():  # the caller was cancelled and has left
            return
        if self.failure is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.failure)


def fail_all(jobs: Sequence[Job], failure: Exception) -> None:
    for job in jobs:
        job.failure = job.failure or failure


def tell_all(jobs: Sequence[Job]) -> None:
    """Resolve the futures of a group with one wake of each loop that waits for it."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.future.get_loop(), []).append(job)
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # that loop has closed: nobody is left to hear it
            loop.call_soon_threadsafe(_tell_each, told)


def _tell_each(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.tell()
