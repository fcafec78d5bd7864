"""`python -m scripts.benchmarks.langgraph URL PID PACE`: the same load on LangGraph's own server.

The server is not part of this repository, and none of it in our locks: docs/comparison.md says how
to start it, with which graph. Prints JSON.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp

from scripts.benchmarks.processes import LOAD_CORE, cpu_of

WIDTH = 50
RUNS = 100
DELTAS = 200
WARM = 5


@dataclass
class Seen:
    """What came of all runs."""

    first: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    deltas: set[int] = field(default_factory=set)


async def _run(session: aiohttp.ClientSession, url: str, pace: float, seen: Seen) -> None:
    asked = time.perf_counter()
    body = {
        "assistant_id": "agent",
        "input": {"messages": [{"role": "user", "content": f"{pace}"}]},
        "stream_mode": ["messages-tuple"],
        "stream_resumable": True,
        "if_not_exists": "create",
    }
    times: list[float] = []
    size = 0
    async with session.post(f"{url}/threads/{uuid4()}/runs/stream", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            size += len(line)
            if line.startswith(b"event: messages"):
                times.append(time.perf_counter())
    offsets = [at - number * pace for number, at in enumerate(times)]
    seen.first.append(times[0] - asked)
    seen.late += [offset - min(offsets) for offset in offsets]
    seen.sizes.append(size)
    seen.deltas.add(len(times))


async def _load(url: str, pid: int, pace: float) -> dict[str, object]:
    seen = Seen()
    connections = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connections, read_bufsize=2**20) as session:
        await asyncio.gather(*(_run(session, url, pace, Seen()) for _ in range(WARM)))
        left = iter(range(RUNS))

        async def hand() -> None:
            for _ in left:
                await _run(session, url, pace, seen)

        cpu, wall = cpu_of(pid), time.perf_counter()
        await asyncio.gather(*(hand() for _ in range(WIDTH)))
        cpu, wall = cpu_of(pid) - cpu, time.perf_counter() - wall
    return {
        "us": cpu * 1e6 / (RUNS * DELTAS),
        "runs_per_second": RUNS / wall,
        "bytes_a_delta": sum(seen.sizes) / (RUNS * DELTAS),
        "deltas": sorted(seen.deltas),
        "first_ms": _middle_and_last(seen.first),
        "late_ms": _middle_and_last(seen.late),
        "load": os.getloadavg()[0],
    }


def _middle_and_last(values: list[float]) -> list[float]:
    """The median and the 99th percentile, in milliseconds."""
    ordered = sorted(values)
    return [ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99)]


def main() -> None:
    """Put the load on; the server should be pinned to the other core."""
    url, pid, pace = sys.argv[1:]
    os.sched_setaffinity(0, {LOAD_CORE})
    print(json.dumps(asyncio.run(_load(url, int(pid), float(pace))), indent=1))


if __name__ == "__main__":
    main()
