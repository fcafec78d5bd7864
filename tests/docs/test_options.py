"""Every `eryao …` on the pages is what its own parser takes."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from tests.docs.pages import PAGES, blocks, spans
from tests.support.commands import check, commands

_CALL = re.compile(r"(?:^|[\s(\"])(?:\.venv/bin/)?eryao ((?:[^|)#\n`]|\\\n)+)")
# Words for whatever stands there.
PLACEHOLDERS = {"COMMAND", "…"}


def _calls() -> Iterator[tuple[str, str]]:
    for page, span in spans():
        if span.startswith("eryao ") or ".venv/bin/eryao " in span:
            yield page, span.partition("eryao ")[2]
    for block in blocks():
        for found in _CALL.findall(block.text):
            yield block.name, found


def _wrong(call: str) -> str:
    words = [word.rstrip(";") for word in shlex.split(call.replace("\\\n", " "))]
    if PLACEHOLDERS & {*words} or words[0].startswith("<"):
        return ""
    try:
        check(words)
    except click.MissingParameter:
        return ""  # a sentence may name a command without all that it needs
    except click.exceptions.Exit:
        return ""
    except click.UsageError as wrong:
        return wrong.format_message()
    return ""


def test_what_the_pages_call_with_is_taken() -> None:
    calls = list(_calls())

    assert len(calls) > 15
    assert {(page, call, wrong) for page, call in calls if (wrong := _wrong(call))} == set()


@pytest.mark.parametrize(
    "call",
    ["ask --rezume", "completion tcsh", "points grant --amount 0", "payments rewiew", "serve now"],
)
def test_what_no_parser_takes_is_found_out(call: str) -> None:
    assert _wrong(call)


def test_the_page_of_commands_has_every_command() -> None:
    (page,) = (page.read_text() for page in PAGES if page.name == "commands.md")
    groups = {name.partition(" ")[0] for name, _ in commands()}

    assert {group for group in groups if f"| `eryao {group}" not in page} == set()
