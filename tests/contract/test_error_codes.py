"""The registry and the code agree: what is registered is raised, or waits for its call."""

import re
from pathlib import Path

from runtime.errors import Code

ROOT = Path(__file__).parents[2]
PENDING = Path(__file__).with_name("pending_codes.txt")
_USED = re.compile(r"\bCode\.([A-Z][A-Z_]+)\b")
# Where codes are listed or described rather than raised.
_TABLES = {"runtime/errors.py", "runtime/error_texts.py"}


def _raised() -> set[str]:
    files = (ROOT / "runtime").rglob("*.py")
    texts = [path.read_text() for path in files if path.relative_to(ROOT).as_posix() not in _TABLES]
    return {name for text in texts for name in _USED.findall(text)}


def _pending() -> set[str]:
    lines = PENDING.read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_every_registered_code_is_raised_or_pending() -> None:
    assert {code.name for code in Code} - _raised() - _pending() == set()


def test_no_pending_code_is_raised_already() -> None:
    """What is done leaves the list, so that the list can become empty."""
    assert _pending() & _raised() == set()


def test_every_pending_code_is_registered() -> None:
    assert _pending() <= {code.name for code in Code}
