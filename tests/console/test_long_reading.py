"""A reading of thousands of events: the page stays quick, and small."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.console.conftest import Visiting
from tests.console.visit import DESK

ROWS = 120
LONG_TASK_MS = 50
MAIN = "CrRendererMain"


def tasks(trace: Path) -> Iterator[float]:
    """Milliseconds of processor time that each task of a page's main thread took.

    Not of the clock: what else runs on the machine is no fault of the page.
    """
    events = json.loads(trace.read_text())["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == MAIN
    }
    for event in events:
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in threads:
            yield event.get("tdur", 0) / 1000


@pytest.mark.timeout(60)
def test_two_thousand_deltas_stream_without_a_long_task_while_they_are_inspected(
    visiting: Visiting, browser: Browser, tmp_path: Path
) -> None:
    # In a browser of its own: nothing of other pages is in its trace.
    visit = visiting(viewport=DESK).cast("say 2000 pace 2")
    page = visit.page
    page.get_by_role("button", name="Inspect").click()
    trace = tmp_path / "trace.json"
    browser.start_tracing(page=page, path=trace, categories=["toplevel"])
    visit.ended(seconds=40)
    browser.stop_tracing()

    took = list(tasks(trace))
    assert len(took) > 100
    assert max(took) < LONG_TASK_MS
    rows = page.locator(".log tr")
    expect(rows).to_have_count(ROWS)

    page.get_by_role("button", name="Earlier").click()
    expect(rows).to_have_count(ROWS)
    shown = [int(row) for row in page.locator(".log tr td:first-child").all_inner_texts()]
    assert all(later == sooner + 1 for later, sooner in pairwise(shown))
    page.get_by_role("button", name="The newest").click()
    expect(page.locator(".log")).to_contain_text("RUN_FINISHED")
