"""docs/api.md: the API document as a page of text, call by call."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.ops.apitypes import described, linked, names_in

Tree = Mapping[str, Any]

# What bodies carry within a member that may be anything; the members' descriptions point to it.
WITHIN = ("DivinationPayload",)

LEAD = """\
Bodies and answers are JSON in camelCase unless a call says otherwise; times are UTC with six
digits of a second. A token goes into `Authorization: Bearer` ([sign-in](sign-in.md)). Lists come in
pages: `cursor` is the `nextCursor` of the page before. Errors are `application/problem+json`, told
apart by `code` ([errors](errors.md)); 429 carries `Retry-After`. A running server has the same as
`/openapi.json`, and as a page at `/docs`; [clients](clients.md) has the rules that keep one right.
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One entry of the document, with the codes that it may answer with."""

    path: str
    method: str
    entry: Tree
    codes: frozenset[str] = field(default_factory=frozenset)

    @property
    def title(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def tag(self) -> str:
        return str(self.entry.get("tags", ["other"])[0])

    @property
    def bodies(self) -> Tree:
        content: Tree = self.entry.get("requestBody", {}).get("content", {})
        return content

    @property
    def needs_token(self) -> bool:
        return {} not in self.entry.get("security", [{}])

    @property
    def takes_token(self) -> bool:
        return "security" in self.entry

    def answers(self) -> Iterator[tuple[str, Tree, Tree]]:
        """Status, answer and content of what is no problem alone."""
        for status, answer in self.entry["responses"].items():
            content = {
                kind: each
                for kind, each in answer.get("content", {}).items()
                if "problem" not in kind
            }
            if content or status < "400":
                yield status, answer, content


def api_reference(note: str, document: Tree) -> str:
    """The whole page; what every call may answer with is said once."""
    schemas = document["components"]["schemas"]
    calls = [
        Call(path, method, entry, frozenset(_codes(entry, schemas)))
        for path, methods in document["paths"].items()
        for method, entry in methods.items()
    ]
    groups: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.tag].append(call)
    usual = _Usual.of(calls)
    parts = [f"# The API\n\n{note}\n{LEAD}", usual.told()]
    parts += [_contents(groups)]
    parts += [_group(tag, group, usual, schemas) for tag, group in groups.items()]
    parts.append(_types(calls, schemas))
    return "\n".join(parts)


def anchor(title: str) -> str:
    """What a heading is called in links."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@dataclass(frozen=True, slots=True)
class _Usual:
    """Problems that all calls of a kind share."""

    everywhere: frozenset[str]
    with_token: frozenset[str]
    with_body: frozenset[str]

    @classmethod
    def of(cls, calls: Iterable[Call]) -> "_Usual":
        calls = [*calls]
        everywhere = _shared(calls)
        with_token = _shared(call for call in calls if call.takes_token) - everywhere
        return cls(everywhere, with_token, _shared(c for c in calls if c.bodies) - everywhere)

    def told(self) -> str:
        return (
            f"\nAny call may answer {_links(self.everywhere)}; one that reads a token also "
            f"{_links(self.with_token)}; one with a body also {_links(self.with_body)}. Below are "
            "those that a call has besides.\n"
        )

    def besides(self, call: Call) -> frozenset[str]:
        usual = self.everywhere
        usual |= self.with_token if call.takes_token else frozenset()
        usual |= self.with_body if call.bodies else frozenset()
        return call.codes - usual


def _shared(calls: Iterable[Call]) -> frozenset[str]:
    found = [call.codes for call in calls]
    return frozenset.intersection(*found) if found else frozenset()


def _codes(entry: Tree, schemas: Tree) -> Iterator[str]:
    for answer in entry["responses"].values():
        for kind, content in answer.get("content", {}).items():
            if "problem" in kind:
                for name in names_in(content["schema"]):
                    yield schemas[name]["properties"]["code"]["const"]


def _links(codes: Iterable[str]) -> str:
    return ", ".join(f"[`{code}`](errors.md#{code.lower()})" for code in sorted(codes))


def _contents(groups: Mapping[str, list[Call]]) -> str:
    rows = "".join(
        f"| [{tag}](#{anchor(tag)}) | {'<br>'.join(map(_entry_of_contents, group))} |\n"
        for tag, group in groups.items()
    )
    return f"| | calls |\n| --- | --- |\n{rows}"


