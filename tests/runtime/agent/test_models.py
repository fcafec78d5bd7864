"""Which model the settings mean."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from runtime.agent.models import model_from
from runtime.app import running
from runtime.parts import build
from runtime.settings import Settings, SettingsWrong, load
from tests.runtime.agent.conftest import Open
from tests.support.model_endpoint import answer, refusal
from tests.support.prompts import pieces_of, text_in
from tests.support.viewer import wait_until

REMOTE = {"model_url": "http://127.0.0.1:9/v1", "model": "tiny"}


@pytest.mark.parametrize(
    ("chosen", "kind"),
    [
        ({}, "BuiltinModel"),
        ({"model_url": "scripted:"}, "ScriptedModel"),
        (REMOTE, "OpenAIModel"),
        ({**REMOTE, "fallback_model_url": "http://127.0.0.1:10"}, "FallbackModel"),
        ({**REMOTE, "fallback_model_url": "builtin:"}, "FallbackModel"),
    ],
)
async def test_an_address_means_a_model(chosen: dict[str, Any], kind: str) -> None:
    model = model_from(Settings(**chosen))

    assert type(model).__name__ == kind
    await model.aclose()


def test_a_model_without_a_name_is_a_sentence_for_the_operator() -> None:
    with pytest.raises(ValueError, match="ERYAO_MODEL must name the model at ERYAO_MODEL_URL"):
        model_from(Settings(model_url="http://127.0.0.1:9/v1"))


async def test_each_endpoint_gets_its_own_key_name_and_options_only(opened: Open) -> None:
    """One provider's key is nothing for another to see."""
    first, second = opened(refusal(401)), opened(answer("fine"))
    model = model_from(
        Settings.model_validate(
            {
                "model_url": first.url,
                "model": "large",
                "model_api_key": "one\n",
                "model_options": {"temperature": 1},
                "fallback_model_url": second.url,
                "fallback_model": "small",
                "fallback_model_api_key": "two",
                "fallback_model_options": '{"seed": 2}',
            }
        )
    )

    assert text_in(await pieces_of(model)) == "fine"
    await model.aclose()

    (at_first,), (at_second,) = first.asked, second.asked
    assert at_first.headers["authorization"] == "Bearer one"
    assert at_second.headers["authorization"] == "Bearer two"
    assert (at_first.body["model"], at_second.body["model"]) == ("large", "small")
    assert (at_first.body["temperature"], at_second.body["seed"]) == (1, 2)
    assert "seed" not in at_first.body
    assert "temperature" not in at_second.body


async def test_a_second_endpoint_without_a_name_or_key_gets_the_name_and_no_key(
    opened: Open,
) -> None:
    second = opened()
    chosen = {**REMOTE, "model_api_key": "one", "fallback_model_url": second.url}
    model = model_from(Settings.model_validate({**chosen, "first_token_seconds": 1}))

    await pieces_of(model)
    await model.aclose()

    assert second.asked[0].body["model"] == "tiny"
    assert "one" not in second.asked[0].headers["authorization"].replace("none", "")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("{", "it must be a JSON object"),
        ("[1]", "it must be a JSON object"),
        ('{"stream": false, "messages": []}', "messages, stream are the server's own to say"),
    ],
)
@pytest.mark.parametrize("name", ["ERYAO_MODEL_OPTIONS", "ERYAO_FALLBACK_MODEL_OPTIONS"])
def test_options_that_cannot_be_are_a_sentence_for_the_operator(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsWrong, match=f"{name} cannot be .*: {sentence}"):
        load()


@pytest.mark.parametrize(
    ("value", "options"), [("", {}), ('{"temperature": 0.7}', {"temperature": 0.7})]
)
def test_options_are_read_as_json(
    value: str, options: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERYAO_MODEL_OPTIONS", value)

    assert load().model_options == options


async def test_a_server_that_stops_hangs_up(opened: Open, settings: Settings) -> None:
    endpoint = opened()
    chosen = settings.model_copy(update={"model_url": endpoint.url, "model": "tiny"})
    parts = build(chosen)
    async with running(parts):
        await pieces_of(parts.model)
        assert (endpoint.connections, endpoint.gone) == (1, 0)

    await anyio.to_thread.run_sync(wait_until, lambda: endpoint.gone == 1)


IMPORTS = """
import sys
from runtime.app import asgi
from runtime.parts import build
from runtime.settings import Settings
for more in ({{}}, {remote}):
    asgi(build(Settings(**{embedded}, **more)))
    print(sorted({{"openai", "httpx2", "aiohttp"}} & sys.modules.keys()))
"""


def test_only_a_server_with_an_endpoint_loads_the_sdk(tmp_path: Path) -> None:
    """It takes a third of a second and 20 MiB, which an embedded server has better uses for."""
    embedded = {"data_dir": str(tmp_path), "secret_key": "a key for tests, of more than 32 bytes"}
    script = IMPORTS.format(embedded=embedded, remote=REMOTE)

    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)

    before, after = done.stdout.decode().splitlines()
    assert before == "[]"
    assert "openai" in after
