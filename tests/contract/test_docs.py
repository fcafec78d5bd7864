"""What the pages name exists."""

import re
from pathlib import Path

from runtime.cli import main
from runtime.cli.endings import Cause
from runtime.errors import Code
from runtime.settings import Settings, variable

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
_VARIABLE = re.compile(r"\bERYAO_[A-Z_]+\b")
_CODE = re.compile(r"`(?!ERYAO_)([A-Z]+(?:_[A-Z]+)+)`")
_COMMAND = re.compile(r"`(?:eryao) ([a-z]+)")
_SCRIPT = re.compile(r"`?(scripts/[a-z-]+)\b(?!/)")
_FILE = re.compile(r"`((?:runtime|tools|storage|tests|docs)/[\w./-]+)`")
# Read outside the settings, by the crash tests alone.
NO_SETTINGS = {"ERYAO_CRASH_POINT", "ERYAO_FREEZE_POINT"}
# Event types, and states that travel inside them, look like codes.
EVENTS = re.compile(
    r"(RUN|TEXT_MESSAGE|TOOL_CALL|STATE|MESSAGES|ACTIVITY|REASONING)_[A-Z_]+|TOOL_[A-Z]+"
)


def _texts() -> list[tuple[str, str]]:
    return [(page.name, page.read_text()) for page in PAGES]


def test_every_setting_that_a_page_names_exists() -> None:
    known = {variable(field) for field in Settings.model_fields} | NO_SETTINGS
    named = {(page, name) for page, text in _texts() for name in _VARIABLE.findall(text)}

    assert {found for found in named if found[1] not in known} == set()


def test_every_code_that_a_page_names_is_registered() -> None:
    known = {code.name for code in Code} | {cause.name for cause in Cause}
    named = {(page, name) for page, text in _texts() for name in _CODE.findall(text)}
    strangers = {found for found in named if found[1] not in known}

    assert {found for found in strangers if not EVENTS.fullmatch(found[1])} == set()


def test_every_command_and_script_that_a_page_names_exists() -> None:
    commands = {(page, name) for page, text in _texts() for name in _COMMAND.findall(text)}
    scripts = {(page, name) for page, text in _texts() for name in _SCRIPT.findall(text)}

    assert {found for found in commands if found[1] not in main.commands} == set()
    assert {found for found in scripts if not (ROOT / found[1]).exists()} == set()


def test_every_file_that_a_page_names_exists() -> None:
    named = {(page, name) for page, text in _texts() for name in _FILE.findall(text)}

    assert {found for found in named if not (ROOT / found[1]).exists()} == set()
