"""Documents from endpoints that know formats, that refuse them, and from models that blunder."""

from typing import Annotated, Any, Literal

import anyio
import pytest
from anyio import to_thread
from pydantic import BaseModel, Field

from runtime.agent.models.base import ChatModel, Usage
from runtime.agent.models.structured import (
    Asked,
    Completion,
    Documents,
    FormatRefused,
    NoDocument,
    read,
    schema_of,
)
from tests.runtime.agent.conftest import Connect, Open
from tests.support.model_endpoint import Doing, ModelEndpoint, Reply, answer, delta, refusal, says
from tests.support.prompts import prompt

GOOD = '{"questions": ["When?"]}'
COUNTED = Usage(input_tokens=7, output_tokens=1, model="tiny")
REFUSAL = refusal(400, "invalid_request_error", "response_format is not known here")
SCHEMA, OBJECT, WORDS = "json_schema", "json_object", ""


class Sign(BaseModel):
    """A shape with all that schemas have."""

    sign: Literal["good", "bad"]
    weight: Annotated[int, Field(ge=1, le=9)] = 1
    of: list["Line"] = []
    note: str | None = Field(default=None, max_length=9)


class Line(BaseModel):
    place: int


async def questions_of(model: ChatModel, seconds: float = 8) -> tuple[tuple[str, ...], int]:
    """What a model suggests, and how many answers were counted."""
    suggested = await model.suggest(prompt(), most=2, seconds=seconds)
    return suggested.questions, len(suggested.usage)


def formats_asked(endpoint: ModelEndpoint) -> list[str]:
    return [asked.format for asked in endpoint.asked]


# --- three strengths -----------------------------------------------------------------------------


async def test_an_endpoint_that_knows_schemas_is_asked_with_one(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer(GOOD))

    suggested = await connected(endpoint).suggest(prompt(), most=2, seconds=8)

    assert suggested.questions == ("When?",)
    assert suggested.usage == (COUNTED,)
    (asked,) = endpoint.asked
    assert asked.body["response_format"]["json_schema"] == {
        "name": "questions",
        "strict": True,
        "schema": {
            "type": "object",
            "description": "What a model is asked for.",
            "properties": {"questions": {"type": "array", "items": {"type": "string"}}},
            "required": ["questions"],
            "additionalProperties": False,
        },
    }
    assert asked.body["max_tokens"] == 600
    assert "tools" not in asked.body


@pytest.mark.parametrize(
    ("refused", "formats"),
    [([SCHEMA], [SCHEMA, OBJECT]), ([SCHEMA, OBJECT], [SCHEMA, OBJECT, WORDS])],
)
@pytest.mark.parametrize(
    "no",
    [REFUSAL, refusal(422), refusal(501), refusal(404, message="No endpoint that support it")],
    ids=["400", "422", "501", "404"],
)
async def test_what_an_endpoint_refuses_is_not_asked_of_it_again(
    no: Reply, refused: list[str], formats: list[str], opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer(GOOD))
    endpoint.refusing = dict.fromkeys(refused, no)
    model = connected(endpoint)

    assert await questions_of(model) == (("When?",), 1)
    assert formats_asked(endpoint) == formats
    assert await questions_of(model) == (("When?",), 1)
    assert formats_asked(endpoint) == [*formats, formats[-1]]


async def test_the_schema_stands_in_the_words_of_every_strength(
    opened: Open, connected: Connect
) -> None:
    """Some endpoints take a format and do not mind it; others want the word JSON to be said."""
    endpoint = opened(answer(GOOD))
    endpoint.refusing = {SCHEMA: REFUSAL, OBJECT: REFUSAL}

    await questions_of(connected(endpoint))

    assert len(endpoint.asked) == 3
    for asked in endpoint.asked:
        assert '"required": ["questions"]' in asked.told("system")


