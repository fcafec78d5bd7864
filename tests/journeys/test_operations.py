"""The commands beside a running server, and what it tells those who run it."""

import json
import re
import resource
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import web
from tests.support.api import Api, Body
from tests.support.server import ERYAO, START_SECONDS, ServerProcess
from tests.support.viewer import Viewer, wait_until


@pytest.fixture(scope="module")
def email() -> str:
    return "operated@example.com"


# --- beside a running server ----------------------------------------------------------------------


def test_a_token_is_made_with_its_user_and_opens_the_server(
    shared: ServerProcess, email: str
) -> None:
    told = shared.json("token", "--email", f" {email.upper()} ", "--seconds", "60")

    assert told.keys() == {"accessToken", "refreshToken", "expiresIn", "userId", "balance"}
    assert (told["expiresIn"], told["balance"]) == (60, 100)
    plain = shared.command("token", "--email", email)
    for token in (told["accessToken"], plain.stdout.strip()):
        with Api(shared.url, token) as api:
            assert api.balance() == 100


def test_points_are_granted_and_corrected_with_an_entry_each(
    shared: ServerProcess, email: str
) -> None:
    grant = shared.json("points", "grant", "--email", email, "--amount", "7", "--note", "sorry")
    corrected = shared.json("points", "set", "--email", email, "--balance", "50")

    assert (grant["balance"], corrected["balance"]) == (107, 50)
    with shared.api(email) as api:
        assert api.balance() == 50
        items = api.get("/points/ledger").json()["items"]
    told = [(entry["kind"], entry["amount"], entry["balanceAfter"]) for entry in items]
    assert told == [("correction", -57, 50), ("grant", 7, 107), ("signup", 100, 100)]
    assert items[1]["note"] == "sorry"


@pytest.mark.parametrize("typed", ["points grant --amount 5", "points set --balance 5"])
def test_points_for_an_address_that_nobody_had_say_that_a_user_was_made(
    unstarted: ServerProcess, typed: str
) -> None:
    first, again = (unstarted.command(*typed.split(), "--email", "anne@x.de") for _ in range(2))
    other = unstarted.json(*typed.split(), "--email", "other@example.com")

    assert first.stderr == "Made a new user: nobody had the address anne@x.de yet.\n"
    assert first.stdout.startswith("The balance is ")
    assert "new user" not in again.stderr
    assert other["created"] is True
    assert unstarted.json(*typed.split(), "--email", "other@example.com").keys() == {
        "userId",
        "balance",
    }


def test_a_token_for_an_address_that_nobody_had_says_so_beside_it(unstarted: ServerProcess) -> None:
    first, again = (unstarted.command("token", "--email", "anne@x.de") for _ in range(2))

    assert first.stderr.startswith("Made a new user")
    assert len(first.stdout.split()) == 1
    assert again.stderr == ""


def test_a_mistyped_command_is_a_sentence_and_changes_nothing(shared: ServerProcess) -> None:
    users = shared.beside.count("users")

    wrong = [
        shared.command("token", "--email", "nobody"),
        shared.command("points", "set", "--email", "new@example.com", "--balance", "-1"),
    ]

    assert [done.returncode for done in wrong] == [1, 2]
    assert "nobody" in wrong[0].stderr
    assert not any("Traceback" in done.stderr for done in wrong)
    assert shared.beside.count("users") == users


def test_the_books_are_proved_while_runs_are_under_way(shared: ServerProcess, ann: Api) -> None:
    body = Body("say 900 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT"):
        report = shared.json("audit")
    ann.cancel(body.run)
    ann.ended(body.run)

    assert report["clean"] is True
    assert report["findings"] == []


def test_books_that_were_tampered_with_are_found_out(unstarted: ServerProcess) -> None:
    unstarted.beside.sign_in("ann@example.com")
    with closing(sqlite3.connect(unstarted.data_dir / "eryao.db")) as database, database:
        database.execute("UPDATE accounts SET balance = balance + 1")

    done = unstarted.command("audit", "--json")

    report = json.loads(done.stdout)
    assert (done.returncode, report["clean"]) == (1, False)
    assert "a balance is the sum of its ledger" in [found["rule"] for found in report["findings"]]


def test_the_doctor_finds_nothing_wrong_with_a_running_server(shared: ServerProcess) -> None:
    checks = shared.json("doctor")

    assert {check["name"] for check in checks} >= {"python", "sqlite", "database", "disk"}
    assert all(check["ok"] for check in checks), checks


def test_the_schema_is_brought_up_to_date_beside_a_running_server(shared: ServerProcess) -> None:
    done = shared.command("migrate")

    assert done.returncode == 0, done.stderr
    assert web.get(f"{shared.url}/readyz").status_code == 200


def test_a_second_server_on_the_same_folder_is_refused(shared: ServerProcess) -> None:
    done = shared.command("serve")

    assert done.returncode == 1
    assert "Another server is running on" in done.stderr
    assert "Traceback" not in done.stderr
    assert web.get(f"{shared.url}/healthz").status_code == 200


