"""After a tool the answer always ends well."""

import json
import re
from typing import get_args

import pytest

from tools.builtin.set_reminder import PAST
from tools.liuyao.reading.closings import State, closing
from tools.liuyao.reading.voice import LOCALES

TOOLS = (
    "save_reading",
    "set_reminder",
    "share_reading",
    "recall_readings",
    "draw_chart",
    "look_up_calendar",
    "look_up_text",
    "update_profile",
)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("tool", TOOLS)
def test_every_state_of_every_tool_has_its_words(tool: str, state: State, locale: str) -> None:
    said = closing(tool, state, "", locale)

    assert said.endswith(("。", ".", "：", ":"))
    assert not re.search(r"[{}\[\]]", said)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_failure_is_told_with_the_tools_own_reason(locale: str) -> None:
    said = closing("set_reminder", "failed", PAST[locale], locale)

    assert said.endswith(PAST[locale])


@pytest.mark.parametrize("locale", LOCALES)
def test_a_failure_promises_nothing_and_blames_nobody(locale: str) -> None:
    """Whose fault it was is not known here, nor whether the cast may be asked again."""
    for tool in TOOLS:
        said = closing(tool, "failed", "TimeoutError", locale)
        assert not re.search(r"fault|try again|问题在|稍后|問題在|稍後|Timeout", said), said


@pytest.mark.parametrize("locale", LOCALES)
def test_days_are_told_as_dates(locale: str) -> None:
    result = {
        "void": {"branches": ["辰", "巳"], "endsOn": "2026-11-28 Sat 甲辰"},
        "branch": {"branch": "午", "days": ["2026-11-30 Mon 丙午", "2026-12-12 Sat 戊午"]},
    }

    said = closing("look_up_calendar", "completed", json.dumps(result), locale)

    assert "11月30日" in said or "30 November" in said
    assert "11月28日" in said or "28 November" in said


def test_a_result_that_cannot_be_read_is_left_unsaid() -> None:
    for result in ("", "[]", "null", "{}", '{"void": 1}', "not json"):
        assert closing("look_up_calendar", "completed", result, "en").startswith("The almanac was")


def test_what_was_recalled_is_shown_at_bounded_length() -> None:
    assert closing("recall_readings", "completed", "一卦", "zh-Hans").endswith("一卦")
    assert len(closing("recall_readings", "completed", "卦" * 5000, "zh-Hans")) < 500
