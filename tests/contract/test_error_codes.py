"""The registry and the code agree: what is registered is raised, or waits for its call."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from runtime.errors import Code

ROOT = Path(__file__).parents[2]
PENDING = Path(__file__).with_name("pending_codes.txt")
# Where codes are listed or described rather than raised.
_TABLES = {"runtime/errors.py", "runtime/error_texts.py"}


@cache
def _raised() -> set[str]:
    """Codes in the code itself: not in the registry, and not in a call's declaration."""
    files = (ROOT / "runtime").rglob("*.py")
    trees = [
        ast.parse(path.read_text())
        for path in files
        if path.relative_to(ROOT).as_posix() not in _TABLES
    ]
    return {name for tree in trees for name in _codes(tree)}


def _codes(node: ast.AST) -> Iterator[str]:
    if _declares(node):
        return
    match node:
        case ast.Attribute(value=ast.Name(id="Code"), attr=name):
            yield name
    for child in ast.iter_child_nodes(node):
        yield from _codes(child)


def _declares(node: ast.AST) -> bool:
    match node:
        case ast.FunctionDef(name="operations" | "refuses"):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.endswith("_PROBLEMS")
    return False


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