def test_the_installed_command_serves_and_goes_down(
    unstarted: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other journeys fork theirs from a process that has imported it: see tests.support.forks."""
    monkeypatch.setattr("tests.support.server.BUILT", ERYAO)
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(few, 256), most))
    try:
        server = unstarted.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))

    assert web.get(f"{server.url}/healthz").status_code == 200
    assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)[0] == min(most, 65_536)
    assert server.json("audit")["clean"] is True
    server.terminate()
    assert server.wait() == 0


# --- a server that cannot start -------------------------------------------------------------------


def serve(unstarted: ServerProcess, **settings: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [ERYAO, "serve"],
        env=unstarted.environment(settings),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def test_every_wrong_setting_has_its_sentence(unstarted: ServerProcess) -> None:
    done = serve(unstarted, PORT="abc", SILENCE_SECONDS="-1", MODEL_URL="gopher://x", FLUSH_MS=5)

    assert done.returncode == 1
    for variable in ("ERYAO_PORT", "ERYAO_SILENCE_SECONDS", "ERYAO_MODEL_URL"):
        assert len(re.findall(rf"{variable} cannot be .+\.", done.stderr)) == 1, done.stderr
    assert "ERYAO_FLUSH_MS" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_setting_is_pointed_out(unstarted: ServerProcess) -> None:
    server = unstarted.start(STREAM_PER_USER="9")

    said = "".join(server.lines)
    assert "ERYAO_STREAM_PER_USER" in said
    assert "did you mean ERYAO_STREAMS_PER_USER?" in said


def test_a_port_that_is_taken_ends_it_with_a_code_of_its_own(
    shared: ServerProcess, unstarted: ServerProcess
) -> None:
    done = serve(unstarted, PORT=shared.url.rpartition(":")[2])

    assert done.returncode == 3
    assert "it is in use" in done.stderr
    assert "Traceback" not in done.stderr


# --- what it tells of itself ----------------------------------------------------------------------


def test_it_says_that_it_is_alive_and_ready(shared: ServerProcess) -> None:
    alive, ready = (web.get(f"{shared.url}/{name}") for name in ("healthz", "readyz"))

    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    checks = {"database": True, "disk": True, "accepting": True}
    assert ready.json() == {"ready": True, "checks": checks}


def number(server: ServerProcess, name: str) -> float:
    answer = web.get(f"{server.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = re.search(rf"^{re.escape(name)} (\S+)$", answer.text, re.MULTILINE)
    return float(found[1]) if found else 0.0


COUNTERS = {
    'eryao_runs_ended_total{ending="succeeded"}': 1,
    'eryao_runs_ended_total{ending="failed"}': 1,
    'eryao_admissions_refused_total{code="AGENT_SESSION_NOT_FOUND"}': 1,
    "eryao_refunds_total": 1,
    # RUN_STARTED, the chart, a text of three pieces between its two ends, the finish; and for the
    # one that failed RUN_STARTED, the chart, RUN_ERROR.
    "eryao_events_logged_total": 8 + 3,
}


@pytest.mark.parametrize("name", COUNTERS)
def test_it_counts(name: str, ann: Api, shared: ServerProcess) -> None:
    before = number(shared, name)

    ann.perform(Body("say 3"))
    ann.perform(Body("fail error"))
    ann.start(Body(mode="follow_up"))

    wait_until(lambda: number(shared, name) - before == COUNTERS[name], seconds=3)


def test_it_counts_what_is_under_way(ann: Api, shared: ServerProcess) -> None:
    assert number(shared, "eryao_active_runs") == 0
    body = Body("say 900 pace 20")
    with Viewer.starting(ann, body).seen("TEXT_MESSAGE_CONTENT"):
        assert number(shared, "eryao_active_runs") == 1
        assert number(shared, "eryao_open_streams") == 1
    ann.cancel(body.run)
    ann.ended(body.run)

    wait_until(lambda: number(shared, "eryao_active_runs") == 0)
    wait_until(lambda: number(shared, "eryao_open_streams") == 0)


def test_the_books_name_whatever_a_problem_is_called(shared: ServerProcess) -> None:
    """`type` in every refusal leads to a page about its code."""
    listed = web.get(f"{shared.url}/problems", headers={"Accept": "application/json"}).json()

    assert len(listed["items"]) >= 71
    for code in ("AGENT_SESSION_BUSY", "POINTS_INSUFFICIENT_BALANCE", "SERVER_DRAINING"):
        assert code in web.get(f"{shared.url}/problems/{code}").text
    assert web.get(f"{shared.url}/problems/NOPE").status_code == 404


def test_a_migration_tells_each_of_its_steps(tmp_path: Path) -> None:
    fresh = ServerProcess(tmp_path / "fresh")

    first, again = fresh.json("migrate"), fresh.json("migrate")

    revisions = [step["revision"] for step in first["applied"]]
    assert revisions == sorted(revisions)
    assert revisions[0] == "0001"
    assert again == {"applied": []}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(server: ServerProcess, shell: str) -> None:
    assert "_ERYAO_COMPLETE" in server.command("completion", shell).stdout
