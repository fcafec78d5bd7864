"""Logging: one JSON line for each record, or a readable one on a terminal; never what users say."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from runtime.clock import rfc3339

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
run_id: ContextVar[str | None] = ContextVar("run_id", default=None)

# What may be said besides the message. Texts, tokens, addresses and keys are not among them, so
# an `extra=` that carries one by mistake is dropped instead of written.
FIELDS = (
    *("request_id", "run_id", "session_id", "user_id", "tool_call_id", "event_id"),
    *("method", "route", "status", "ms", "code", "ending", "attempt", "count", "seconds"),
    *("worker", "backend", "model", "tool", "reason", "amount", "port", "signal"),
)
_LONGEST = 500
# One encoder for all: json.dumps with options makes a new one for each line.
_encoded = json.JSONEncoder(default=str).encode
# These say too much at INFO: requests with their URLs, statements with their values.
_QUIET = ("httpx2", "httpcore2", "openai", "sqlalchemy", "uvicorn.access", "asyncio", "alembic")


def configure(level: str) -> None:
    """Send all logging to stderr, as JSON unless a person is looking."""
    handler = logging.StreamHandler(sys.stderr)
    texts = level == "DEBUG"
    human = sys.stderr.isatty()
    handler.setFormatter(HumanFormatter(texts=texts) if human else JsonFormatter(texts=texts))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    _spare_what_no_line_tells()
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _spare_what_no_line_tells() -> None:
    """Threads, processes and places in the code, which cost more than the rest of a record."""
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None


class JsonFormatter(logging.Formatter):
    """One line of JSON; only allowed fields."""

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(_fields(record))
        if record.exc_info and record.exc_info[1]:
            line["exception"] = described(record.exc_info[1], texts=self._texts)
        return _encoded(line)


class HumanFormatter(JsonFormatter):
    """The same for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S.%f")
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{when[:-3]} {record.levelname:<7} {record.getMessage()}{fields}"
        if record.exc_info and record.exc_info[1]:
            line += "\n" + described(record.exc_info[1], texts=self._texts)
        return line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    given = record.__dict__
    fields: dict[str, object] = {"request_id": request_id.get(), "run_id": run_id.get()}
    fields |= {name: _short(given[name]) for name in FIELDS if name in given}
    return {name: value for name, value in fields.items() if value is not None}


def _short(value: object) -> object:
    return value[:_LONGEST] if isinstance(value, str) else value


def described(exc: BaseException, *, texts: bool) -> str:
    """Types and frames of an exception and its causes; the texts, which may quote users, apart."""
    return "\n".join(_described(exc, exc.__traceback__, texts=texts))


def _described(exc: BaseException, trace: TracebackType | None, *, texts: bool) -> Iterator[str]:
    cause = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    if cause is not None:
        yield from _described(cause, cause.__traceback__, texts=texts)
        yield "which led to:"
    yield "".join(traceback.format_tb(trace)).rstrip()
    name = f"{type(exc).__module__}.{type(exc).__qualname__}"
    yield f"{name}: {exc}" if texts else name
    if isinstance(exc, BaseExceptionGroup):
        for member in exc.exceptions:
            yield f"in the group, {_indented(member, texts=texts)}"


def _indented(exc: BaseException, *, texts: bool) -> str:
    return described(exc, texts=texts).replace("\n", "\n  ")
