"""What the log says, and what it never says."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from types import TracebackType
from typing import Any

import pytest

from runtime import log

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def _record(exc: BaseException | None = None, **extra: object) -> logging.LogRecord:
    info: Any = (type(exc), exc, exc.__traceback__) if exc else None
    record = logging.LogRecord("a.b", logging.INFO, "f.py", 1, "it %s", ("works",), info)
    record.__dict__.update(extra)
    return record


def _line(record: logging.LogRecord, *, texts: bool = False) -> dict[str, Any]:
    line = log.JsonFormatter(texts=texts).format(record)
    assert "\n" not in line
    return dict(json.loads(line))


def test_a_record_is_one_line_of_json() -> None:
    line = _line(_record(status=200))

    assert line["message"] == "it works"
    assert line["level"] == "INFO"
    assert line["status"] == 200
    assert line["time"].endswith("Z")


def test_fields_that_are_not_allowed_are_dropped() -> None:
    line = _line(_record(token="CANARY", text="CANARY", email="CANARY"))

    assert "CANARY" not in json.dumps(line)


def test_the_request_and_the_run_are_named_where_they_are_known() -> None:
    log.request_id.set("r-1")
    log.run_id.set("run-1")
    try:
        line = _line(_record())
    finally:
        log.request_id.set(None)
        log.run_id.set(None)

    assert (line["request_id"], line["run_id"]) == ("r-1", "run-1")
    assert "request_id" not in _line(_record())


def _fail() -> None:
    try:
        int("CANARY")
    except ValueError as exc:
        raise ExceptionGroup("CANARY", [exc, KeyError("CANARY")]) from exc


def _caught() -> BaseException:
    try:
        _fail()
    except ExceptionGroup as exc:
        return exc
    raise AssertionError


def test_an_exception_shows_types_and_frames_but_not_its_text() -> None:
    """Its text may quote what a user sent: int("…") does, and so does every KeyError."""
    exception = _line(_record(_caught()))["exception"]

    assert "in _fail" in exception
    assert "ExceptionGroup" in exception
    assert "KeyError" in exception
    assert "which led to" in exception
    assert "CANARY" not in exception.replace('int("CANARY")', "").replace(
        'KeyError("CANARY")', ""
    ).replace('ExceptionGroup("CANARY"', "")


def test_at_debug_the_texts_are_shown_too() -> None:
    assert "builtins.KeyError: 'CANARY'" in _line(_record(_caught()), texts=True)["exception"]


def test_a_person_reads_a_line_with_the_same_fields() -> None:
    text = log.HumanFormatter().format(_record(_caught(), status=200, token="CANARY-2"))

    assert "it works status=200" in text
    assert "KeyError" in text
    assert "CANARY-2" not in text
    assert "\n" not in log.HumanFormatter().format(_record())


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("restored")
def test_configure_writes_json_to_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)

    log.configure("INFO")
    logging.getLogger("x").info("hello")
    logging.getLogger("x").debug("quiet")
    logging.getLogger("httpx2").info("GET https://example.com/?token=CANARY")

    assert [json.loads(line)["message"] for line in written.getvalue().splitlines()] == ["hello"]
