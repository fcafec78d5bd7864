"""Bodies under limits: bytes, then JSON that means one thing only, then a model."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import from_json
from starlette.requests import Request

from runtime.clock import parse_rfc3339, rfc3339
from runtime.errors import Code, FieldError, Flaw, Problem
from runtime.web.flaws import field_error

MAX_DEPTH = 64
MAX_ERRORS = 20
INT64 = 2**63
_JSON = re.compile(r"application/([a-z0-9.!#$&^_-]+\+)?json", re.IGNORECASE)
_TOKEN_ESCAPES = str.maketrans({"~": "~0", "/": "~1"})


def _read_time(value: Any) -> Any:
    return parse_rfc3339(value) if isinstance(value, str) else value


# Times as the wire has them: always six fraction digits and Z.
Time = Annotated[
    datetime,
    BeforeValidator(_read_time),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
# A UUID in the one spelling that is an id here.
Id = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
    Field(json_schema_extra={"format": "uuid"}),
]


class Wire(BaseModel):
    """What comes in or goes out as JSON: camelCase outside, no coercion, strangers ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        strict=True,
        extra="ignore",
        frozen=True,
    )


class StrictWire(Wire):
    """A Wire that refuses members it does not know."""

    model_config = ConfigDict(extra="forbid")


WireT = TypeVar("WireT", bound=BaseModel)


class _Unfit(Exception):
    """The JSON is well-formed but could not be stored or told apart; where, and why."""

    def __init__(self, path: tuple[str | int, ...], message: str, flaw: Flaw) -> None:
        super().__init__(message)
        self.error = FieldError(pointer(path), message, flaw)


async def read_json(
    request: Request, model: type[WireT], *, invalid: Code, may_be_empty: bool = False
) -> WireT:
    """The body as this model, or the `invalid` problem with a pointer to each mistake.

    With `may_be_empty` no body says as much as an empty object.
    """
    check_content_type(request.headers)
    body = await read_body(request)
    return parse(body or b"{}" if may_be_empty else body, model, invalid=invalid)


async def read_body(request: Request, limit: int | None = None) -> bytes:
    """The whole body; past the limit it is refused while it comes in, not after.

    The limit and the deadline of the server hold without `limit`, which only tightens them.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if limit is not None and size > limit:
            raise Problem(Code.REQUEST_TOO_LARGE, f"The body is over {limit} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def check_content_type(headers: Mapping[str, str]) -> None:
    """Refuse whatever calls itself something else than JSON, or claims another charset than UTF-8.

    What does not say what it is may be JSON: the parser will tell, with the code of the call. Not
    from a browser: a page of any origin may send what has no type, and is asked of no preflight.
    """
    value = headers.get("content-type", "").strip()
    if not value and "origin" not in headers:
        return
    media_type, _, parameters = value.partition(";")
    if not _JSON.fullmatch(media_type.strip()):
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
    name, _, charset = parameters.partition("=")
    if name.strip().lower() == "charset" and charset.strip('" ').lower() not in {"utf-8", "utf8"}:
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, "JSON is UTF-8 here, whatever else it says.")


def parse(body: bytes, model: type[WireT], *, invalid: Code) -> WireT:
    """Bytes to a model; every way to fail is the `invalid` problem."""
    tree = _tree(body, invalid)
    try:
        # From the bytes, not the tree: only JSON mode takes texts for times and tuples, strictly.
        # Both readers are the same one, and duplicates are gone, so they agree.
        return model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as exc:
        found = exc.errors(include_url=False, include_input=False)
        errors = field_errors(found, tree)
    raise Problem(invalid, _summary(errors), errors=errors)


def _tree(body: bytes, invalid: Code) -> Any:
    try:
        tree = from_json(body, allow_inf_nan=False, cache_strings="keys")
        _check(tree, body)
    except _Unfit as exc:
        raise Problem(invalid, _summary([exc.error]), errors=[exc.error]) from None
    except (ValueError, RecursionError) as exc:
        error = FieldError("", f"not JSON: {exc}"[:200], Flaw.MALFORMED)
        raise Problem(invalid, "The body is not JSON in UTF-8.", errors=[error]) from None
    return tree


def _check(tree: Any, body: bytes) -> None:
    """Refuse what a parser lets pass but a database, a client or a second parser would not."""
    names, colons = 0, 0
    level: list[Any] = [tree]
    depth = 0
    while level:
        texts = [node for node in level if type(node) is str]
        objects = [node for node in level if type(node) is dict]
        lists = [node for node in level if type(node) is list]
        for text in texts:
            colons += text.count(":")
            if "\0" in text:
                message = "a text may not hold the character U+0000"
                raise _Unfit(_path_to(text, tree), message, Flaw.LETTERS)
        if len(texts) + len(objects) + len(lists) < len(level):
            _check_numbers(level, tree)
        if depth == MAX_DEPTH and (objects or lists):
            raise _Unfit((), f"nested deeper than {MAX_DEPTH} levels", Flaw.MALFORMED)
        names += sum(map(len, objects))
        level = [*chain.from_iterable(objects), *chain.from_iterable(map(dict.values, objects))]
        level += chain.from_iterable(lists)
        depth += 1
    # One colon stands after each name; more of them than names means that some name came twice,
    # or that a colon was escaped. Escapes are rare, so only then is the slow reader asked.
    if body.count(b":") != names + colons:
        json.loads(body, object_pairs_hook=_refuse_duplicates)


def _check_numbers(level: list[Any], tree: Any) -> None:
    for node in level:
        if type(node) is int and not -INT64 <= node < INT64:
            message = "an integer must fit into 64 bits"
            raise _Unfit(_path_to(node, tree), message, Flaw.OUT_OF_RANGE)
        if type(node) is float and math.isinf(node):
            raise _Unfit(_path_to(node, tree), "the number is too large", Flaw.OUT_OF_RANGE)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _Unfit((), "a name stands twice in one object", Flaw.MALFORMED)


def _path_to(wanted: Any, node: Any, path: tuple[str | int, ...] = ()) -> tuple[str | int, ...]:
    """Where this very object stands; the walk itself keeps no paths, to stay cheap."""
    return next(_paths(wanted, node, path), ())


def _paths(wanted: Any, node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if node is wanted:
        yield path
    for step, child in _children(node):
        if step is wanted:
            yield path
        yield from _paths(wanted, child, (*path, step))


def _children(node: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(node, dict):
        return node.items()
    return enumerate(node) if isinstance(node, list) else ()


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901); the whole document is the empty one."""
    return "".join(f"/{str(step).translate(_TOKEN_ESCAPES)}" for step in path)


def field_errors(found: Sequence[Any], tree: Any, *, under: str = "") -> list[FieldError]:
    """What pydantic found in this tree, which stands at `under` in the body."""
    return [
        field_error(under + pointer(_real_path(error, tree)), error) for error in found[:MAX_ERRORS]
    ]


def _real_path(error: Any, tree: Any) -> Iterator[str | int]:
    """Pydantic's path without the names of union branches, which are no part of the document."""
    node = tree
    for step in error["loc"]:
        inside = step in node if isinstance(node, dict) else _has_index(node, step)
        if inside:
            node = node[step]
            yield step
    if error["type"] == "missing":
        yield error["loc"][-1]


def _has_index(node: Any, step: Any) -> bool:
    return isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node)


def _summary(errors: list[FieldError]) -> str:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    where = first.pointer or "the body"
    return f"{where}: {first.message}{more}"
