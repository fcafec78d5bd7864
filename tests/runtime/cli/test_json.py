"""`--json`: one line for programs from each command, and troubles with a code."""

import json
import logging
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runtime.cli import main
from runtime.cli.endings import Cause
from tests.support.commands import commands

EMAIL = "--email ann@example.com"
# What is typed for each command that ends with a result.
TYPED = {
    "token": EMAIL,
    "points grant": f"{EMAIL} --amount 5 --note thanks",
    "points set": f"{EMAIL} --balance 7",
    "notify": f"{EMAIL} --title News --body Hello",
    "payments review list": "--all",
    "report": "",
    "migrate": "",
    "audit": "",
    "backup": "../kept.tar",
    "doctor": "",
    "completion": "bash",
}
# Those that say more than one thing, or need more to say it: seen with real processes.
SEEN_ELSEWHERE = {
    "ask": "tests/journeys/test_ask.py",
    "serve": "tests/journeys/test_command_line.py",
    "worker": "tests/journeys/test_command_line.py",
    "payments review settle": "tests/journeys/test_apple_tells.py",
}
ROOT = Path(__file__).parents[3]


@pytest.fixture
def runner(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """Commands on a folder of their own; the logging that they set up is taken down again."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    for name in ("ERYAO_DATA_DIR", "ERYAO_MODEL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(data_dir)
    yield CliRunner(env={"ERYAO_DATA_DIR": str(data_dir), "ERYAO_MODEL_URL": "scripted:"})
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def run(runner: CliRunner, line: str) -> Result:
    return runner.invoke(main, shlex.split(line))


def trouble(result: Result) -> dict[str, str]:
    told: dict[str, str] = json.loads(result.stderr.splitlines()[-1])
    return told


def test_every_command_takes_json() -> None:
    without = [
        name
        for name, command in commands()
        if not any("--json" in each.opts for each in command.params)
    ]

    assert without == []


def test_every_command_that_takes_json_is_seen_to_print_it() -> None:
    assert {name for name, _ in commands()} == TYPED.keys() | SEEN_ELSEWHERE.keys()
    for name, where in SEEN_ELSEWHERE.items():
        text = (ROOT / where).read_text()
        assert '"--json"' in text or f'.json("{name.split()[0]}"' in text, name


def test_each_result_is_one_line_of_json_and_nothing_else(runner: CliRunner) -> None:
    for name, typed in TYPED.items():
        result = run(runner, f"{name} {typed} --json")

        assert result.exit_code == 0, (name, result.output)
        assert len(result.stdout.splitlines()) == 1, name
        json.loads(result.stdout)
        assert result.stderr == "", name


@pytest.mark.parametrize(
    ("typed", "exit_code", "code", "said"),
    [
        ("points grant --amount 5", 2, Cause.ASKED_WRONGLY, "--email"),
        ("points grant --email ann --amount 5", 1, Cause.ASKED_WRONGLY, "no e-mail"),
        ("notify --title a --body b", 1, Cause.ASKED_WRONGLY, "--all"),
        ("report --send", 1, Cause.ASKED_WRONGLY, "ERYAO_FEEDBACK_REPORT_TO"),
        ("payments review settle r1 --take", 1, Cause.ASKED_WRONGLY, "no review r1"),
        ("report --nonsense", 2, Cause.ASKED_WRONGLY, "--nonsense"),
    ],
)
def test_a_trouble_is_a_line_of_json_with_a_code_on_stderr(
    runner: CliRunner, typed: str, exit_code: int, code: str, said: str
) -> None:
    result = run(runner, f"{typed} --json")

    assert result.exit_code == exit_code
    assert result.stdout == ""
    assert trouble(result)["code"] == code
    assert said in trouble(result)["detail"]


def test_a_wrong_setting_is_told_so(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERYAO_FLUSH_MS", "often")

    told = trouble(run(runner, "audit --json"))

    assert told["code"] == Cause.SETTINGS_WRONG
    assert "ERYAO_FLUSH_MS" in told["detail"]


def test_a_warning_is_json_too(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERYAO_FLUHS_MS", "5")

    result = run(runner, "audit --json")

    assert "ERYAO_FLUHS_MS" in json.loads(result.stderr)["warning"]


def test_without_json_people_get_a_sentence(runner: CliRunner) -> None:
    result = run(runner, "notify --title a --body b")

    assert result.stderr.startswith("Error: Say whom to tell")
    assert result.exit_code == 1


def test_the_version_is_told() -> None:
    assert run(CliRunner(), "--version").stdout.startswith("eryao, version ")
