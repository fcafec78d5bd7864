"""What a session settles for all that is reckoned beside its chart."""

import pytest

from tests.tools.builtin.stage import chart, context
from tools.builtin.conventions import (
    boundary_of,
    category_of,
    gender_of,
    locale_of,
    timezone_of,
)
from tools.liuyao.vocabulary import Category, DayBoundary, Gender, Locale


def test_without_a_chart_the_commonest_conventions_hold() -> None:
    ctx = context()

    assert timezone_of(ctx) == "Asia/Shanghai"
    assert boundary_of(ctx) is DayBoundary.ZI
    assert category_of(ctx) is Category.GENERAL
    assert gender_of(ctx) is None
    assert locale_of(ctx) is Locale.ZH_HANS


def test_a_chart_and_the_runtime_say_otherwise() -> None:
    derived = chart(category="wealth", dayBoundary="midnight")
    ctx = context(derived=derived, timezone="Asia/Taipei", locale="en")

    assert timezone_of(ctx) == "Asia/Taipei"
    assert boundary_of(ctx) is DayBoundary.MIDNIGHT
    assert category_of(ctx) is Category.WEALTH
    assert locale_of(ctx) is Locale.EN
    assert locale_of(ctx, "zh-Hant") is Locale.ZH_HANT


@pytest.mark.parametrize("gender", [None, *Gender])
def test_the_gender_is_known_where_it_decides_the_focus(gender: Gender | None) -> None:
    told = {"querent": {"gender": gender.value}} if gender else {}
    deciding = {Gender.MALE, Gender.FEMALE}

    love = context(derived=chart(category="love", **told))
    career = context(derived=chart(category="career", **told))

    assert gender_of(love) is (gender if gender in deciding else None)
    assert gender_of(career) is None
