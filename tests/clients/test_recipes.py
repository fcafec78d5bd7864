"""The recipes of docs/clients.md, each run as a reader would run it, over a line that drops."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.api import Api
from tests.support.cutting import CuttingProxy
from tests.support.node import MODULES
from tests.support.server import ServerProcess

HERE = Path(__file__).parent
# Interpreters start slowly where many tests share few cores.
SECONDS = 50
pytestmark = pytest.mark.timeout(60)
LONG = "say 60"
ASKING = 'say 3; call save_reading {"title":"A move"}; say 2'


@pytest.fixture
def ann(server: ServerProcess) -> Iterator[Api]:
    with server.api(f"ann-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture(params=["typescript", "python", "curl", "dart"])
def recipe(request: pytest.FixtureRequest) -> list[str]:
    """The command that a reader types, without the question."""
    match request.param:
        case "typescript":
            node = request.getfixturevalue("node")
            return [node, "--import", "tsx", str(HERE / "typescript/reading.ts")]
        case "python":
            return [sys.executable, str(HERE / "python/reading.py")]
        case "curl":
            return [needed("sh"), str(HERE / "curl/reading.sh")]
        case _:
            return [needed("dart"), "run", str(HERE / "dart/reading.dart")]


def needed(command: str) -> str:
    return shutil.which(command) or pytest.skip(f"{command} is not on this machine")


def read(recipe: list[str], ann: Api, question: str, url: str) -> str:
    told = {"SERVER": url, "TOKEN": ann.token}
    done = subprocess.run(
        [*recipe, question],
        env=os.environ | told,
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answered(ann: Api) -> str:
    """What the server itself has as the answer of the newest session."""
    session = ann.get("/agent/sessions").json()["items"][0]["threadId"]
    messages = ann.session(session)["messages"]
    return "".join(m["content"] for m in messages if m["role"] == "assistant")


def test_a_reading_over_a_line_that_drops_has_every_word_once(recipe: list[str], ann: Api) -> None:
    with CuttingProxy(ann.url, cuts=[7_000, 1_500]) as proxy:
        said = read(recipe, ann, LONG, proxy.url)

        assert proxy.cut == 2

    assert said.strip() == answered(ann).strip()
    assert ann.balance() == 90, "charged once"


def test_a_tool_that_asks_is_answered_and_the_reading_goes_on(recipe: list[str], ann: Api) -> None:
    if recipe[-1].endswith("reading.sh"):
        pytest.skip("the recipe in curl reads a stream, and answers nothing")

    said = read(recipe, ann, ASKING, ann.url)

    assert said.strip() == answered(ann).strip()
    assert len(ann.get("/readings").json()["items"]) == 1


def test_the_recipe_in_typescript_is_well_typed(node: str) -> None:
    compiler = MODULES / "typescript/bin/tsc"
    checked = subprocess.run(
        [node, compiler, "--project", HERE / "typescript"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_the_python_recipe_names_the_address_where_nobody_is(ann: Api) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = f"http://127.0.0.1:{taken.getsockname()[1]}"

    done = subprocess.run(
        [sys.executable, str(HERE / "python/reading.py"), "why"],
        env=os.environ | {"SERVER": free, "TOKEN": ann.token},
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"Nothing answers at {free}: ")
    assert "Traceback" not in done.stderr
