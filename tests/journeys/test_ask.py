"""A reading in the terminal: `eryao ask`."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.cli.asking.client import PATIENCE_SECONDS
from tests.support.api import Api
from tests.support.cutting import CuttingProxy
from tests.support.server import ERYAO, FOLDER, ServerProcess, ended

SAVE = 'say 3; call save_reading {"title":"A move"}; say 2'


class Terminal:
    """Where a person types `eryao ask`."""

    def __init__(self, folder: Path, server: str, token: str) -> None:
        self._folder = folder
        self._where = ["--server", server, "--token", token]

    def ask(self, *args: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"ERYAO_DATA_DIR": str(self._folder), "LANG": "en_GB.UTF-8"}
        return ended(["ask", *args, *self._where], environment, typed=typed)

    def events(self, *args: str) -> list[dict[str, Any]]:
        asked = self.ask(*args, "--json")
        assert asked.returncode == 0, asked.stderr
        return [json.loads(line) for line in asked.stdout.splitlines()]


@pytest.fixture
def terminal(tmp_path: Path, ann: Api) -> Terminal:
    return Terminal(tmp_path, ann.url, ann.token)


def words(events: list[dict[str, Any]]) -> str:
    return "".join(e["delta"] for e in events if e["type"] == "TEXT_MESSAGE_CONTENT")


def test_a_question_is_cast_and_read_in_the_terminal(terminal: Terminal) -> None:
    asked = terminal.ask("say 3", "--lines", "7,8,9,7,7,6")

    assert asked.returncode == 0, asked.stderr
    figures, *others = asked.stdout.splitlines()
    assert figures == "䷰ 49 Gé (革), changing to ䷘ 25 Wú Wàng (无妄)"
    assert not re.search("[\u4e00-\u9fff]", "".join(others)), "an English chart is in English"
    assert asked.stdout.rstrip().endswith("word00000 word00001 word00002")


def test_a_chart_for_readers_of_chinese_is_in_the_terms_of_the_art(terminal: Terminal) -> None:
    asked = terminal.ask("say 3", "--lines", "7,8,9,7,7,6", "--locale", "zh-Hans")

    assert "本卦：" in asked.stdout
    assert "变卦：" in asked.stdout


def test_thrown_coins_make_the_cast(terminal: Terminal, ann: Api) -> None:
    started = terminal.events("say 1")[0]

    cast = ann.session(started["threadId"])["divination_derived"]["cast"]
    assert cast["method"] == "coins"


def test_a_stream_that_is_cut_twice_loses_and_doubles_no_word(tmp_path: Path, ann: Api) -> None:
    with CuttingProxy(ann.url, cuts=[6_000, 900]) as proxy:
        terminal = Terminal(tmp_path, proxy.url, ann.token)
        events = terminal.events("say 40")

    assert proxy.cut == 2
    run_id, thread_id = events[0]["runId"], events[0]["threadId"]
    told = [m["content"] for m in ann.session(thread_id)["messages"] if m["role"] == "assistant"]
    assert [words(events)] == told
    assert ann.run(run_id)["status"] == "succeeded"


def test_a_tool_is_allowed_at_the_prompt_with_edits(terminal: Terminal, ann: Api) -> None:
    asked = terminal.ask(SAVE, typed="e\nAnother title\n")

    assert asked.returncode == 0, asked.stderr
    assert "save_reading: completed" in asked.stderr
    assert asked.stdout.count("Focus: ") == 1
    assert ann.get("/readings").json()["items"][0]["title"] == "Another title"


def test_a_tool_that_is_refused_at_the_prompt_does_nothing(terminal: Terminal, ann: Api) -> None:
    asked = terminal.ask(SAVE, typed="n\n")

    assert asked.returncode == 0, asked.stderr
    assert "save_reading: rejected" in asked.stderr
    assert ann.get("/readings").json()["items"] == []


def test_an_approval_left_open_is_asked_again_on_resume(terminal: Terminal, ann: Api) -> None:
    assert terminal.ask(SAVE).returncode == 1, "nobody answered the prompt"

    resumed = terminal.ask("--resume", typed="y\n")

    assert resumed.returncode == 0, resumed.stderr
    assert len(ann.get("/readings").json()["items"]) == 1
    again = terminal.ask("--resume")
    assert "you have seen all of it" in again.stderr


def test_a_follow_up_is_asked_in_the_same_session(terminal: Terminal, ann: Api) -> None:
    first = terminal.events("say 2")

    second = terminal.events("say 1", "--follow-up")

    assert second[0]["threadId"] == first[0]["threadId"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "Say what you want to know"),
        (("--resume",), "Nothing was asked from here yet"),
        (("why", "--lines", "7,8"), "six of 6, 7, 8 and 9"),
        (("why", "--timezone", "Mars/Base"), "Error: --timezone: "),
        (("y" * 600,), "Error: your question: "),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(
    terminal: Terminal, args: tuple[str, ...], said: str
) -> None:
    asked = terminal.ask(*args)

    assert asked.returncode != 0
    assert said in asked.stderr
    assert "Traceback" not in asked.stderr
    assert "/forwardedProps" not in asked.stderr


def test_arguments_that_no_tool_takes_are_asked_for_again(terminal: Terminal, ann: Api) -> None:
    asked = terminal.ask(SAVE, typed=f"e\n{'long' * 100}\ne\nShort\n")

    assert asked.returncode == 0, asked.stderr
    assert "  title: " in asked.stderr
    assert "editedArgs" not in asked.stderr
    assert ann.get("/readings").json()["items"][0]["title"] == "Short"


def test_where_no_server_is_one_sentence_says_so_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = f"http://127.0.0.1:{taken.getsockname()[1]}"

    began = time.monotonic()
    asked = Terminal(tmp_path, free, "t").ask("why")

    assert time.monotonic() - began < PATIENCE_SECONDS / 2
    assert asked.returncode == 1
    (sentence,) = asked.stderr.splitlines()
    assert f"Nothing answers at {free}." in sentence
    assert "--server" in sentence


def test_a_server_that_hangs_up_before_its_first_word_has_lost_nothing(
    tmp_path: Path, ann: Api
) -> None:
    with CuttingProxy(ann.url, cuts=[1]) as proxy:
        asked = Terminal(tmp_path, proxy.url, ann.token).ask("say 2")

    assert asked.returncode == 0, asked.stderr
    assert "No answer yet; trying again." in asked.stderr
    assert "lost" not in asked.stderr


@pytest.mark.parametrize("address", ["nonsense", "http://", "ftp://x.de", "http://x.de:99999"])
def test_an_address_that_is_none_is_told_what_one_looks_like(tmp_path: Path, address: str) -> None:
    asked = Terminal(tmp_path, address, "t").ask("why")

    assert asked.returncode == 2
    assert "such as http://127.0.0.1:8000" in asked.stderr


@contextmanager
def asking(tmp_path: Path, ann: Api, *args: str) -> Iterator["subprocess.Popen[str]"]:
    """Somebody's terminal once the first line is there; the reading is called off afterwards."""
    where = ["--server", ann.url, "--token", ann.token]
    with subprocess.Popen(
        [ERYAO, "ask", "say 900 pace 20", *where, *args],
        env=os.environ | {"ERYAO_DATA_DIR": str(tmp_path), "LANG": "en_GB.UTF-8"},
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As at a terminal: where the tests run in the background, children ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield process
    ann.cancel(json.loads((tmp_path / "asked.json").read_text())["run_id"])


def test_ctrl_c_is_no_error_and_says_what_goes_on(tmp_path: Path, ann: Api) -> None:
    with asking(tmp_path, ann) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert said.strip() == "The reading goes on without you: eryao ask --resume"


@pytest.mark.parametrize("args", [(), ("--json",)])
def test_a_reader_that_leaves_is_no_error(tmp_path: Path, ann: Api, args: tuple[str, ...]) -> None:
    with asking(tmp_path, ann, *args) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()

    assert said == ""
    assert process.returncode == 141


def test_without_a_server_it_runs_its_own_on_the_data_folder(data_dir: Path) -> None:
    environment = os.environ | {"ERYAO_DATA_DIR": str(data_dir), "ERYAO_MODEL_URL": "scripted:"}

    asked = ended(["ask", "say 3"], environment)

    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.rstrip().endswith("word00000 word00001 word00002")


def test_it_asks_the_server_that_runs_on_the_data_folder(server: ServerProcess) -> None:
    environment = server.environment({"PORT": server.url.rpartition(":")[2]})

    asked = ended(["ask", "say 2"], environment)

    assert asked.returncode == 0, asked.stderr
