"""`scripts/bench`: the product beside a bare application in the same rounds, and its goals."""

import argparse
import json
import os
import platform
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from scripts.benchmarks.contenders import Stable, stable
from scripts.benchmarks.measures import SCRIPT, Figures
from scripts.benchmarks.processes import LOAD_CORE, ROOT, SERVER_CORE
from scripts.benchmarks.scenarios import SCENARIOS, Scenario

PRODUCT = "eryao"
OTHER = "other"
# scenario → contender → the figures of each round
Table = dict[str, dict[str, list[Figures]]]


def main() -> None:
    """Measure, then print; `--check` makes a missed goal the exit code."""
    args = _arguments()
    trees = {PRODUCT: ROOT} | ({OTHER: args.against.resolve()} if args.against else {})
    chosen = [scenario for scenario in SCENARIOS if _is_wanted(scenario, args.only)]
    os.sched_setaffinity(0, {LOAD_CORE})
    rounds = args.rounds or (1 if args.quick else 5)
    with stable(trees) as servers:
        table = uvloop.run(_measure(servers, chosen, rounds, quick=args.quick))
    rows = [_row(scenario, table[scenario.name]) for scenario in chosen]
    told = {"conditions": _conditions(rounds, quick=args.quick), "scenarios": rows}
    print(json.dumps(told, indent=2) if args.json else _page(told, list(trees)))
    missed = any(not goal["held"] for row in rows for goal in row["goals"])
    sys.exit(1 if args.check and missed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, under a minute")
    parser.add_argument("--rounds", type=int, help="how often each is measured; 5 unless told")
    parser.add_argument("--only", action="append", metavar="NAME", help="just these scenarios")
    parser.add_argument("--against", type=Path, metavar="TREE", help="another source tree, beside")
    parser.add_argument("--check", action="store_true", help="fail where a goal is missed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def _is_wanted(scenario: Scenario, only: list[str] | None) -> bool:
    return not only or any(scenario.name.startswith(name) for name in only)


async def _measure(servers: Stable, chosen: list[Scenario], rounds: int, *, quick: bool) -> Table:
    await servers.record(SCRIPT)
    table: Table = {scenario.name: {name: [] for name in servers.names} for scenario in chosen}
    for number in range(rounds):
        for scenario in chosen:
            # Each goes first as often as the others: what a machine does over time evens out.
            turn = number % len(servers.names)
            for name in servers.names[turn:] + servers.names[:turn]:
                figures = await scenario.once(servers, name, quick=quick)
                table[scenario.name][name].append(figures)
            _progress(number + 1, rounds, scenario, table)
    return table


def _progress(number: int, rounds: int, scenario: Scenario, table: Table) -> None:
    last = {name: figures[-1][scenario.figure] for name, figures in table[scenario.name].items()}
    said = "  ".join(f"{name} {value:.2f}" for name, value in last.items())
    print(f"{number}/{rounds} {scenario.name}: {said} {scenario.unit}", file=sys.stderr)


# --- what is told --------------------------------------------------------------------------------


def _conditions(rounds: int, *, quick: bool) -> dict[str, Any]:
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}",
        "pinned": f"server on core {SERVER_CORE}, load on core {LOAD_CORE}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in ("uvicorn", "uvloop", "starlette")},
        "busy": f"load average {os.getloadavg()[0]:.2f} at the end",
        "rounds": rounds,
        "quick": quick,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _row(scenario: Scenario, by_name: dict[str, list[Figures]]) -> dict[str, Any]:
    product = by_name[PRODUCT]
    figures = {
        name: {figure: _spread([of[figure] for of in rounds]) for figure in rounds[0]}
        for name, rounds in by_name.items()
    }
    ratios = {
        name: _spread([_ratio(ours[scenario.figure], its[scenario.figure]) for ours, its in pairs])
        for name, rounds in by_name.items()
        if name != PRODUCT and (pairs := list(zip(product, rounds, strict=True)))
    }
    goals = [
        {
            "figure": goal.figure,
            "limit": goal.limit,
            "at_least": goal.at_least,
            "held": goal.holds(figures[PRODUCT][goal.figure]["median"]),
        }
        for goal in scenario.goals
    ]
    told = {"name": scenario.name, "about": scenario.about, "unit": scenario.unit}
    return told | {"figure": scenario.figure, "figures": figures, "ratios": ratios, "goals": goals}


def _ratio(ours: float, its: float) -> float:
    return ours / its if its else float("inf")


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "min": min(values), "max": max(values)}


def _page(told: dict[str, Any], trees: list[str]) -> str:
    lines = [f"{name}: {_plain(value)}" for name, value in told["conditions"].items()]
    lines += ["", *_rows(told["scenarios"], trees), ""]
    lines += [f"- {row['name']}: {row['about']}" for row in told["scenarios"]]
    return "\n".join(lines)


def _plain(value: Any) -> str:
    return (
        ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    )


def _rows(rows: list[dict[str, Any]], trees: list[str]) -> list[str]:
    others = [*trees[1:], "bare"]
    head = ["what", *trees, "bare", *(f"ratio to {name}" for name in others), "a second", "goal"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for row in rows:
        cells = [row["name"]]
        cells += [
            _cell(row["figures"][name][row["figure"]], row["unit"]) for name in row["figures"]
        ]
        cells += [_cell(row["ratios"][name], "x") for name in others]
        cells += [_rate(row["figures"][PRODUCT]), _verdict(row)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _cell(spread: dict[str, float], unit: str) -> str:
    return f"{spread['median']:.2f} ({spread['min']:.2f}..{spread['max']:.2f}) {unit}"


def _rate(figures: dict[str, dict[str, float]]) -> str:
    said = []
    if "per_second" in figures:
        said.append(f"{figures['per_second']['median']:,.0f}")
    if "ms_p99" in figures:
        p50, p99 = figures["ms"]["median"], figures["ms_p99"]["median"]
        said.append(f"p50 {p50:.2f}, p99 {p99:.2f} ms")
    kinds = [name for name in figures if name.startswith("us_")]
    said += [f"{kind[3:]} {figures[kind]['median']:.1f} µs" for kind in kinds]
    return ", ".join(said)


def _verdict(row: dict[str, Any]) -> str:
    said = []
    for goal in row["goals"]:
        sign = "at least" if goal["at_least"] else "at most"
        said.append(f"{sign} {goal['limit']:,g}: {'held' if goal['held'] else 'MISSED'}")
    return ", ".join(said)


if __name__ == "__main__":
    main()
