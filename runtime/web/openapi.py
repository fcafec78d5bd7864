"""The OpenAPI 3.1 document, made from the operations and nothing else."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from runtime.errors import Code, Flaw
from runtime.web.operation import Answer, Operation
from runtime.web.problems import MEDIA_TYPE

Tree = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{([A-Za-z_]+)(?::[a-z]+)?\}")
_TYPES = {
    "retryAfter": {"type": "integer", "minimum": 0},
    "balance": {"type": "integer"},
    "price": {"type": "integer"},
    "limit": {"type": "integer"},
    "used": {"type": "integer"},
    "interrupts": {"type": "array", "items": {"type": "object"}},
}


@dataclass(frozen=True, slots=True)
class Info:
    """What the document says of the whole."""

    title: str
    version: str
    description: str = ""


def document(
    info: Info,
    operations: Mapping[str, Iterable[Operation]],
    extra_schemas: Mapping[str, Mapping[str, Any]] | None = None,
) -> Tree:
    """The document of the operations under each prefix, with schemas besides their own.

    `extra_schemas` join the components as they are: what streams carry, for example.
    """
    placed = [(prefix, operation) for prefix, group in operations.items() for operation in group]
    schemas = _Schemas(operation for _, operation in placed)
    paths: dict[str, Tree] = defaultdict(dict)
    for prefix, operation in placed:
        path = _PARAMETER.sub(r"{\1}", prefix + operation.path)
        paths[path][operation.method.lower()] = _entry(path, operation, schemas)
    used = {code for _, operation in placed for code in operation.refuses}
    return {
        "openapi": "3.1.0",
        "info": {"title": info.title, "version": info.version, "description": info.description},
        "paths": dict(paths),
        "components": {
            "schemas": {
                **schemas.definitions,
                **_problem_schemas(used),
                **{name: dict(schema) for name, schema in (extra_schemas or {}).items()},
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


class _Schemas:
    """The schema of every type that an operation takes or gives."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        wanted = {key: None for operation in operations for key in _types(operation)}
        inputs = [
            ((kind, mode), mode, TypeAdapter(kind)) for kind, mode in wanted if kind is not bytes
        ]
        self._found, rest = TypeAdapter.json_schemas(inputs, by_alias=True, ref_template=_REF)
        self.definitions: Tree = rest.get("$defs", {})

    def of(self, kind: Any, mode: JsonSchemaMode) -> Tree:
        if kind is bytes:
            return {"type": "string", "format": "binary"}
        return dict(self._found[(kind, mode), mode])


def _types(operation: Operation) -> Iterable[tuple[Any, JsonSchemaMode]]:
    if operation.takes is not None:
        yield operation.takes, "validation"
    for gives in (operation.gives, *(answer.gives for answer in operation.also)):
        if gives is not None:
            yield gives, "serialization"


def _entry(path: str, operation: Operation, schemas: _Schemas) -> Tree:
    entry: Tree = {
        "operationId": _operation_id(operation.method, path),
        "summary": operation.summary,
        "responses": _responses(operation, schemas),
    }
    if operation.description:
        entry["description"] = operation.description
    if operation.tags:
        entry["tags"] = list(operation.tags)
    if parameters := _parameters(path, operation):
        entry["parameters"] = parameters
    if operation.takes is not None:
        schema = schemas.of(operation.takes, "validation")
        content = {operation.takes_type: {"schema": schema}}
        entry["requestBody"] = {"required": True, "content": content}
    if not operation.public:
        entry["security"] = [{"bearer": []}]
    elif operation.optional_user:
        entry["security"] = [{}, {"bearer": []}]
    return entry


def _operation_id(method: str, path: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", path.removeprefix("/api/v1"))
    return method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _parameters(path: str, operation: Operation) -> list[Tree]:
    in_path: list[Tree] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": dict(operation.path_schemas.get(name, {"type": "string"})),
        }
        for name in _PARAMETER.findall(path)
    ]
    return in_path + [
        {
            "name": query.name,
            "in": query.where,
            "required": query.required,
            "description": query.description,
            "schema": dict(query.schema),
        }
        for query in operation.query
    ]


def _responses(operation: Operation, schemas: _Schemas) -> Tree:
    usual = Answer(operation.status, operation.summary, operation.gives)
    responses: dict[str, Tree] = {}
    for answer in (usual, *operation.also):
        response = responses.setdefault(str(answer.status), {"description": answer.description})
        content = _content(answer, answer.gives_type or operation.gives_type, schemas)
        if content:
            response.setdefault("content", {}).update(content)
    if operation.stream:
        stream = responses.setdefault("200", {"description": "A stream of events"})
        stream.setdefault("content", {})["text/event-stream"] = {"schema": {"type": "string"}}
    by_status: dict[int, list[Code]] = defaultdict(list)
    for code in sorted(operation.refuses, key=lambda code: code.name):
        by_status[code.status].append(code)
    for status, codes in sorted(by_status.items()):
        problem = _problems(status, codes)
        if known := responses.get(str(status)):
            known.setdefault("content", {}).update(problem["content"])
        else:
            responses[str(status)] = problem
    return responses


def _content(answer: Answer, media_type: str, schemas: _Schemas) -> Tree:
    if answer.gives is None:
        return {}
    return {media_type: {"schema": schemas.of(answer.gives, "serialization")}}


def _problems(status: int, codes: Sequence[Code]) -> Tree:
    refs = [{"$ref": _REF.format(model=_problem_name(code))} for code in codes]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    response: Tree = {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(code.name for code in codes)}",
        "content": {MEDIA_TYPE: {"schema": schema}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = {"schema": {"type": "integer"}, "description": "Seconds to wait"}
        response["headers"] = {"Retry-After": seconds}
    return response


def _problem_name(code: Code) -> str:
    return f"Problem_{code.name}"


def _problem_schemas(codes: Iterable[Code]) -> Tree:
    base = {
        "type": "object",
        "description": "An error as RFC 9457 has it; tell them apart by `code`.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "code": {"type": "string"},
            "errors": {"type": "array", "items": {"$ref": _REF.format(model="FieldError")}},
        },
    }
    field_error = {
        "type": "object",
        "description": "One mistake; `type` and `limit` are for saying it in other words.",
        "required": ["pointer", "message", "type"],
        "properties": {
            "pointer": {"type": "string", "format": "json-pointer"},
            "message": {"type": "string"},
            "type": {"type": "string", "enum": [kind.value for kind in Flaw]},
            "limit": {"type": "number"},
        },
    }
    each = {_problem_name(code): _problem_schema(code) for code in sorted(codes, key=_name)}
    return {"Problem": base, "FieldError": field_error, **each}


def _name(code: Code) -> str:
    return code.name


def _problem_schema(code: Code) -> Tree:
    properties: Tree = {"code": {"const": code.name}, "status": {"const": code.status}}
    properties |= {name: _TYPES.get(name, {"type": "string"}) for name in sorted(code.members)}
    return {
        "description": f"{code.when} {code.advice}",
        "allOf": [{"$ref": _REF.format(model="Problem")}],
        "properties": properties,
        "required": sorted(code.members),
    }
