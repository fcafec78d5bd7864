"""Whatever arrives, parse_cast reads it or refuses it, and what it reads can be derived."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tools.liuyao.samples import NOW, payload
from tools.liuyao.cast import Cast
from tools.liuyao.derive import derive
from tools.liuyao.document import validate_derived
from tools.liuyao.faults import Fault
from tools.liuyao.payload import CastRefused, parse_cast

FIELDS = (
    *("version", "question", "category", "method", "lines", "coins", "numbers", "castAt"),
    *("timezone", "locale", "dayBoundary", "trueSolarTime", "location", "querent", "x"),
)

# Hypothesis wants bounds without a zone; both lie just outside what is taken.
FIRST, LAST = datetime(1900, 12, 1), datetime(2026, 12, 1)  # noqa: DTZ001

text = st.text(st.characters(exclude_categories=()), max_size=12)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(5, 10),
    st.floats(),
    text,
    st.binary(max_size=3),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=7), st.dictionaries(st.one_of(text, st.integers()), inner)
    ),
    max_leaves=12,
)
moments = st.from_regex(
    r"\A(19[0-9]{2}|20[0-2][0-9]|[0-9]{4})-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
    r"(\.[0-9]{1,7})?(Z|[+-][0-2][0-9]:[0-9]{2})\Z"
)
zones = st.sampled_from(
    ["UTC", "Asia/Shanghai", "Africa/Monrovia", "America/St_Johns", "Etc/GMT+12"]
)


def outcome(raw: object) -> Cast | list[Fault]:
    try:
        return parse_cast(raw, now=NOW)
    except CastRefused as refused:
        return refused.errors


def assert_sound(result: Cast | list[Fault]) -> None:
    if isinstance(result, Cast):
        assert parse_cast(result.to_json(), now=NOW) == result
        validate_derived(derive(result))
        return
    assert result
    told = list(map(asdict, result))
    json.dumps(told, ensure_ascii=False).encode()  # a client must be able to be told
    assert all(fault.pointer == "" or fault.pointer.startswith("/") for fault in result)


# To make a value up costs far more than to read it: so each is tried in every place.
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(anything)
@example({"\ud800": 1})  # what chance finds once in some hundred
@example("\ud800")
def test_anything_at_all_is_read_or_refused(raw: object) -> None:
    assert_sound(outcome(raw))
    for field in FIELDS:
        assert_sound(outcome(payload() | {field: raw}))


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(FIELDS), anything, min_size=2, max_size=4))
def test_any_field_may_hold_anything(changes: dict[str, Any]) -> None:
    assert_sound(outcome(payload() | changes))


@settings(max_examples=500, deadline=None, database=None, derandomize=True)
@given(moments, zones)
def test_any_moment_is_read_or_refused(moment: str, zone: str) -> None:
    assert_sound(outcome(payload(castAt=moment, timezone=zone)))


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    lines=st.lists(st.integers(6, 9), min_size=6, max_size=6),
    moment=st.datetimes(FIRST, LAST).map(lambda at: f"{at.isoformat(timespec='microseconds')}Z"),
    zone=zones,
    longitude=st.one_of(st.none(), st.floats(-180, 180)),
)
def test_well_formed_payloads_make_charts(
    lines: list[int], moment: str, zone: str, longitude: float | None
) -> None:
    sun = {"trueSolarTime": True, "location": {"longitude": longitude}}

    result = outcome(
        payload(lines=lines, castAt=moment, timezone=zone, **(sun if longitude is not None else {}))
    )

    assert_sound(result)
    if isinstance(result, list):
        assert [fault.pointer for fault in result] == ["/castAt"]
