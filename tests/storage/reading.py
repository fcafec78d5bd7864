"""Frames to write, and ways to read them back that cannot wait for ever."""

from collections.abc import Iterable

import anyio

from storage.events.base import EventLog, LogWriter, Tail
from tests.storage.event_log_backends import StoredStand

RUN = "run-1"
PATIENCE_SECONDS = 5.0


def frame(number: int, word: str = "said") -> bytes:
    return f'id: t-{number}\ndata: {{"{word}":{number}}}\n\n'.encode()


def frames(first: int, last: int, word: str = "said") -> list[bytes]:
    return [frame(number, word) for number in range(first, last + 1)]


async def keep(writer: LogWriter, written: Iterable[bytes]) -> None:
    """Append and wait until all can be seen."""
    for one in written:
        writer.append(one)
    with anyio.fail_after(PATIENCE_SECONDS):
        await writer.durable()


async def begin(log: EventLog, written: Iterable[bytes] = (), *, attempt: int = 1) -> LogWriter:
    """A writer of the run, after these durable frames."""
    writer = await log.open(RUN, attempt=attempt)
    await keep(writer, written)
    return writer


async def read_to(tail: Tail, position: int) -> bytes:
    """All that a tail gives out until it has reached this frame."""
    read = b""
    with anyio.fail_after(PATIENCE_SECONDS):
        while tail.position < position:
            chunk = await tail.next()
            assert chunk is not None, f"ended after {tail.position}"
            read += chunk
    return read


async def read_all(tail: Tail) -> bytes:
    """All that a tail gives out until it ends by itself."""
    read = b""
    with anyio.fail_after(PATIENCE_SECONDS):
        while (chunk := await tail.next()) is not None:
            read += chunk
    return read


async def sees_nothing(tail: Tail) -> bool:
    """True where the tail would wait: only a poke makes it return."""
    tail.poke()
    with anyio.fail_after(PATIENCE_SECONDS):
        return await tail.next() == b""


async def brought(stored: StoredStand) -> None:
    """Return once something waits before the held store."""
    with anyio.fail_after(PATIENCE_SECONDS):
        await stored.store.brought()
