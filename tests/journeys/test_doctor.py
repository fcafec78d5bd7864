"""`eryao doctor` finds what would only be seen at the first start, or at the first reading."""

import json
import socket
import time
from pathlib import Path

import pytest

from tests.support.model_list import ModelList
from tests.support.server import ServerProcess

Check = dict[str, object]


def examined(server: ServerProcess, **settings: object) -> tuple[int, dict[str, Check]]:
    """The exit code, and what was found by name."""
    changed = ServerProcess(server.data_dir, **{**server.settings, **settings})
    done = changed.command("doctor", "--json")
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout)}


def failed(server: ServerProcess, name: str, **settings: object) -> str:
    """What is said of the one thing that is wrong."""
    code, checks = examined(server, **settings)
    assert code == 1
    assert [each for each, check in checks.items() if not check["ok"]] == [name]
    return f"{checks[name]['finding']} {checks[name]['advice']}"


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


# --- models ---------------------------------------------------------------------------------------


def test_a_model_that_does_not_answer_is_found_at_once(
    unstarted: ServerProcess, free_port: int
) -> None:
    url = f"http://someone:secret@127.0.0.1:{free_port}/v1"

    said = failed(unstarted, "model", MODEL_URL=url, MODEL="m")

    assert f"127.0.0.1:{free_port}/v1 does not answer" in said
    assert "See ERYAO_MODEL_URL." in said
    assert "secret" not in said


def test_a_model_that_hangs_is_waited_for_a_few_seconds(unstarted: ServerProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/v1"
        began = time.monotonic()

        assert "does not answer" in failed(unstarted, "model", MODEL_URL=url, MODEL="m")
        assert time.monotonic() - began < 20


def test_a_model_without_a_name_is_found(unstarted: ServerProcess, free_port: int) -> None:
    said = failed(unstarted, "model", MODEL_URL=f"http://127.0.0.1:{free_port}/v1")

    assert said == "It has no name. Set ERYAO_MODEL."


def test_a_model_that_the_endpoint_has_not_is_found_with_those_that_it_has(
    unstarted: ServerProcess,
) -> None:
    with ModelList("large", "small") as models:
        said = failed(unstarted, "model", MODEL_URL=models.url, MODEL="lagre")
        assert "has no lagre, but large, small. Set ERYAO_MODEL to one of them." in said
        assert examined(unstarted, MODEL_URL=models.url, MODEL="large")[0] == 0

    assert set(models.asked) == {"/v1/models"}


def test_a_key_that_is_not_taken_is_found(unstarted: ServerProcess) -> None:
    with ModelList("large", key="right") as models:
        model = {"MODEL_URL": models.url, "MODEL": "large"}

        assert "See ERYAO_MODEL_API_KEY." in failed(unstarted, "model", **model)
        assert examined(unstarted, **model, MODEL_API_KEY="right")[0] == 0


def test_an_endpoint_without_a_list_is_no_mistake(unstarted: ServerProcess) -> None:
    with ModelList(status=404) as models:
        code, checks = examined(unstarted, MODEL_URL=models.url, MODEL="m")

    assert code == 0
    assert "without a list of models" in str(checks["model"]["finding"])


def test_the_second_model_is_looked_at_too(unstarted: ServerProcess) -> None:
    with ModelList("small") as models:
        said = failed(
            unstarted, "second model", FALLBACK_MODEL_URL=models.url, FALLBACK_MODEL="big"
        )

    assert "Set ERYAO_FALLBACK_MODEL to one of them." in said


# --- the folder -----------------------------------------------------------------------------------


@pytest.mark.parametrize("under", ["/proc/nowhere", "{file}/data"])
def test_a_folder_that_cannot_be_made_is_found_and_nothing_is_promised_of_it(
    tmp_path: Path, under: str
) -> None:
    (tmp_path / "file").touch()
    server = ServerProcess(Path(under.format(file=tmp_path / "file")))

    said = failed(server, "data folder")

    assert "cannot be made" in said
    assert "ERYAO_DATA_DIR" in said
    assert not {"disk", "database", "key"} & examined(server)[1].keys()


def test_looking_at_a_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    code, checks = examined(ServerProcess(tmp_path / "data"))

    assert code == 0
    assert "will be made" in str(checks["data folder"]["finding"])
    assert list(tmp_path.iterdir()) == []


# --- the address ----------------------------------------------------------------------------------


def test_a_port_that_another_program_has_is_found(unstarted: ServerProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = failed(unstarted, "address", PORT=port)

    assert said == f"127.0.0.1:{port} is taken by another program. Stop it, or set ERYAO_PORT."


def test_a_port_that_a_server_on_another_folder_has_is_found(
    shared: ServerProcess, unstarted: ServerProcess
) -> None:
    said = failed(unstarted, "address", PORT=shared.url.rpartition(":")[2])

    assert "is taken by an eryao server on another folder." in said


def test_a_port_that_our_own_server_has_is_as_it_should_be(server: ServerProcess) -> None:
    code, checks = examined(server, PORT=server.url.rpartition(":")[2])

    assert code == 0
    assert "The server is open at" in str(checks["address"]["finding"])


def test_a_free_port_is_told(unstarted: ServerProcess, free_port: int) -> None:
    finding = examined(unstarted, PORT=free_port)[1]["address"]["finding"]

    assert finding == f"127.0.0.1:{free_port} is free."