async def test_a_refusal_that_is_not_of_the_format_is_not_remembered(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(REFUSAL, answer(GOOD))
    endpoint.refusing = {SCHEMA: REFUSAL, OBJECT: REFUSAL}
    model = connected(endpoint)
    assert await questions_of(model) == ((), 0)

    endpoint.refusing = {}

    assert await questions_of(model) == (("When?",), 1)
    assert formats_asked(endpoint)[-1] == SCHEMA


@pytest.mark.parametrize("status", [401, 403, 429, 500])
async def test_trouble_that_is_no_refusal_ends_the_asking(
    status: int, opened: Open, connected: Connect
) -> None:
    """Nobody waits for it: neither another format nor a second try."""
    endpoint = opened(refusal(status))

    assert await questions_of(connected(endpoint)) == ((), 0)
    assert len(endpoint.asked) == 1


async def test_an_endpoint_with_a_newer_name_for_the_limit_is_asked_by_it(
    opened: Open, connected: Connect
) -> None:
    no = refusal(400, "unsupported_parameter", "Use 'max_completion_tokens' instead.")
    endpoint = opened(no, answer(GOOD))
    model = connected(endpoint)

    assert await questions_of(model) == (("When?",), 1)
    assert await questions_of(model) == (("When?",), 1)
    assert formats_asked(endpoint) == [SCHEMA] * 3
    assert ["max_tokens" in asked.body for asked in endpoint.asked] == [True, False, False]
    assert endpoint.asked[-1].body["max_completion_tokens"] == 600


async def test_an_endpoint_that_does_not_count_is_asked_without(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(refusal(400, message="unknown field stream_options"), answer(GOOD))

    assert await questions_of(connected(endpoint)) == (("When?",), 1)
    assert formats_asked(endpoint) == [SCHEMA, SCHEMA]


async def test_what_the_operator_says_of_answers_is_not_said_of_documents(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer(GOOD))
    endpoint.refusing = {SCHEMA: REFUSAL, OBJECT: REFUSAL}
    options = {
        "temperature": 0.3,
        "max_tokens": 9_000,
        "tool_choice": "auto",
        "response_format": {"type": "text"},
    }

    assert await questions_of(connected(endpoint, options=options)) == (("When?",), 1)
    last = endpoint.asked[-1].body
    assert (last["temperature"], last["max_tokens"]) == (0.3, 600)
    assert not {"response_format", "tool_choice"} & last.keys()


# --- lenient reading, one repair -----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Of course! Here they are:\n{GOOD}\nHave a good day {{}}",
        f"<think>a {{ and a {{}} and {{'no': json}}</think>{GOOD}",
        f'{{"thoughts": "none"}} {GOOD}',
        f"\ufeff  {GOOD}{GOOD}",
    ],
)
def test_a_document_is_found_in_what_stands_around_it(text: str) -> None:
    class Questions(BaseModel):
        questions: list[str]

    assert read(text, Questions).questions == ["When?"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "There is no JSON object in it."),
        ("I would rather not.", "There is no JSON object in it."),
        ('["When?"]', "There is no JSON object in it."),
        ("{" * 100_000, "There is no JSON object in it."),
        ('{"a":' * 100_000, "There is no JSON object in it."),
        ('{"sign": "fine"}', "sign: Input should be 'good' or 'bad'"),
        ('{"sign": "good", "note": "\\ud800"}', "note: Input should be a valid string"),
        ('{"sign": "good", "weight": 1' + "0" * 5_000 + "}", "There is no JSON object in it."),
    ],
)
def test_what_is_no_document_is_complained_of(text: str, complaint: str) -> None:
    with pytest.raises(NoDocument) as failure:
        read(text, Sign)

    assert str(failure.value).startswith(complaint)
    assert len(str(failure.value)) < 500


async def test_a_bad_answer_is_repaired_once_with_the_complaint(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer('{"questions": "When?"}'), answer(f"```\n{GOOD}\n```"))

    assert await questions_of(connected(endpoint)) == (("When?",), 2)
    first, second = endpoint.asked
    assert second.messages[:-2] == first.messages
    assert second.messages[-2] == {"role": "assistant", "content": '{"questions": "When?"}'}
    assert "questions: Input should be a valid list" in second.messages[-1]["content"]


async def test_what_cannot_be_repaired_is_given_up_and_counted(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer("x" * 10_000), answer("never"))

    assert await questions_of(connected(endpoint)) == ((), 2)
    assert len(endpoint.asked) == 2
    assert len(endpoint.asked[1].messages[-2]["content"]) == 2_000


async def test_questions_that_nobody_could_be_shown_are_sent_back(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer('{"questions": ["' + "why " * 2_500 + '", "\u202e"]}'), answer(GOOD))

    assert await questions_of(connected(endpoint)) == (("When?",), 2)
    assert "at most 80 characters" in endpoint.asked[1].messages[-1]["content"]


async def test_an_answer_that_is_cut_is_none(opened: Open, connected: Connect) -> None:
    endpoint = opened(Reply([says('{"questions": ["Whe'), delta("length")]))

    assert await questions_of(connected(endpoint)) == ((), 0)
    assert len(endpoint.asked) == 1


async def test_a_slow_model_is_not_waited_for_and_what_it_took_is_counted(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer("no JSON"), Reply([says("{"), Doing.STALL]))

    with anyio.fail_after(5):
        assert await questions_of(connected(endpoint), seconds=0.5) == ((), 1)
    assert await to_thread.run_sync(endpoint.left.wait, 5)


# --- on its own ----------------------------------------------------------------------------------


def test_a_schema_is_one_that_strict_modes_take() -> None:
    def objects(schema: Any) -> list[Any]:
        inner = [schema] if isinstance(schema, dict) and "properties" in schema else []
        children = schema.values() if isinstance(schema, dict) else schema
        nested = [child for child in children if isinstance(child, dict | list)]
        return inner + [found for child in nested for found in objects(child)]

    found = objects(schema_of(Sign))

    assert [schema["required"] for schema in found] == [["sign", "weight", "of", "note"], ["place"]]
    assert all(schema["additionalProperties"] is False for schema in found)
    assert "maxLength" not in str(found)
    assert "default" not in str(found)


async def test_two_who_ask_at_once_learn_the_same() -> None:
    """A late success of a firmer request does not undo what was learnt since."""
    formats: list[str] = []

    async def complete(messages: Any, response_format: Any) -> Completion:
        formats.append((response_format or {}).get("type", ""))
        await anyio.lowlevel.checkpoint()
        if response_format:
            raise FormatRefused
        return Completion('{"sign": "good"}', Usage())

    documents = Documents(complete)
    asked: list[Asked[Sign]] = []

    async def ask() -> None:
        message = {"role": "system", "content": "Which?"}
        asked.append(await documents.ask([message], Sign, seconds=5))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        tasks.start_soon(ask)
    await ask()

    assert [one.document and one.document.sign for one in asked] == ["good"] * 3
    assert formats[-1] == ""
    assert len(formats) == 7
