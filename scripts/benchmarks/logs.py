"""`python -m scripts.benchmarks.logs URL`: an event log by itself, without HTTP, agent or database.

So many runs in one process: each frame appended, carried to the store, read back by a second log
of the same process as another process would, and handed to a viewer. Prints JSON.
"""

import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import anyio
import uvloop

from storage.events.base import EventLog
from storage.events.memory import MemoryEventLog
from storage.events.redis import RedisEventLog
from storage.redis.client import Redis

RUNS = 50
DELTAS = 200
PACE = 0.02
WINDOW = 0.005
ROUNDS = 5
# As long as a delta of a real run.
PADDING = b"x" * 90


async def measure(url: str) -> dict[str, dict[str, float]]:
    """Microseconds of CPU for a frame, and how long each was on its way."""
    figures: dict[str, dict[str, float]] = {}
    for name, pace in (("burst", 0.0), ("paced", PACE)):
        async with _logs("") as (memory, _):
            figures[f"memory {name}"] = await _figures(memory, memory, pace)
        async with _logs(url) as (here, _):
            figures[f"redis {name}, one log"] = await _figures(here, here, pace)
        async with _logs(url) as (here, there):
            figures[f"redis {name}, read back"] = await _figures(here, there, pace)
    return figures


async def _figures(writing: EventLog, reading: EventLog, pace: float) -> dict[str, float]:
    await _round(writing, reading, pace, [])  # warm
    late: list[float] = []
    cpu = time.process_time()
    for _ in range(1 if pace else ROUNDS):
        await _round(writing, reading, pace, late)
    spent = (time.process_time() - cpu) * 1e6 / len(late)
    late.sort()
    p50, p99 = late[len(late) // 2], late[int(len(late) * 0.99)]
    return {"us": spent, "ms_p50": p50 * 1000, "ms_p99": p99 * 1000}


async def _round(writing: EventLog, reading: EventLog, pace: float, late: list[float]) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(RUNS):
            run_id = str(uuid4())
            tasks.start_soon(_view, reading, run_id, late)
            tasks.start_soon(_write, writing, run_id, pace, number / RUNS * pace)


async def _write(log: EventLog, run_id: str, pace: float, after: float) -> None:
    writer = await log.open(run_id, attempt=1)
    await anyio.sleep(after)
    for _ in range(DELTAS):
        writer.append(b"data: %.7f %s\n\n" % (time.perf_counter(), PADDING))
        await anyio.sleep(pace)
    await writer.durable()
    await writer.finish(b"data: 0 end\n\n")


async def _view(log: EventLog, run_id: str, late: list[float]) -> None:
    tail = log.follow(run_id)
    seen = 0
    while seen < DELTAS:
        chunk = await tail.next()
        assert chunk is not None, "the log ended early"
        now = time.perf_counter()
        sent = [float(frame.split(b" ")[1]) for frame in chunk.split(b"\n\n")[:-1]]
        late += [now - at for at in sent if at]
        seen += len(sent)
    tail.close()


@asynccontextmanager
async def _logs(url: str) -> AsyncIterator[tuple[EventLog, EventLog]]:
    """Two logs as two processes have them; the same one where there is no store between."""
    clients = [Redis(url), Redis(url)] if url else []
    logs = [RedisEventLog(client, window=WINDOW) for client in clients]
    pair: list[EventLog] = [*logs] or [MemoryEventLog(window=WINDOW)] * 2
    async with anyio.create_task_group() as tasks:
        for log in set(pair):
            tasks.start_soon(log.run)
        yield pair[0], pair[1]
        tasks.cancel_scope.cancel()
    for client in clients:
        await client.close()


def main() -> None:
    """Measure once."""
    print(json.dumps(uvloop.run(measure(sys.argv[1])) | {"load": os.getloadavg()[0]}, indent=1))


if __name__ == "__main__":
    main()
