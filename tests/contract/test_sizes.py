"""Files that fit in the head."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
FILE_LINES = 300
LONG_FILES = {
    "runtime/errors.py": 500,
    "runtime/parts.py": 500,
    "storage/sql/schema.py": 700,
}
FUNCTION_LINES = 40
# A table in the shape of a function: one entry a call, no logic.
DECLARATIONS = {"operations", "build"}


def _sources() -> Iterator[Path]:
    for folder in ("runtime", "tools", "storage"):
        for path in (ROOT / folder).rglob("*.py"):
            if "versions" not in path.parts:
                yield path


def _functions() -> Iterator[tuple[str, str, int]]:
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield path.name, node.name, node.end_lineno - node.lineno + 1


def test_no_file_outgrows_a_head() -> None:
    long = {}
    for path in _sources():
        name = path.relative_to(ROOT).as_posix()
        lines = len(path.read_text().splitlines())
        if lines > LONG_FILES.get(name, FILE_LINES):
            long[name] = lines

    assert long == {}


def test_no_function_outgrows_a_screen() -> None:
    long = [
        found
        for found in _functions()
        if found[2] > FUNCTION_LINES and found[1] not in DECLARATIONS
    ]

    assert long == []


def test_the_usual_function_is_short() -> None:
    assert median(lines for _, _, lines in _functions()) < 10
