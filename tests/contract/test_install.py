"""`scripts/install` shows on a terminal that it works, and is quiet elsewhere."""

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A Python whose pip finds two packages and takes a moment, or fails.
FAKE = """#!/bin/sh
case "$1" in
-c) exit 0 ;;
--version) echo "Python 3.11"; exit 0 ;;
esac
if [ "$2" = venv ]; then mkdir -p .venv/bin && cp "$0" .venv/bin/python; exit 0; fi
echo "$@" >> asked
case "$*" in *--quiet*) quiet=yes ;; *) quiet= ;; esac
[ "$quiet" ] || printf 'Collecting a==1\\nIgnoring b: not here\\nInstalling collected\\n'
left=200
until [ -e seen ] || [ $left = 0 ]; do sleep 0.05; left=$((left - 1)); done
[ ! -e broken ] || { echo "no such hash" >&2; exit 1; }
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As much of a checkout as the script reads."""
    (tmp_path / "scripts" / "locks").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "install", tmp_path / "scripts")
    for name in ("serve", "test", "build"):
        (tmp_path / "scripts" / "locks" / f"{name}.txt").write_text("a==1\n")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "python").write_text(FAKE)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def installing(tree: Path, stderr: int) -> "subprocess.Popen[bytes]":
    # Tools that this machine has besides are kept out; the tree comes first.
    environment = {"PYTHON": str(tree / "python"), "PATH": f"{tree}:/usr/bin:/bin"}
    return subprocess.Popen(["scripts/install", "serve"], cwd=tree, env=environment, stderr=stderr)


@pytest.mark.parametrize(("exit_code", "does_it"), [(0, "uv"), (1, "pip")])
def test_uv_is_quicker_where_it_is_and_can(tree: Path, exit_code: int, does_it: str) -> None:
    (tree / "seen").touch()
    (tree / "uv").write_text(f'#!/bin/sh\necho "uv $@" >> asked\nexit {exit_code}\n')
    (tree / "uv").chmod(0o755)

    with installing(tree, subprocess.PIPE) as process:
        assert process.stderr
        process.stderr.read()

    asked = [line for line in (tree / "asked").read_text().splitlines() if "--require" in line]
    assert process.returncode == 0
    assert asked[0].startswith("uv pip install")
    assert ("pip" if len(asked) == 2 else "uv") == does_it


def seen_on_a_terminal(tree: Path) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    with installing(tree, theirs) as process:
        os.close(theirs)
        shown = b""
        while b"2 of 2 packages found, putting them in place" not in shown:
            shown += os.read(ours, 1024)
        (tree / "seen").touch()
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return process.returncode, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""


def test_on_a_terminal_the_packages_are_counted(tree: Path) -> None:
    code, shown = seen_on_a_terminal(tree)

    assert code == 0
    assert "a minute as a rule" in shown
    assert "2 of 2 packages found, putting them in place" in shown
    assert "--require-hashes" in (tree / "asked").read_text().splitlines()[0]


def test_what_failed_on_a_terminal_is_told(tree: Path) -> None:
    (tree / "broken").touch()

    code, shown = seen_on_a_terminal(tree)

    assert code != 0
    assert "no such hash" in shown
    assert not (tree / ".venv" / ".installed-serve").exists()


def test_in_a_log_it_is_one_line(tree: Path) -> None:
    (tree / "seen").touch()

    with installing(tree, subprocess.PIPE) as process:
        assert process.stderr
        said = process.stderr.read().decode()

    assert process.returncode == 0
    assert len(said.splitlines()) == 1
    assert (tree / ".venv" / ".installed-serve").exists()
