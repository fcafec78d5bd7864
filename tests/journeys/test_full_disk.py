"""A disk that fills up: said while there is still time, nothing half kept, and over by itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.room import MIB
from tests.support import web
from tests.support.api import Api, Body, events_in
from tests.support.files import bring
from tests.support.media import picture
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess, at_work
from tests.support.small_disk import ROOMY, ServerOnDisk, SmallDisk, small_disk
from tests.support.viewer import Viewer, wait_until


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with small_disk(tmp_path_factory.mktemp("small") / "disk") as mounted:
        # So that a tenth of it, which is its reserve, is more than what a test leaves.
        (mounted.seen / "ballast").write_bytes(bytes(100 * MIB))
        yield mounted


@pytest.fixture(scope="module")
def server(standing: SmallDisk, migrated: Path) -> Iterator[ServerProcess]:
    with at_work(ServerOnDisk(standing, migrated, LEASE_SECONDS=6)) as server:
        yield server


@pytest.fixture
def disk(standing: SmallDisk) -> Iterator[SmallDisk]:
    yield standing
    standing.leave(ROOMY)


@pytest.fixture(scope="module")
def ann(server: ServerProcess) -> Iterator[Api]:
    with server.api() as api:
        yield api


def readiness(server: ServerProcess) -> tuple[int, Any]:
    answer = web.get(f"{server.url}/readyz")
    return answer.status_code, answer.json()["checks"]


def test_a_disk_with_little_left_takes_no_new_run_and_lets_one_under_way_end(
    disk: SmallDisk, server: ServerProcess, ann: Api
) -> None:
    """The reserve is for what was begun: no answer that somebody waits for is lost to it."""
    before, under_way, new = ann.balance(), Body("say 60 pace 20"), Body("say 2")
    Viewer.starting(ann, under_way).seen("TEXT_MESSAGE_CONTENT", 3)

    disk.leave(8 * MIB)

    assert readiness(server) == (503, {"database": True, "disk": False, "accepting": True})
    assert web.get(f"{server.url}/healthz").status_code == 200
    problem = assert_problem(ann.start(new), "STORAGE_UNAVAILABLE", 503)
    assert "no room" in problem["detail"]
    assert ann.get(f"/agent/runs/{new.run}").status_code == 404
    assert ann.get(f"/agent/sessions/{new.thread}").status_code == 404
    assert ann.ended(under_way.run)["status"] == "succeeded"
    assert ann.balance() == before - 10

    disk.leave(ROOMY)

    assert readiness(server)[0] == 200
    assert ann.perform(new)[-1].type == "RUN_FINISHED"
    assert ann.balance() == before - 20


def test_a_full_disk_refuses_all_that_is_new_and_is_over_without_a_restart(
    disk: SmallDisk, server: ServerProcess, ann: Api
) -> None:
    """Not a byte is free: what was under way goes on, or is ended and given back."""
    before, under_way, new = ann.balance(), Body("say 2000 pace 5"), Body("say 2")
    viewer = Viewer.starting(ann, under_way).seen("TEXT_MESSAGE_CONTENT", 3)

    disk.leave(0)

    wait_until(lambda: any("disk is full" in line for line in server.lines))
    assert readiness(server)[0] == 503
    assert_problem(ann.start(new), "STORAGE_UNAVAILABLE", 503)
    assert ann.get(f"/agent/runs/{new.run}").status_code == 404

    disk.leave(ROOMY)

    assert readiness(server)[0] == 200
    assert ann.perform(new)[-1].type == "RUN_FINISHED"
    ended = ann.ended(under_way.run)
    lost = ended["status"] == "failed"
    assert ended["refunded"] is lost
    assert events_in(ann.log(under_way))[-1].type == ("RUN_ERROR" if lost else "RUN_FINISHED")
    assert b"".join(viewer.ended().frames) == ann.log(under_way)
    assert ann.balance() == before - (10 if lost else 20)


def test_files_leave_the_reserve_alone(disk: SmallDisk, ann: Api) -> None:
    """They are what fills a disk; those who have brought theirs can still be read to."""
    disk.leave(11 * MIB)

    refused = bring(ann, picture())

    assert_problem(refused, "AGENT_ATTACHMENT_UPLOAD_FAILED", 502)
    disk.leave(ROOMY)
    assert bring(ann, picture()).status_code == 201


def test_a_first_start_on_a_full_disk_ends_with_a_sentence(
    disk: SmallDisk, server: ServerProcess
) -> None:
    """What it began is no schema: with room the next start makes it whole."""
    fresh = ServerProcess(disk.folder / "fresh")
    fresh.inside = disk.inside
    disk.leave(100_000)

    refused = fresh.command("serve")

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert "database or disk is full" in refused.stderr
    disk.leave(ROOMY)
    assert fresh.command("migrate").returncode == 0


def test_the_doctor_speaks_of_a_disk_before_the_server_stops_at_it(
    disk: SmallDisk, server: ServerProcess
) -> None:
    disk.leave(20 * MIB)

    checks = json.loads(server.command("doctor", "--json").stdout)

    found = next(check for check in checks if check["name"] == "disk")
    assert found["ok"] is False
    assert found["finding"] in {"19 MiB free.", "20 MiB free."}
    assert "less than 12 MiB" in found["advice"]
    assert readiness(server)[0] == 200
