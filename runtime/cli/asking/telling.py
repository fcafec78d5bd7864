"""What a run's events look like in a terminal."""

from collections.abc import Callable
from typing import Any, Protocol

import click

from runtime.cli.asking.answers import Nonsense, harmless, line_of
from runtime.cli.asking.chart import chart_in

Event = dict[str, Any]
BOLD, PLAIN = "\x1b[1m", "\x1b[22m"


class Teller(Protocol):
    """Who is told what happens."""

    def event(self, event: Event) -> None: ...

    def lost(self, begun: bool) -> None: ...  # noqa: FBT001 - said by position


class JsonTeller:
    """Each event as one line, for programs."""

    def event(self, event: Event) -> None:
        click.echo(line_of(event))

    def lost(self, begun: bool) -> None:  # noqa: FBT001
        return


class Emphasis:
    """Turns **marks** into bold while the text is still coming, a mark cut in two included."""

    def __init__(self) -> None:
        self._held = ""
        self._bold = False

    def fed(self, delta: str) -> str:
        text = self._held + delta
        self._held = "*" if text.endswith("*") and not text.endswith("**") else ""
        first, *others = text.removesuffix(self._held).split("**")
        return first + "".join(self._turn() + part for part in others)

    def _turn(self) -> str:
        self._bold = not self._bold
        return BOLD if self._bold else PLAIN


class PlainTeller:
    """The chart once, then the words as they come."""

    def __init__(self, locale: str) -> None:
        self._locale = locale
        self._emphasis = Emphasis()
        self._in_text = False
        self._chart_shown = False
        self._calls: dict[str, str] = {}

    def event(self, event: Event) -> None:
        kind = event["type"]
        if kind == "TEXT_MESSAGE_CONTENT":
            self._in_text = True
            click.echo(self._emphasis.fed(harmless(event["delta"])), nl=False)
            return
        self._end_text()
        if tell := _TELLERS.get(kind):
            tell(self, event)

    def lost(self, begun: bool) -> None:  # noqa: FBT001
        self._end_text()
        lost = "The connection was lost; going on where it was."
        _aside(lost if begun else "No answer yet; trying again.")

    def _end_text(self) -> None:
        if self._in_text:
            click.echo()
            self._in_text = False

    def _state(self, event: Event) -> None:
        if "snapshot" in event:
            derived = event["snapshot"].get("divination_derived")
        else:
            chart = (op for op in event["delta"] if op["path"] == "/divination_derived")
            derived = next((operation.get("value") for operation in chart), None)
        if derived and not self._chart_shown:  # it is restated before every pause
            self._chart_shown = True
            click.echo(_chart(self._locale, derived) + "\n")

    def _call(self, event: Event) -> None:
        self._calls[event["toolCallId"]] = event["toolCallName"]

    def _result(self, event: Event) -> None:
        name = self._calls.get(event["toolCallId"], "tool")
        _aside(f"{name}: {event['metadata']['eryao']['toolState']}")

    def _error(self, event: Event) -> None:
        click.secho(harmless(f"{event['message']} ({event['code']})"), fg="red", err=True)
        _aside("The points are back.")

    def _finished(self, event: Event) -> None:
        if event["outcome"]["type"] == "cancelled":
            _aside("The reading was called off.")


def _chart(locale: str, derived: Event) -> str:
    try:
        return harmless(chart_in(locale, derived))
    except (LookupError, TypeError, ValueError, AttributeError):
        raise Nonsense("a chart that is none") from None


def _aside(text: str) -> None:
    click.secho(harmless(text), dim=True, err=True)


_TELLERS: dict[str, Callable[[PlainTeller, Event], None]] = {
    "STATE_DELTA": PlainTeller._state,
    "STATE_SNAPSHOT": PlainTeller._state,
    "TOOL_CALL_START": PlainTeller._call,
    "TOOL_CALL_RESULT": PlainTeller._result,
    "RUN_ERROR": PlainTeller._error,
    "RUN_FINISHED": PlainTeller._finished,
}
