"""Node with the official AG-UI client in it, and one server for all journeys of this folder."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import CAST, Api
from tests.support.server import LEISURELY, NewFolder, ServerProcess, at_work

HERE = Path(__file__).parent
JOURNEY_SECONDS = 20

Journey = Callable[..., Any]


@pytest.fixture(scope="package")
def hosted(new_folder: NewFolder) -> Iterator[ServerProcess]:
    with at_work(ServerProcess(new_folder(), **LEISURELY)) as server:
        yield server


@pytest.fixture(scope="session")
def take(node: str) -> Journey:
    """What a script saw in one Node process. The client must not have had anything to warn of."""

    def journey(ann: Api, script: str, **task: Any) -> Any:
        task = {"url": ann.url, "token": ann.token, "cast": CAST, **task}
        # Half of its time, for who needs it.
        typed = ["--import", "tsx"] if script.endswith(".ts") else []
        done = subprocess.run(
            [node, *typed, script, json.dumps(task)],
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=JOURNEY_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told.pop("complaints") == []
        return told

    return journey


# For the whole of a file, as one journey may carry many claims.
@pytest.fixture(scope="module")
def ann(hosted: ServerProcess) -> Iterator[Api]:
    with hosted.api(f"ann-{uuid4()}@example.com") as api:
        yield api


@pytest.fixture
def bob(hosted: ServerProcess) -> Iterator[Api]:
    with hosted.api(f"bob-{uuid4()}@example.com") as api:
        yield api
