"""What-if charts, which never replace the session's own."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.builtin.stage import call, chart, context
from tools.approval import Approval, CallState
from tools.builtin.chart import HYPOTHESIS, derive_chart
from tools.builtin.rendering import render_chart
from tools.runner import ArgumentsInvalid

GIVEN = {
    "lines": [7, 7, 9, 7, 8, 6],
    "castAt": "2026-03-14T23:30:00+08:00",
    "timezone": "Asia/Shanghai",
}


async def test_the_chart_is_the_one_that_the_app_would_have_got() -> None:
    answer = await call(derive_chart, **GIVEN)

    assert answer.state is CallState.COMPLETED
    assert answer.content == f"{HYPOTHESIS}\n" + render_chart(
        chart(category="general", method="manual")
    )


async def test_it_is_drawn_for_the_sessions_question_and_by_its_rules() -> None:
    """Else the two charts would differ in what was not asked about."""
    own = chart(category="love", querent={"gender": "female"}, dayBoundary="midnight")

    answer = await call(derive_chart, context(derived=own), **GIVEN)

    same = chart(
        category="love", querent={"gender": "female"}, dayBoundary="midnight", method="manual"
    )
    assert answer.content == f"{HYPOTHESIS}\n{render_chart(same)}"


async def test_the_sessions_own_chart_stays_as_it_was() -> None:
    own = chart()
    before = deepcopy(own)

    await call(derive_chart, context(derived=own), **{**GIVEN, "lines": [8, 8, 8, 8, 8, 8]})

    assert own == before


async def test_a_moment_may_be_supposed_that_has_not_come_yet() -> None:
    answer = await call(derive_chart, **{**GIVEN, "castAt": "2035-01-01T00:00:00Z"})

    assert answer.state is CallState.COMPLETED
    assert "甲寅年" in answer.content


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"castAt": "2026-03-14T23:30:00+07:00"}, "castAt: The offset must be that of"),
        ({"castAt": "2026-03-14 23:30"}, "castAt: Write the moment as RFC 3339"),
        ({"castAt": "2102-01-02T00:00:00Z"}, "castAt: This moment has not come yet"),
        ({"castAt": "1900-12-31T00:00:00Z"}, "castAt: Casts from before 1901"),
        ({"timezone": "Middle/Earth"}, "timezone: The time zone must be an IANA name"),
        ({"timezone": "../../etc/passwd"}, "timezone: The time zone must be an IANA name"),
    ],
)
async def test_what_makes_no_chart_is_refused_in_a_sentence_that_says_where(
    wrong: dict[str, object], why: str
) -> None:
    answer = await call(derive_chart, **{**GIVEN, **wrong})

    assert answer.state is CallState.FAILED
    assert answer.content.startswith(why)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": [7, 7, 9, 7, 8]},
        {"lines": [7, 7, 9, 7, 8, 6, 6]},
        {"lines": [7, 7, 9, 7, 8, 5]},
        {"lines": [7, 7, 9, 7, 8, True]},
        {"lines": [7, 7, 9, 7, 8, 6.0]},
        {"lines": [7, 7, 9, 7, 8, "6"]},
        {"lines": "779786"},
        {"castAt": "2026-03-14T23:30:00+08:00".ljust(41)},
        {"castAt": 1700000000},
        {"timezone": "A" * 65},
        {"question": "何时升职？"},
        {"cast_at": "2026-03-14T23:30:00+08:00"},
    ],
)
async def test_arguments_outside_their_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ArgumentsInvalid, match=next(iter(wrong))):
        await call(derive_chart, **{**GIVEN, **wrong})


@given(
    cast_at=st.text(max_size=40)
    | st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z"),
    timezone=st.text(max_size=64) | st.sampled_from(["UTC", "Asia/Taipei", "localtime"]),
)
async def test_whatever_moment_and_zone_are_given_there_is_an_answer(
    cast_at: str, timezone: str
) -> None:
    answer = await call(derive_chart, **{**GIVEN, "castAt": cast_at, "timezone": timezone})

    assert answer.content


def test_it_asks_nobody_and_needs_nothing() -> None:
    assert derive_chart.approval is Approval.NEVER
    assert not derive_chart.needs
