"""What the pages tell to type does what they say: each block is run as it stands."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks
from tests.support.media import picture
from tests.support.server import ERYAO, NewFolder, ServerProcess

SHELL = {"sh", "bash", "console"}
OPEN = "http://127.0.0.1:8000"
# Blocks that cannot be run here, each with the reason and what is looked at instead.
NOT_RUN = {
    "README.md 1": "started by the test below; its other line is all tests, this one among them",
    "docs/comparison.md 1": "another server, which is in none of our locks",
    "docs/performance.md 1": "minutes of load; its options are read by its parser below",
}
# What the answer of a block must have in it, besides that every command in it succeeds.
TOLD = {
    "README.md 2": r'"type":"RUN_FINISHED".*"outcome":\{"type":"success"',
    "docs/clients.md 1": "\n.*move",
    "docs/feedback.md 1": '"createdAt"',
    "docs/feedback.md 2": "2026-03-14",
    "docs/operations.md 1": r"Written to kept.tar.*The books are clean",
    "docs/sign-in.md 1": '"accessToken"',
    "docs/commands.md 1": r'"clean": true',
}
FOUND = [block for block in blocks() if block.language in SHELL]


@pytest.fixture(scope="module")
def home(new_folder: NewFolder) -> Iterator[ServerProcess]:
    """A server as the pages have it: started in a checkout, with the built-in interpreter."""
    server = ServerProcess(
        new_folder(),
        MODEL_URL="builtin:",
        # Who reads a page here does not read along.
        BUILTIN_PACE_MS=4,
        FEEDBACK_REPORT_TO="team@example.com",
    )
    try:
        yield server.start()
    finally:
        server.stop()


def typed(block: Block, home: ServerProcess, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A reader's shell in a checkout; only the address is another, as ours takes a free port."""
    for name in (".venv", "scripts", "tests"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "screen.png").write_bytes(picture())
    (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    there = {
        "CURL_HOME": str(folder),
        "PATH": f"{Path(ERYAO).parent}:{os.environ['PATH']}",
        "SERVER": home.url,
        "ERYAO_PORT": home.url.rpartition(":")[2],
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text.replace(OPEN, home.url)],
        env=home.environment() | there,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize(
    "block", [each for each in FOUND if each.name not in NOT_RUN], ids=lambda each: each.name
)
def test_what_a_page_tells_to_type_works(block: Block, home: ServerProcess, tmp_path: Path) -> None:
    done = typed(block, home, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(TOLD.get(block.name, ""), done.stdout, re.DOTALL), done.stdout


def test_every_block_that_is_not_run_is_still_on_its_page() -> None:
    names = {block.name for block in FOUND}

    assert len(names) > 8
    assert NOT_RUN.keys() | TOLD.keys() <= names


def test_the_first_command_of_the_readme_opens_a_server(migrated: Path, tmp_path: Path) -> None:
    (block,) = (each for each in FOUND if each.name == "README.md 1")
    first, second = block.text.splitlines()
    shutil.copytree(migrated, tmp_path / "data")
    server = ServerProcess(tmp_path / "data")
    process = subprocess.Popen(
        ["sh", "-c", f"exec {first}"],
        env=server.environment(),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        assert any("is open at http://127.0.0.1:" in line for line in process.stderr)
    finally:
        process.terminate()
        process.communicate(timeout=30)

    assert OPEN in first, "the page names the address that a server has when nobody says another"
    assert os.access(ROOT / second.split()[0], os.X_OK)


def test_the_options_of_the_benchmark_are_its_own() -> None:
    (block,) = (each for each in FOUND if each.name == "docs/performance.md 1")
    told = subprocess.run(
        [str(ROOT / "scripts/bench"), "--help"], capture_output=True, text=True, check=True
    ).stdout

    named = set(re.findall(r"--[a-z]+", block.text))
    assert named
    assert {option for option in named if option not in told} == set()
