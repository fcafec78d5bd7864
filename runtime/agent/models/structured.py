"""Documents from models of any kind: by a schema, by JSON alone, or by words; and one repair."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

import anyio
from pydantic import BaseModel, ValidationError

from runtime.agent.models.base import ModelFailed, Usage
from runtime.agent.prompting import Message, text

REPAIRS = 1
# How many braces are tried as the document's beginning, and how long an answer is looked into.
BEGINNINGS = 20
LONGEST_ANSWER = 32_768
# What the model is shown of its own mistake.
SHOWN_AGAIN = 2_000
COMPLAINTS = 5
# What every endpoint's strict mode knows of schemas; the rest is checked here, by the shape.
KNOWN = frozenset(
    {"type", "properties", "items", "enum", "const", "description", "anyOf", "$ref", "$defs"}
)

log = logging.getLogger(__name__)

Document = TypeVar("Document", bound=BaseModel)


class Strength(IntEnum):
    """How firmly an endpoint can be asked for a document, the firmest first."""

    SCHEMA = 0
    OBJECT = 1
    WORDS = 2


class FormatRefused(Exception):
    """The endpoint did not take the request, which may be for its `response_format`."""


class NoDocument(Exception):
    """What came is not what was asked for; the text is for the model."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One whole answer to one request."""

    text: str
    usage: Usage


class Complete(Protocol):
    """One request to an endpoint."""

    async def __call__(
        self, messages: Sequence[Message], response_format: Mapping[str, Any] | None
    ) -> Completion:
        """Raise FormatRefused or ModelFailed where there is no whole answer."""


@dataclass(slots=True)
class Asked(Generic[Document]):
    """What came of asking."""

    document: Document | None = None
    usage: list[Usage] = field(default_factory=list)


class Documents:
    """One endpoint asked for documents. What it refuses, it is not asked for again."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete
        self._strength = Strength.SCHEMA

    async def ask(
        self, messages: Sequence[Message], shape: type[Document], *, seconds: float
    ) -> Asked[Document]:
        """Return the document, or none: a model that fails or is late is no trouble of anyone's."""
        asked = Asked[Document]()
        reason = ""
        with anyio.move_on_after(seconds) as limit:
            try:
                asked.document = await self._ask(messages, shape, asked.usage)
            except (ModelFailed, FormatRefused, NoDocument) as failure:
                reason = type(failure).__name__
        if reason or limit.cancelled_caught:
            extra = {"reason": reason or "too late", "shape": shape.__name__}
            log.info("a model gave no document", extra=extra)
        return asked

    async def _ask(
        self, messages: Sequence[Message], shape: type[Document], usage: list[Usage]
    ) -> Document:
        talk = _with_schema(messages, shape)
        repairs = 0
        while True:
            completion = await self._complete_somehow(talk, shape)
            usage.append(completion.usage)
            try:
                return read(completion.text, shape)
            except NoDocument as complaint:
                if repairs == REPAIRS:
                    raise
                repairs += 1
                talk = [*talk, *_repair(completion.text, complaint)]

    async def _complete_somehow(
        self, talk: Sequence[Message], shape: type[BaseModel]
    ) -> Completion:
        for strength in Strength:
            if strength < self._strength:
                continue
            try:
                completion = await self._complete(talk, response_format(strength, shape))
            except FormatRefused:
                continue
            # Only now it is known that the format was what had been refused.
            self._strength = max(self._strength, strength)
            return completion
        raise FormatRefused


# --- what is asked -------------------------------------------------------------------------------


def response_format(strength: Strength, shape: type[BaseModel]) -> Mapping[str, Any] | None:
    """Return what a request of this strength says of its answer."""
    match strength:
        case Strength.SCHEMA:
            named = {"name": shape.__name__.lower(), "strict": True, "schema": schema_of(shape)}
            return {"type": "json_schema", "json_schema": named}
        case Strength.OBJECT:
            return {"type": "json_object"}
        case Strength.WORDS:
            return None


def schema_of(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the shape's schema as strict modes want it: closed, all required, few words."""
    schema: dict[str, Any] = _strict(shape.model_json_schema())
    return schema


def _strict(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    strict = {name: value for name, value in schema.items() if name in KNOWN}
    for table in {"properties", "$defs"} & strict.keys():
        strict[table] = {name: _strict(value) for name, value in strict[table].items()}
    if "items" in strict:
        strict["items"] = _strict(strict["items"])
    if "anyOf" in strict:
        strict["anyOf"] = [_strict(one) for one in strict["anyOf"]]
    if "properties" in strict:
        strict |= {"required": list(strict["properties"]), "additionalProperties": False}
    return strict


def _with_schema(messages: Sequence[Message], shape: type[BaseModel]) -> list[Message]:
    """Said in words at every strength: some endpoints take a format and do not mind it."""
    first, *others = messages
    schema = json.dumps(schema_of(shape), ensure_ascii=False)
    asked = text("document").substitute(schema=schema)
    return [dict(first, content=f"{first['content']}\n\n{asked}"), *others]


def _repair(answer: str, complaint: NoDocument) -> list[Message]:
    asked = text("repair").substitute(complaint=complaint)
    shown = answer[:SHOWN_AGAIN].strip() or "{}"
    return [{"role": "assistant", "content": shown}, {"role": "user", "content": asked}]


# --- what came -----------------------------------------------------------------------------------


def read(answer: str, shape: type[Document]) -> Document:
    """Return the document in an answer, whatever stands around it."""
    complaint = "There is no JSON object in it."
    for number, found in enumerate(_objects(answer[:LONGEST_ANSWER])):
        try:
            return shape.model_validate(found)
        except ValidationError as failure:
            # The first is the likeliest to have been meant.
            complaint = complaint if number else _complaint(failure)
    raise NoDocument(complaint)


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    begins = -1
    for _ in range(BEGINNINGS):
        begins = answer.find("{", begins + 1)
        if begins < 0:
            return
        try:
            found, _end = decoder.raw_decode(answer, begins)
        except (ValueError, RecursionError):
            continue
        yield found


def _complaint(failure: ValidationError) -> str:
    errors = failure.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(map(str, error['loc']))[:60]}: {error['msg']}" for error in errors]
    return "; ".join(told[:COMPLAINTS])
