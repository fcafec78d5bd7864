"""A real engine at the other end: what it takes from us, and what we make of what it says."""

import json
import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Literal

import anyio
import pytest
from pydantic import BaseModel

from runtime.agent.models.base import ModelCut, Said, Stop, ToolRequest, Usage
from runtime.agent.models.structured import Completion, Documents
from tests.runtime.agent.conftest import Connect
from tests.support.prompts import QUESTION, pieces_of, prompt, text_in, until_failure, user
from tests.support.tiny_llama import NEEDS, make_model, serving

SCHEMA = {
    "type": "object",
    "properties": {"sign": {"type": "string", "maxLength": 8}},
    "required": ["sign"],
    "additionalProperties": False,
}
# Its own grammar makes the model say something that has an end.
ENDING = {
    "seed": 1,
    "max_tokens": 400,
    "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}},
}
# Left to itself it may stop at any word: the marks in a prompt are never the same.
CUT = {"max_tokens": 20, "ignore_eos": True}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    missing = [module for module in NEEDS if find_spec(module) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"not installed, though everything is proved here: {missing}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    path = tmp_path_factory.mktemp("llama") / "tiny.gguf"
    make_model(path)
    with serving(path) as url:
        yield url


async def test_a_real_engines_answer_is_read_whole(engine: str, connected: Connect) -> None:
    pieces = await pieces_of(connected(engine, options=ENDING), prompt(tools=()))

    assert set(json.loads(text_in(pieces))) == {"sign"}
    usage, stop = pieces[-2:]
    assert isinstance(usage, Usage)
    assert usage.output_tokens is not None
    assert usage.output_tokens >= len(pieces) - 2
    assert (usage.input_tokens or 0) > 1_000
    assert stop == Stop()


async def test_a_real_engine_that_runs_out_of_tokens_is_a_cut(
    engine: str, connected: Connect
) -> None:
    pieces, failure = await until_failure(connected(engine, options=CUT), prompt(tools=()))

    assert text_in(pieces)
    assert str(failure) == "the answer ended with finish_reason length"


async def test_a_real_engine_takes_a_conversation_with_calls(
    engine: str, connected: Connect
) -> None:
    """Also one in which a model wrote nonsense for arguments, as it may."""
    calls = (ToolRequest("c1", "look_up_text", "{}"), ToolRequest("c2", "look_up_text", "{"))
    said = [
        user(QUESTION),
        Said(role="assistant", text="", calls=calls),
        Said(role="tool", text="A text.", call_id="c1", state="completed"),
        Said(role="tool", text="No.", call_id="c2", state="failed"),
    ]

    pieces, failure = await until_failure(connected(engine, options=CUT), prompt(*said))

    assert pieces
    assert isinstance(failure, ModelCut)


async def test_a_real_engine_stops_when_nobody_listens(engine: str, connected: Connect) -> None:
    """Both of its places are free again, though the answers left would have been endless."""
    endless = connected(engine, options={"max_tokens": 7_000, "ignore_eos": True})

    for _ in range(3):
        with anyio.fail_after(10):
            batches = endless.answer(prompt(tools=()))
            assert await anext(batches)
            await batches.aclose()

    assert await pieces_of(connected(engine, options=ENDING), prompt(tools=()))


async def test_a_real_engine_is_held_to_the_schema_of_a_document(
    engine: str, connected: Connect
) -> None:
    """Left to itself this model says nothing that has a meaning, nor anything that is JSON."""

    class Sign(BaseModel):
        sign: Literal["good", "bad"]

    formats: list[Any] = []
    model = connected(engine)

    async def complete(messages: Any, response_format: Any) -> Completion:
        formats.append(response_format)
        return await model._complete(messages, response_format)

    told = [{"role": "system", "content": "You judge."}, {"role": "user", "content": "Which?"}]
    asked = await Documents(complete).ask(told, Sign, seconds=10)

    assert asked.document is not None
    assert asked.document.sign in {"good", "bad"}
    assert [wanted["type"] for wanted in formats] == ["json_schema"]
    assert (asked.usage[0].output_tokens or 0) > 3
