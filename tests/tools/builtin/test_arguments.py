"""What every built-in tool takes from a model: little, bounded, and nothing that it should not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tools.base import Tool
from tools.builtin.arguments import Arguments
from tools.builtin.save_reading import SaveReading
from tools.registry import BUILTIN
from tools.runner import COMPLAINT_LIMIT, ArgumentsInvalid, check_arguments

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=4),
)
NAMES = sorted({name for tool in BUILTIN for name in tool.schema()["properties"]})
each_tool = pytest.mark.parametrize("tool", BUILTIN, ids=lambda tool: tool.name)


def schemas_in(schema: Any) -> Iterator[dict[str, Any]]:
    """Walk through a JSON schema and all that it is made of."""
    if isinstance(schema, dict):
        yield schema
    parts = schema.values() if isinstance(schema, dict) else schema
    for part in parts if isinstance(schema, dict | list) else ():
        yield from schemas_in(part)


def read_or_refused(tool: Tool, arguments: str | dict[str, Any]) -> BaseModel | str:
    """Return what the arguments are read as, or why they are not."""
    try:
        return check_arguments(tool, arguments)
    except ArgumentsInvalid as refused:
        return str(refused)


@each_tool
def test_every_model_is_closed_and_every_value_bounded(tool: Tool) -> None:
    schema = tool.schema()

    assert issubclass(tool.arguments, Arguments)
    assert schema["additionalProperties"] is False
    for part in schemas_in(schema):
        match part.get("type"):
            case "string":
                assert part.keys() & {"maxLength", "enum", "const"} or part.get("format") == "date"
            case "integer":
                assert {"minimum", "maximum"} <= part.keys()
            case "array":
                assert {"minItems", "maxItems"} <= part.keys()


@each_tool
def test_every_schema_stands_by_itself_in_camel_case(tool: Tool) -> None:
    """Some model servers refuse a schema with references."""
    written = json.dumps(tool.schema())

    assert "$ref" not in written
    assert "$defs" not in written
    assert all("_" not in name for name in tool.schema()["properties"])


@each_tool
def test_no_tool_takes_a_user_a_price_an_address_or_a_path(tool: Tool) -> None:
    words = ("user", "owner", "session", "price", "points", "url", "path", "file")

    for name in tool.schema()["properties"]:
        assert not any(word in name.lower() for word in words)


# All tools are sent the same: to make an example up costs a hundred times as much as to read it.
@given(arguments=st.dictionaries(st.sampled_from(NAMES) | st.text(), VALUES, max_size=5))
@example({"x" * COMPLAINT_LIMIT: None})  # longer than chance makes a name
def test_whatever_arguments_are_sent_they_are_read_or_refused_briefly(
    arguments: dict[str, Any],
) -> None:
    for tool in BUILTIN:
        outcome = read_or_refused(tool, arguments)

        if isinstance(outcome, str):
            assert 0 < len(outcome) <= COMPLAINT_LIMIT, tool.name
        else:
            assert arguments.keys() <= tool.schema()["properties"].keys(), tool.name
            assert isinstance(outcome, tool.arguments), tool.name


@given(text=st.text() | VALUES.map(json.dumps))
def test_whatever_text_a_model_sends_is_read_or_refused(text: str) -> None:
    for tool in BUILTIN:
        assert read_or_refused(tool, text), tool.name


def test_arguments_do_not_change_once_they_are_read() -> None:
    """What the user approved is what the tool gets."""
    args = SaveReading(title="升职")

    with pytest.raises(ValidationError):
        args.title = "别的"
