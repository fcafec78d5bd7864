"""The loads: each is put on one contender and returns figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from scripts.benchmarks.contenders import Contender
from scripts.benchmarks.load import (
    Answers,
    Run,
    Stream,
    WrongAnswer,
    connected,
    in_flight,
    opened,
)

DELTAS = 200
SCRIPT = f"say {DELTAS}"
PACE_MS = 20
# A run's other events: it starts, shows its chart, opens and closes a message, finishes.
EVENTS = DELTAS + 5
# Of them behind the deltas: the message's end and the run's.
LAST = 2
STARTS_SECONDS = 1.0
VIEWER_RUN = f"say 300 pace {PACE_MS}"
QUIET = "fail stall after 3"

Figures = dict[str, float]


@dataclass
class Meter:
    """The server's CPU time and the wall's between two moments."""

    contender: Contender
    cpu: float = 0.0
    wall: float = 0.0
    kinds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        process = self.contender.process
        self.kinds = process.cpu_by_kind()
        self.cpu, self.wall = process.cpu(), time.perf_counter()

    def figures(self, count: int) -> Figures:
        cpu = self.contender.process.cpu() - self.cpu
        wall = time.perf_counter() - self.wall
        figures = {"us": cpu * 1e6 / count, "per_second": count / wall, "load": cpu / wall}
        for kind, now in self.contender.process.cpu_by_kind().items():
            figures[f"us_{kind}"] = (now - self.kinds[kind]) * 1e6 / count
        return figures


# --- runs ----------------------------------------------------------------------------------------


def burst(width: int) -> Callable[[Contender, int], Awaitable[Figures]]:
    """So many runs in flight, a new one for each that ends."""

    async def measure(contender: Contender, runs: int) -> Figures:
        await _burst(contender, width, width)  # warm
        meter = Meter(contender)
        await _burst(contender, width, runs)
        return meter.figures(runs * EVENTS)

    return measure


async def _burst(contender: Contender, width: int, runs: int) -> list[Run]:
    done: list[Run] = []

    async def one(run: Run) -> None:
        stream = await opened(contender.process.port, contender.start(run, 0))
        await stream.over()
        _all_there(stream)
        done.append(run)

    await in_flight(width, _runs(runs, SCRIPT), one)
    return done


async def paced(contender: Contender, runs: int) -> Figures:
    """All runs side by side at a model's pace, begun over a second so that they are out of step."""
    script = f"{SCRIPT} pace {PACE_MS}"
    late: list[float] = []

    async def one(number: int) -> None:
        await asyncio.sleep(number / runs * STARTS_SECONDS)
        request = contender.start(Run(script), PACE_MS)
        stream = await opened(contender.process.port, request, timed=True)
        await stream.over()
        _all_there(stream)
        late.extend(_lateness(stream.times[-DELTAS - LAST :][:DELTAS]))

    meter = Meter(contender)
    await in_flight(runs, iter(range(runs)), one)
    return meter.figures(runs * EVENTS) | _quantiles(late)


def _lateness(times: list[float]) -> list[float]:
    """Milliseconds by which each delta came later than it would have, had all been as quick as
    the quickest."""
    offsets = [(at - number * PACE_MS / 1000) * 1000 for number, at in enumerate(times)]
    return [offset - min(offsets) for offset in offsets]


def _quantiles(values: list[float]) -> Figures:
    ordered = sorted(values)
    return {"ms": ordered[len(ordered) // 2], "ms_p99": ordered[int(len(ordered) * 0.99)]}


async def first_event(contender: Contender, runs: int) -> Figures:
    """One run at a time: from its request to its first event."""
    waits = []
    for run in _runs(runs + 5, "say 1"):
        stream = await opened(contender.process.port, contender.start(run, 0))
        await stream.over()
        waits.append(stream.first_after * 1000)
    return _quantiles(waits[5:])


# --- viewers -------------------------------------------------------------------------------------


async def fan_out(contender: Contender, viewers: int) -> Figures:
    """Many viewers of one paced run: CPU for each event that reaches a viewer."""
    run = Run(VIEWER_RUN)
    streams = await _viewers(contender, run, viewers, f"follow/{PACE_MS}", before=_begin)
    seen = sum(stream.events for stream in streams)
    meter = Meter(contender)
    await asyncio.gather(*(stream.over() for stream in streams))
    figures = meter.figures(sum(stream.events for stream in streams) - seen)
    if len({stream.events for stream in streams}) != 1:
        raise WrongAnswer("some viewers saw more than others")
    return figures


async def replay(contender: Contender, times: int) -> Figures:
    """Finished runs, read from their first event to their last."""
    if contender.name == "bare":
        finished = list(_runs(20, SCRIPT))
    else:
        finished = await _burst(contender, 20, 20)

    async def one(number: int) -> None:
        request = contender.follow(finished[number % len(finished)], "replay")
        stream = await opened(contender.process.port, request)
        await stream.over()
        _all_there(stream)

    await in_flight(20, iter(range(20)), one)  # warm
    meter = Meter(contender)
    await in_flight(20, iter(range(times)), one)
    return meter.figures(times * EVENTS)


async def quiet_viewers(contender: Contender, viewers: int) -> Figures:
    """Viewers of a run that says nothing more: what each costs in memory."""
    run = Run(QUIET)
    warm = await _viewers(contender, run, 20, "wait", before=_begin)
    for stream in warm:
        stream.close()
    await asyncio.sleep(0.5)
    before = contender.process.resident_kib()
    streams = await _viewers(contender, run, viewers, "wait")
    each = (contender.process.resident_kib() - before) / viewers
    for stream in streams:
        stream.close()
    return {"kib": each}


async def _viewers(
    contender: Contender,
    run: Run,
    viewers: int,
    how: str,
    *,
    before: Callable[[Contender, Run], Awaitable[None]] | None = None,
) -> list[Stream]:
    """So many streams of the run, each past its first event."""
    if before:
        await before(contender, run)
    port = contender.process.port
    streams = [await opened(port, contender.follow(run, how)) for _ in range(viewers)]
    await asyncio.gather(*(stream.begun() for stream in streams))
    return streams


async def _begin(contender: Contender, run: Run) -> None:
    answers = await connected(contender.process.port)
    await answers.ask(contender.begin(run))
    answers.close()


# --- admissions ----------------------------------------------------------------------------------

CONNECTIONS = 64


async def admissions(contender: Contender, runs: int) -> Figures:
    """Runs that are taken, charged and queued, over connections that stay open."""
    connections = [await connected(contender.process.port) for _ in range(CONNECTIONS)]
    await _admit(contender, connections, CONNECTIONS)  # warm
    meter = Meter(contender)
    await _admit(contender, connections, runs)
    figures = meter.figures(runs)
    for connection in connections:
        connection.close()
    return figures


async def _admit(contender: Contender, connections: list[Answers], runs: int) -> None:
    free = list(connections)

    async def one(run: Run) -> None:
        connection = free.pop()
        answer = await connection.ask(contender.admit(run))
        free.append(connection)
        if not answer.startswith(b"HTTP/1.1 202"):
            raise WrongAnswer(answer[:600].decode())

    await in_flight(CONNECTIONS, _runs(runs, SCRIPT), one)


def _runs(count: int, script: str) -> Iterator[Run]:
    return (Run(script) for _ in range(count))


def _all_there(stream: Stream) -> None:
    if stream.events != EVENTS:
        raise WrongAnswer(f"{stream.events} events came of {EVENTS}")
