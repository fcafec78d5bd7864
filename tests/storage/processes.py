"""Other processes at the same file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

from tests.support.forks import clean

PATIENCE_SECONDS = 15.0

_own = get_context("spawn")


def barrier(parties: int) -> Any:
    return clean.Barrier(parties)


def pipe() -> Any:
    """Where a process is heard, and where it speaks."""
    return _own.Pipe(duplex=False)


def exit_codes(target: Callable[..., None], *, each: list[tuple[Any, ...]]) -> list[int | None]:
    """How processes end that do this at once, each with arguments of its own."""
    processes = [clean.Process(target=target, args=args) for args in each]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_SECONDS)
    return [process.exitcode for process in processes]


@contextmanager
def beside(target: Callable[..., None], *args: Any) -> Iterator[BaseProcess]:
    """A child of this very process, which may stop it; it is killed in the end."""
    process = _own.Process(target=target, args=args)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()
