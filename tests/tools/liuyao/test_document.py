"""A document that was bent in any place is not let through."""

import copy
import json
from itertools import product
from typing import Any

import pytest

from tests.tools.liuyao.samples import cast_of, read, seeded
from tools.liuyao.cast import Location, Querent
from tools.liuyao.derive import derive
from tools.liuyao.document import DerivedInvalid, validate_derived
from tools.liuyao.vocabulary import Category, Gender


def paths(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every value in a document that holds no others."""
    if isinstance(node, dict):
        return [found for key, child in node.items() for found in paths(child, (*path, key))]
    if isinstance(node, list):
        return [found for i, child in enumerate(node) for found in paths(child, (*path, i))]
    return [path]


def at(doc: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        doc = doc[step]
    return doc


def bent(doc: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """Return a copy with one value put in another's place; `...` takes it out."""
    whole = copy.deepcopy(doc)
    parent = at(whole, path[:-1])
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return whole


DOC = derive(read(lines=[9, 7, 6, 7, 8, 7]))
OTHER = derive(cast_of(6, 8, 8, 9, 9, 7, at="1999-07-01T05:00:00+00:00", zone="Europe/Rome"))
PATHS = paths(DOC)
# What only the cast knows: a document is as true of another zone of that offset.
FREE = {("cast", "timezone"), ("cast", "method"), ("engine", "version")}


def test_every_kind_of_cast_makes_a_valid_document() -> None:
    chance = seeded("documents")
    casts = chance.sample(list(product((6, 7, 8, 9), repeat=6)), 150)
    told = [None, *map(Querent, Gender)]

    for lines in casts:
        cast = cast_of(
            *lines,
            category=chance.choice(list(Category)),
            querent=chance.choice(told),
            location=chance.choice([None, Location(round(chance.uniform(-180, 180), 2))]),
            zone=chance.choice(["UTC", "Asia/Kathmandu", "Africa/Monrovia"]),
            at=f"{chance.randint(1901, 2026)}-0{chance.randint(1, 9)}-15T22:59:59.5Z",
        )
        validate_derived(json.loads(json.dumps(derive(cast))))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: "/".join(map(str, path)))
def test_no_value_may_be_missing(path: tuple[str | int, ...]) -> None:
    with pytest.raises(DerivedInvalid):
        validate_derived(bent(DOC, path, ...))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: "/".join(map(str, path)))
def test_no_value_may_be_another_one_s(path: tuple[str | int, ...]) -> None:
    """Whatever the other document has in that place is of the right shape, and yet wrong here."""
    for value in (at_or_none(OTHER, path), [], {}, 1.5, "\x00", object()):
        if (path in FREE and isinstance(value, str)) or at(DOC, path) == value:
            continue
        with pytest.raises(DerivedInvalid):
            validate_derived(bent(DOC, path, value))


def at_or_none(doc: dict[str, Any], path: tuple[str | int, ...]) -> Any:
    try:
        return at(doc, path)
    except (KeyError, IndexError, TypeError):
        return None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), True),
        (("version",), 2),
        (("version",), 1.0),
        (("lines", 0, "position"), True),
        (("lines", 0, "moving"), 1),
        (("lines", 1, "changed"), DOC["lines"][0]["changed"]),
        (("primary", "number"), 65),
        (("cast", "lines"), [7, 7, 7, 7, 7]),
        (("cast", "castAt"), "2026-03-14T15:30:00Z"),
        (("cast", "castAt"), "2026-03-14T15:30:00.000000Z\n"),
        (("cast", "castAt"), "2026-13-14T15:30:00.000000Z"),
        (("cast", "castAt"), "0001-01-01T00:00:00.000000Z"),
        (("cast", "localTime"), "2026-03-14T23:30:00+99:00"),
        (("cast", "localTime"), "2026-03-14T23:31:00+08:00"),
        (("cast", "solarTime"), "2026-03-14T25:00:00"),
        (("cast", "category"), "luck"),
        (("focus", "candidates"), [1] * 7),
        (("texts", "items"), []),
        (("extra",), 1),
        (("lines", 0, "extra"), 1),
    ],
)
def test_shapes_and_clocks_that_cannot_be(path: tuple[str | int, ...], value: object) -> None:
    with pytest.raises(DerivedInvalid):
        validate_derived(bent(DOC, path, value))


def test_a_moment_before_the_almanac_makes_no_chart() -> None:
    early = {**DOC["cast"], "castAt": "1800-01-01T00:00:00.000000Z"}
    early["localTime"] = "1800-01-01T00:00:00+00:00"

    with pytest.raises(DerivedInvalid, match="no chart can be made"):
        validate_derived(bent(DOC, ("cast",), early))


@pytest.mark.parametrize("doc", [None, [], "x", 1, {}, {1: 2}, {"version": 1}, object()])
def test_what_is_no_document_at_all(doc: object) -> None:
    with pytest.raises(DerivedInvalid):
        validate_derived(doc)


def test_a_chart_of_another_engine_is_taken_by_its_shape() -> None:
    """Its rules were others; what it told the querent stays what it told."""
    old = bent(bent(DOC, ("engine", "version"), "0.9.0"), ("lines", 0, "dayClash"), value=True)

    validate_derived(old)
    with pytest.raises(DerivedInvalid):
        validate_derived(bent(old, ("lines", 0, "dayClash"), "yes"))


def test_a_refusal_names_the_place_and_not_the_value() -> None:
    with pytest.raises(DerivedInvalid, match="lines/2/stem") as refused:
        validate_derived(bent(DOC, ("lines", 2, "stem"), "secret"))
    assert "secret" not in str(refused.value)
    with pytest.raises(DerivedInvalid, match="own lines and clocks: focus"):
        validate_derived(bent(DOC, ("focus", "hidden"), value=True))


def test_the_order_of_names_does_not_matter() -> None:
    """A database may keep the document in an order of its own."""
    validate_derived(json.loads(json.dumps(DOC, sort_keys=True)))
