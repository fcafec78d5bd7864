"""A command imports what it needs, and lists of commands import none of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.cli import main
from runtime.cli.later import Later

# What takes long to import, and of ours what brings nearly all of it.
SLOW = {"sqlalchemy", "pydantic", "starlette", "httpx2", "alembic", "runtime.parts"}
NOBODY = "ask well? --server http://127.0.0.1:9 --token any"


def imported(typed: str, folder: Path) -> set[str]:
    """Which of the slow ones a process has that was told this."""
    script = (
        "import sys; from runtime.cli import main\n"
        f"try: main({typed.split()!r})\n"
        f"finally: sys.stderr.write('\\n' + ' '.join(sys.modules.keys() & {SLOW!r}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[3],
        env={"ERYAO_DATA_DIR": str(folder), "ERYAO_PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    return set(told.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("typed", "needed"),
    [
        ("--version", set()),
        ("--help", set()),
        ("completion bash", set()),
        ("ask --help", {"pydantic", "httpx2"}),
        (NOBODY, {"pydantic", "httpx2"}),
        ("doctor", {"pydantic", "httpx2", "sqlalchemy"}),
        ("migrate", {"pydantic", "sqlalchemy", "alembic"}),
        ("audit", {"pydantic", "sqlalchemy", "starlette", "runtime.parts"}),
    ],
)
def test_a_command_imports_what_it_needs(
    typed: str, needed: set[str], data_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" if typed == "migrate" else data_dir

    assert imported(typed, folder) == needed


@pytest.mark.parametrize("name", main.commands)
def test_a_list_of_commands_says_what_their_own_help_begins_with(name: str) -> None:
    listed = main.commands[name]
    assert isinstance(listed, Later)

    command = listed.itself()

    assert command.name == name
    assert command.help is not None
    assert listed.help == command.help.partition("\n")[0]
