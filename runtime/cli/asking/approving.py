"""Asks the user what a tool wants to be allowed, in the terminal."""

import json
from collections.abc import Sequence
from typing import Any

import click

from runtime.cli.asking.answers import harmless

Event = dict[str, Any]
CHOICES = click.Choice(["y", "n", "e"])


def decision_on(interrupt: Event, arguments: Event) -> Event:
    """The answer as the decision call takes it; edited arguments are checked by the server."""
    message = harmless(interrupt.get("message", "A tool asks to be allowed."))
    click.secho(message, bold=True, err=True)
    for name, value in arguments.items():
        click.echo(harmless(f"  {name}: {json.dumps(value, ensure_ascii=False)}"), err=True)
    match click.prompt("Allow it? [y]es, [n]o, [e]dit", type=CHOICES, show_choices=False, err=True):
        case "y":
            return {"decision": "approve"}
        case "e":
            return {"decision": "approve", "editedArgs": _edited(arguments)}
        case _:
            return {"decision": "reject"}


def tell_faults(faults: Sequence[tuple[str, str]]) -> None:
    """What was wrong with the values that were typed, before they are asked for again."""
    for name, message in faults:
        click.secho(f"  {name}: {message}", fg="red", err=True)


def _edited(arguments: Event) -> Event:
    """Each value asked anew; text is taken as it is, anything else as JSON."""
    return {name: _asked(name, value) for name, value in arguments.items()}


def _asked(name: str, value: Any) -> Any:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    given = click.prompt(harmless(f"  {name}"), default=harmless(shown), err=True)
    if isinstance(value, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        click.echo("  That is no JSON value.", err=True)
        return _asked(name, value)
