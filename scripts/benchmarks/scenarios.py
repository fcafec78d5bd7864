"""What is measured, how much of it, and what the figures should be."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from scripts.benchmarks.contenders import FLEET, Contender, Stable
from scripts.benchmarks.measures import (
    CONNECTIONS,
    PACE_MS,
    Figures,
    admissions,
    burst,
    fan_out,
    first_event,
    paced,
    quiet_viewers,
    replay,
)


@dataclass(frozen=True)
class Amount:
    """How much of it one round does."""

    full: int
    quick: int


@dataclass(frozen=True)
class Goal:
    """What a figure of the product should be, in its own unit."""

    figure: str
    limit: float
    at_least: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Scenario:
    name: str
    about: str
    measure: Callable[[Contender, int], Awaitable[Figures]]
    amount: Amount
    figure: str
    unit: str
    goals: tuple[Goal, ...] = ()
    setting: str = ""
    fresh: bool = False

    async def once(self, servers: Stable, name: str, *, quick: bool) -> Figures:
        amount = self.amount.quick if quick else self.amount.full
        if not self.fresh:
            return await self.measure(servers.get(name, self.setting), amount)
        contender = servers.fresh(name, self.setting)
        try:
            return await self.measure(contender, amount)
        finally:
            contender.process.stop()


SCENARIOS = (
    Scenario(
        "burst 50",
        "50 runs in flight, 200 deltas each, no pace: CPU an event",
        burst(50),
        Amount(600, 100),
        "us",
        "µs",
        (Goal("us", 8),),
    ),
    Scenario(
        "burst 50 free",
        "the same where a run costs no points",
        burst(50),
        Amount(600, 100),
        "us",
        "µs",
        setting="free",
    ),
    Scenario(
        "burst 200",
        "200 runs in flight, 200 deltas each, no pace: CPU an event",
        burst(200),
        Amount(600, 200),
        "us",
        "µs",
    ),
    Scenario(
        "paced 100",
        f"100 runs, 200 deltas each, one every {PACE_MS} ms: CPU an event",
        paced,
        Amount(100, 100),
        "us",
        "µs",
        (Goal("us", 30),),
    ),
    Scenario(
        "fan-out 100",
        f"100 viewers of one run, a delta every {PACE_MS} ms: CPU a delivered event",
        fan_out,
        Amount(100, 100),
        "us",
        "µs",
        (Goal("us", 12),),
        fresh=True,
    ),
    Scenario(
        "replay",
        "finished runs of 200 deltas, from the first event to the last: CPU an event",
        replay,
        Amount(2_000, 400),
        "us",
        "µs",
        (Goal("us", 1),),
    ),
    Scenario(
        "quiet viewer",
        "500 viewers of a run that is silent: resident memory each",
        quiet_viewers,
        Amount(500, 500),
        "kib",
        "KiB",
        (Goal("kib", 20),),
        fresh=True,
    ),
    Scenario(
        "admission",
        f"runs taken, charged and queued by a server without a worker, {CONNECTIONS} "
        "connections: CPU each",
        admissions,
        Amount(4_000, 1_000),
        "us",
        "µs",
        (Goal("per_second", 1_000, at_least=True),),
        setting="no-worker",
    ),
    Scenario(
        "first event",
        "one run at a time: from the request to the first event",
        first_event,
        Amount(200, 50),
        "ms",
        "ms",
        (Goal("ms", 10),),
    ),
    Scenario(
        "paced 50",
        f"50 runs, 200 deltas each, one every {PACE_MS} ms: CPU an event, lateness of a delta",
        paced,
        Amount(50, 50),
        "us",
        "µs",
    ),
    Scenario(
        "fleet burst 50",
        "two processes for HTTP, two workers, Redis, Postgres; 50 runs in flight, 200 deltas each, "
        "no pace: CPU an event of our four processes",
        burst(50),
        Amount(600, 100),
        "us",
        "µs",
        (Goal("us", 12),),
        setting=FLEET,
    ),
    Scenario(
        "fleet paced 50",
        f"the same, 50 runs, a delta every {PACE_MS} ms: CPU an event, lateness of a delta",
        paced,
        Amount(50, 50),
        "us",
        "µs",
        (Goal("ms_p99", 25),),
        setting=FLEET,
    ),
    Scenario(
        "fleet first event",
        "the same, one run at a time: from the request to the first event",
        first_event,
        Amount(200, 50),
        "ms",
        "ms",
        setting=FLEET,
    ),
)
