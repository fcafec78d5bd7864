"""Files that fit in the head."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
FILE_LINES = 300
LONG_FILES = {
    # All tables on one page: whoever asks how two of them belong together reads them in one place.
    "storage/sql/schema.py": 700,
}
FUNCTION_LINES = 40
# A table in the shape of a function: one entry a call, no logic.
DECLARATIONS = {"operations", "build", "sign_in_from", "runs_from"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
LOGIC = (ast.If, ast.Match, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith)


def _sources() -> Iterator[Path]:
    for folder in ("runtime", "tools", "storage"):
        for path in (ROOT / folder).rglob("*.py"):
            if "versions" not in path.parts:
                yield path


def _functions() -> Iterator[tuple[str, Function]]:
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield path.name, node


def _lines(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


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
        (file, function.name, _lines(function))
        for file, function in _functions()
        if _lines(function) > FUNCTION_LINES and function.name not in DECLARATIONS
    ]

    assert long == []


def test_what_may_be_long_as_it_only_declares_decides_nothing() -> None:
    deciding = [
        (file, function.name)
        for file, function in _functions()
        if function.name in DECLARATIONS and any(isinstance(n, LOGIC) for n in ast.walk(function))
    ]

    assert deciding == []


def test_the_usual_function_is_short() -> None:
    assert median(_lines(function) for _, function in _functions()) < 10
