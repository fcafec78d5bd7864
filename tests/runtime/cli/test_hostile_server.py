"""`eryao ask` against a server that is broken, or means harm."""

import gzip
import json
import logging
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runtime.cli import main
from runtime.cli.asking.client import Client, Place, Unreachable
from runtime.cli.asking.talk import NO_SENSE
from tests.support.hostile import STREAM, HostileServer, answer, stream

HARM = "\x1b]0;PWNED\x07\x1b[2J\x1b[8m\x9b2J\x7f\u202e\r\ud800hidden"
STARTED = {"type": "RUN_STARTED", "threadId": "a", "runId": "b"}
DONE = {"type": "RUN_FINISHED", "outcome": {"type": "success"}}
PAUSED = {"type": "RUN_FINISHED", "outcome": {"type": "interrupt"}}


def text(delta: Any) -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": delta}


def state(derived: Any) -> dict[str, Any]:
    return {"type": "STATE_SNAPSHOT", "snapshot": {"divination_derived": derived}}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A terminal; the logging that a command sets up is taken down again."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    monkeypatch.chdir(tmp_path)
    yield CliRunner(env={"ERYAO_DATA_DIR": str(tmp_path)})
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def asked(runner: CliRunner, server: HostileServer, *more: str) -> Result:
    where = ["--server", server.url, "--token", "t", "--locale", "en"]
    result = runner.invoke(main, ["ask", "why", *where, *more], color=True)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


HARMFUL = [
    stream(STARTED, text(HARM), DONE),
    stream(STARTED, {"type": "RUN_ERROR", "message": HARM, "code": HARM}),
    stream(
        STARTED,
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": HARM},
        {
            "type": "TOOL_CALL_RESULT",
            "toolCallId": "c",
            "metadata": {"eryao": {"toolState": HARM}},
        },
        DONE,
    ),
    answer("422 No", {"code": HARM, "detail": HARM}),
    answer("422 No", {"errors": [{"pointer": f"/{HARM}", "message": HARM}]}),
]


@pytest.mark.parametrize("said", HARMFUL)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_nothing_that_a_terminal_would_obey_reaches_it(
    runner: CliRunner, said: bytes, more: tuple[str, ...]
) -> None:
    with HostileServer(said) as server:
        result = asked(runner, server, *more)

    shown = result.stdout + result.stderr
    assert "hidden" in shown
    assert not {"\x07", "\x9b", "\x7f", "\u202e", "\r", "\ud800"} & {*shown}
    assert not any(harm in shown for harm in ("\x1b]", "\x1b[2J", "\x1b[8m"))


def test_lines_and_tabs_of_a_reading_stay(runner: CliRunner) -> None:
    with HostileServer(stream(STARTED, text("a\n\tb 乾 👩‍🚀"), DONE)) as server:
        result = asked(runner, server)

    assert result.stdout == "a\n\tb 乾 👩‍🚀\n"


def test_for_programs_what_would_harm_is_spelled_out_and_not_lost(runner: CliRunner) -> None:
    with HostileServer(stream(text(HARM), DONE)) as server:
        result = asked(runner, server, "--json")

    assert json.loads(result.stdout.splitlines()[0])["delta"] == HARM


NONSENSE = {
    "204": answer("204 No Content", b""),
    "redirect": answer("302 Found", b"", "Location: http://127.0.0.1:9/x", "Content-Length: 0"),
    "html": answer("200 OK", b"<html>login", "Content-Type: text/html"),
    "no JSON": stream(b"{nope"),
    "a list": stream([1]),
    "a number": stream(5),
    "deep": stream(b"[" * 200_000),
    "deep within": stream(b'{"type": "X", "x": ' + b'{"x":' * 100_000),
    "no type": stream({"x": 1}),
    "a type that is a list": stream({"type": []}),
    "no delta": stream(STARTED, {"type": "TEXT_MESSAGE_CONTENT"}),
    "a delta that is a number": stream(STARTED, text(5), DONE),
    "no outcome": stream(STARTED, {"type": "RUN_FINISHED"}),
    "an error without words": stream(STARTED, {"type": "RUN_ERROR"}),
    "a call without a name": stream({"type": "TOOL_CALL_START", "toolCallId": "c"}),
    "a result without a state": stream({"type": "TOOL_CALL_RESULT", "toolCallId": "c"}),
    "no chart": stream(STARTED, state({"a": 1}), DONE),
    "a chart that is a text": stream(STARTED, state("chart"), DONE),
    "changes that are a number": stream(STARTED, {"type": "STATE_DELTA", "delta": 5}, DONE),
    "an id that no header takes": stream(STARTED, ids="t-é\x00"),
    "no UTF-8": stream(b'{"type": "X", "x": "\xff"}'),
    "a problem that is a list": answer("422 No", [1]),
    "errors that are numbers": answer("422 No", {"errors": [5]}),
    "a detail that is a number": answer("422 No", {"detail": 5}),
    "packed": answer(
        "200 OK",
        gzip.compress(b"data: " + b"x" * 9_000_000),
        "Content-Type: text/event-stream",
        "Content-Encoding: gzip",
    ),
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE.keys())
def test_what_makes_no_sense_ends_with_one_sentence(runner: CliRunner, said: bytes) -> None:
    with HostileServer(said) as server:
        result = asked(runner, server)

    assert result.exit_code == 1
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith(f"Error: {NO_SENSE}: ")


@pytest.mark.parametrize("said", [STREAM + b"data: ", answer("422 No", b"{")])
def test_what_does_not_end_is_not_waited_for(runner: CliRunner, said: bytes) -> None:
    with HostileServer(said, flood=repeat(b"x" * 100_000, 15_000)) as server:
        result = asked(runner, server)

    assert result.exit_code == 1
    assert "that does not end" in result.stderr


def test_nothing_said_again_and_again_is_borne_for_a_while() -> None:
    with HostileServer(answer("200 OK", b"", "Content-Type: text/event-stream")) as server:
        client = Client(server.url, "t", patience=0.3)
        place = Place(server.url, "a", "b")
        with pytest.raises(Unreachable, match="does not answer: it hangs up"):
            [*client.start({}, place, lambda _: None)]
        client.close()

    assert server.asked > 1


def test_an_approval_that_somebody_else_gave_is_told(runner: CliRunner) -> None:
    with HostileServer(stream(STARTED, PAUSED)) as server:
        result = asked(runner, server)

    assert (
        result.stderr == "Error: Somebody else has decided about it; the reading goes on there.\n"
    )


@pytest.mark.parametrize("call", [5, {}, {"toolCallId": "a b", "state": "waiting"}])
def test_waiting_calls_that_make_no_sense_are_told(runner: CliRunner, call: Any) -> None:
    with HostileServer(stream(STARTED, PAUSED), calls=[call]) as server:
        result = asked(runner, server)

    assert result.exit_code == 1
    assert NO_SENSE in result.stderr
