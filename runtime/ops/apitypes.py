"""JSON schemas in words, for pages of text."""

import json
from collections.abc import Callable, Mapping
from typing import Any

Tree = Mapping[str, Any]

_FORMATS = {
    "date-time": "time",
    "uuid": "uuid",
    "binary": "bytes",
    "date": "date",
    "email": "email",
}


def names_in(schema: Any) -> list[str]:
    """Every type that the schema refers to, in the order in which it does."""
    if isinstance(schema, list):
        return [name for each in schema for name in names_in(each)]
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        return [schema["$ref"].rpartition("/")[2]]
    return [name for key, each in schema.items() if key != "examples" for name in names_in(each)]


def linked(schema: Tree) -> str:
    """A reference as a link, anything else in words."""
    names = names_in(schema) if "$ref" in schema else []
    return f"[{names[0]}](#{names[0].lower()})" if names else described(schema)


def described(schema: Tree) -> str:
    """The type with its limits; whatever the schema does not narrow is `anything`."""
    if "$ref" in schema:
        return linked(schema)
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        told = [*dict.fromkeys(map(described, branches))]
        return " or ".join(told) if len(told) < 3 and "," not in told[0] else ", or ".join(told)
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return ", ".join(map(_literal, schema["enum"]))
    tell = _KINDS.get(schema.get("type", ""), _anything)
    default = schema.get("default")
    return tell(schema) + (
        "" if default in (None, [], {}) else f", {_literal(default)} unless given"
    )


def _literal(value: Any) -> str:
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _text(schema: Tree) -> str:
    form = schema.get("format", "")
    kind = _FORMATS.get(form, form or "text")
    limits = _range(schema.get("minLength"), schema.get("maxLength"), " characters")
    pattern = schema.get("pattern", "") if kind == "text" else ""
    shown = "`" + pattern.replace("|", "\\|") + "`" if pattern else ""
    return ", ".join(filter(None, [kind, limits, shown]))


def _number(schema: Tree) -> str:
    limits = _range(schema.get("minimum"), schema.get("maximum"), "")
    above = f"above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""
    return ", ".join(filter(None, [schema["type"], limits, above]))


def _list(schema: Tree) -> str:
    limits = _range(schema.get("minItems"), schema.get("maxItems"), " items")
    of = described(schema.get("items", {}))
    of = f"({of})" if "," in of else of
    return ", ".join(filter(None, [f"list of {of}", limits]))


def _object(schema: Tree) -> str:
    values = schema.get("additionalProperties")
    return f"object of {described(values)}" if isinstance(values, dict) and values else "object"


def _anything(schema: Tree) -> str:
    return str(schema.get("type", "anything"))


def _range(least: int | None, most: int | None, unit: str) -> str:
    if least == most:
        return "" if least is None else f"{least}{unit}"
    if least and most:
        return f"{least} to {most}{unit}"
    if most is not None:
        return f"at most {most}{unit}"
    return f"at least {least}{unit}" if least else ""


_KINDS: dict[str, Callable[[Tree], str]] = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "array": _list,
    "object": _object,
}
