"""`eryao ask`: cast, and read in the terminal."""

import os
import sys
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import click

from runtime.cli.asking.client import Client
from runtime.cli.asking.local import server_of
from runtime.cli.asking.talk import Talk, plain_troubles
from runtime.cli.asking.telling import JsonTeller, PlainTeller, Teller
from runtime.cli.endings import Trouble
from runtime.cli.plain import plainly, prepared
from tools.liuyao.casting import throw_coins
from tools.liuyao.vocabulary import Category

Event = dict[str, Any]
LOCALES = ("zh-Hans", "zh-Hant", "en")
TRADITIONAL = ("zh_TW", "zh_HK", "zh_MO", "zh-Hant")
KEPT = "asked.json"
EMAIL = "me@example.com"
# What the server calls by another name than whoever typed it.
OPTIONS = {
    "question": "your question",
    "content": "your question",
    **{name: f"--{name}" for name in ("category", "lines", "locale", "timezone")},
}


class Lines(click.ParamType[list[int]]):
    """Six lines, the lowest first: 7,8,9,7,7,6."""

    name = "lines"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[int]:
        if isinstance(value, list):
            return value
        lines = [int(part) for part in str(value).split(",") if part.strip() in {*"6789"}]
        if len(lines) != 6 or str(value).count(",") != 5:
            self.fail("six of 6, 7, 8 and 9, the lowest line first, such as 7,8,9,7,7,6")
        return lines


class Address(click.ParamType[str]):
    """Where a server is: http://127.0.0.1:8000."""

    name = "address"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        if not _is_address(value):
            self.fail(f"{value!r} is no address of a server, such as http://127.0.0.1:8000")
        return str(value)


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        found = urlsplit(text)
        return found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    return False


def own_locale() -> str:
    """The language of this terminal, as far as readings have it."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    if spoken.startswith(TRADITIONAL):
        return "zh-Hant"
    return "zh-Hans" if spoken.startswith("zh") else "en"


def own_zone() -> str:
    """The time zone of this machine, by its name."""
    _, _, name = os.path.realpath("/etc/localtime").partition("/zoneinfo/")
    return os.environ.get("TZ") or name or "UTC"


@click.command()
@click.argument("question", required=False)
@click.option("--resume", is_flag=True, help="Go on with the reading that was cut off.")
@click.option("--follow-up", is_flag=True, help="Ask within the last reading's session.")
@click.option("--category", type=click.Choice([c.value for c in Category]), default="general")
@click.option("--lines", type=Lines(), help="Your own throw, the lowest line first: 7,8,9,7,7,6.")
@click.option(
    "--locale", type=click.Choice(LOCALES), default=own_locale, help="The reading's language."
)
@click.option("--timezone", default=own_zone, help="The zone of the clock where the coins fell.")
@click.option("--server", type=Address(), help="Another server's address; yours by default.")
@click.option("--token", envvar="ERYAO_TOKEN", help="An access token for that server.")
@click.option("--email", default=EMAIL, help="Who asks, on your own server.")
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of JSON.")
@plainly
def ask(*, question: str | None, as_json: bool, resume: bool, **told: Any) -> None:
    """Throw three coins for QUESTION and stream the reading."""
    settings = prepared()
    teller: Teller = JsonTeller() if as_json else PlainTeller(told["locale"])
    with ExitStack() as held:
        server = told["server"] or held.enter_context(server_of(settings))
        client = held.enter_context(closing(Client(server, _token(told))))
        held.enter_context(plain_troubles(client, OPTIONS))
        talk = Talk(client, teller, settings.data_dir / KEPT, asks=not as_json)
        if resume:
            talk.go_on()
        else:
            asked = _question(question)
            talk.ask(asked, None if told["follow_up"] else _cast(asked, told))


def _token(told: dict[str, Any]) -> str:
    if told["server"] and not told["token"]:
        raise Trouble("Another server needs --token, or ERYAO_TOKEN.")
    if told["token"]:
        return str(told["token"])
    # Imported here: whoever brings a token needs no part of a server.
    from runtime.cli.asking.minting import own_token  # noqa: PLC0415

    return own_token(told["email"])


def _question(given: str | None) -> str:
    question = given or (click.prompt("Your question", err=True) if sys.stdin.isatty() else "")
    if not question:
        raise Trouble('Say what you want to know: eryao ask "Will the move go well?"')
    return question


def _cast(question: str, told: dict[str, Any]) -> Event:
    cast: Event = {
        "question": question,
        "category": told["category"],
        "castAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "timezone": told["timezone"],
        "locale": told["locale"],
    }
    if told["lines"]:
        cast |= {"method": "manual", "lines": told["lines"]}
    else:
        throw = throw_coins()
        cast |= {"method": "coins", "lines": [*throw.lines], "coins": [*map(list, throw.coins)]}
    return cast
