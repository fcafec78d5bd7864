"""The API document as a page for people: no script, nothing fetched from elsewhere."""

import json
from collections import defaultdict
from collections.abc import Mapping
from html import escape
from typing import Any

Tree = Mapping[str, Any]


def api_page(document: Tree) -> str:
    """The body of the page: calls by tag, then every schema, each folded up."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, entry in methods.items():
            groups[entry.get("tags", ["other"])[0]].append(_call(path, method, entry))
    calls = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(entries)}" for tag, entries in sorted(groups.items())
    )
    schemas = "".join(
        f"<details><summary>{escape(name)}</summary>"
        # Within: browsers unfold what holds the place that a link leads to.
        f'<div id="{escape(name)}">{_json(schema)}</div></details>'
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return f"{_lead(document['info'])}{calls}<h2>Schemas</h2>{schemas}"


def _lead(info: Tree) -> str:
    links = '<a href="/openapi.json">OpenAPI 3.1</a> · <a href="/problems">Problems</a>'
    text = escape(info.get("description", ""))
    return f"<p>{text}</p><p>Version {escape(info['version'])} · {links}</p>"


def _call(path: str, method: str, entry: Tree) -> str:
    head = f"{method.upper()} {escape(path)} <span>{escape(entry['summary'])}</span>"
    access = "a signed-in user" if entry.get("security") == [{"bearer": []}] else "everybody"
    parts = [f"<p>{escape(entry.get('description', ''))}</p><p>For {access}.</p>"]
    if parameters := entry.get("parameters"):
        parts.append(f"<dl>{''.join(map(_parameter, parameters))}</dl>")
    for media_type, content in entry.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Takes {escape(media_type)}: {_schema(content['schema'])}</p>")
    answers = "".join(
        f"<tr><td>{status}<td>{_answer(answer)}</tr>"
        for status, answer in sorted(entry["responses"].items())
    )
    parts.append(f"<table>{answers}</table>")
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _parameter(parameter: Tree) -> str:
    needed = ", required" if parameter["required"] else ""
    name = f"<code>{escape(parameter['name'])}</code> ({parameter['in']}{needed})"
    return f"<dt>{name}<dd>{escape(parameter.get('description', ''))}"


def _answer(answer: Tree) -> str:
    gives = "".join(
        f"<br>{escape(media_type)}: {_schema(content['schema'])}"
        for media_type, content in answer.get("content", {}).items()
    )
    return escape(answer["description"]) + gives


def _schema(schema: Tree) -> str:
    refs = [schema, *schema.get("anyOf", ())]
    names = [ref["$ref"].rpartition("/")[2] for ref in refs if "$ref" in ref]
    if names:
        return ", ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names)
    return _json(schema) if len(schema) > 1 else escape(str(schema.get("type", "anything")))


def _json(schema: Tree) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>"