def _entry_of_contents(call: Call) -> str:
    return f"[`{call.title}`](#{anchor(call.title)}) {call.entry['summary']}"


def _group(tag: str, calls: Iterable[Call], usual: _Usual, schemas: Tree) -> str:
    told = "\n".join(_call(call, usual, schemas) for call in calls)
    return f"## {tag.capitalize()}\n\n{told}"


def _call(call: Call, usual: _Usual, schemas: Tree) -> str:
    paragraphs = [f"### {call.title}", _about(call), _who(call), _parameters(call)]
    paragraphs += [_body(kind, content, schemas) for kind, content in call.bodies.items()]
    paragraphs.append(_answers(call))
    if own := usual.besides(call):
        paragraphs.append(f"Refuses with {_links(own)}.")
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _about(call: Call) -> str:
    return " ".join(filter(None, [f"{call.entry['summary']}.", call.entry.get("description", "")]))


def _who(call: Call) -> str:
    if call.needs_token:
        return "For a signed-in user."
    return "For everybody; a token is read." if call.takes_token else "For everybody."


def _parameters(call: Call) -> str:
    return _table(
        ("parameter", "in", "type", ""),
        [
            (
                f"`{each['name']}`",
                each["in"],
                _typed(each["schema"], needed=each["required"]),
                _said(each),
            )
            for each in call.entry.get("parameters", ())
        ],
    )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Its last column, the one that explains, is left out where nothing has to be explained."""
    rows = [*rows]
    width = len(heads) if any(row[-1] for row in rows) else len(heads) - 1
    lines = [heads[:width], ("---",) * width, *(row[:width] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if rows else ""


def _typed(schema: Tree, *, needed: bool) -> str:
    return ("**required**, " if needed else "") + described(schema)


def _said(schema: Tree) -> str:
    return " ".join(schema.get("description", "").split())


def _body(kind: str, content: Tree, schemas: Tree) -> str:
    schema = content["schema"]
    names = names_in(schema)
    if not names:
        return f"Takes `{kind}`: {described(schema)}."
    model = schemas[names[0]]
    shown = (json.dumps(each, indent=2, ensure_ascii=False) for each in model.get("examples", ()))
    blocks = (f"```json\n{example}\n```" for example in shown)
    return "\n\n".join([f"Takes `{kind}`:", _fields(model), *blocks])


def _answers(call: Call) -> str:
    return "\n".join(_answer(call, *found) for found in call.answers())


def _answer(call: Call, status: str, answer: Tree, content: Tree) -> str:
    given = " or ".join(_given(kind, each["schema"]) for kind, each in content.items())
    given = given or "without a body"
    # The usual answer has the summary for its description, which stands above already.
    about = "" if answer["description"] == call.entry["summary"] else answer["description"]
    return f"- **{status}** " + ": ".join(filter(None, [given, about]))


def _given(kind: str, schema: Tree) -> str:
    if kind == "text/event-stream":
        return "a stream of [events](events.md)"
    return linked(schema) if kind == "application/json" else f"`{kind}`"


def _fields(model: Tree) -> str:
    needed = model.get("required", ())
    return _table(
        ("field", "type", ""),
        [
            (f"`{name}`", _typed(schema, needed=name in needed), _said(schema))
            for name, schema in model.get("properties", {}).items()
        ],
    )


def _types(calls: Iterable[Call], schemas: Tree) -> str:
    """Every type that a body or an answer leads to."""
    found: dict[str, None] = {}
    bodies = {name for call in calls for name in _of_bodies(call)}
    wanted = [name for name in WITHIN if name in schemas]
    wanted += [name for call in calls for name in _named_by(call)]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = None
            wanted += names_in(schemas[name])
    told = [_type(name, schemas[name]) for name in sorted(found.keys() - bodies)]
    return "## Types\n\n" + "\n".join(told)


def _of_bodies(call: Call) -> Iterator[str]:
    for content in call.bodies.values():
        yield from names_in(content["schema"])[:1]


def _named_by(call: Call) -> Iterator[str]:
    yield from _of_bodies(call)
    for _, _, content in call.answers():
        for each in content.values():
            yield from names_in(each["schema"])


def _type(name: str, schema: Tree) -> str:
    told = [f"### {name}", _said(schema), _fields(schema) or described(schema)]
    return "\n\n".join(filter(None, told)) + "\n"
