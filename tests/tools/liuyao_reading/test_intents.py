"""Fixed words lead to a tool, with arguments that the tool accepts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.liuyao_reading.casts import chart
from tools.liuyao.reading.intents import ToolIntent, intent, is_errand

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # Saturday, 9:00 in Shanghai


def asked(message: str, locale: str = "zh-Hans", timezone: str = "Asia/Shanghai") -> Any:
    return intent(message, locale, NOW, timezone)


@pytest.mark.parametrize(
    ("message", "tool"),
    [
        ("记下", "save_reading"),
        ("請記下這一卦", "save_reading"),
        ("保存", "save_reading"),
        ("save", "save_reading"),
        ("Please save this reading", "save_reading"),
        ("明天提醒我", "set_reminder"),
        ("remind me tomorrow", "set_reminder"),
        ("分享给朋友", "share_reading"),
        ("share this", "share_reading"),
        ("回顾一下", "recall_readings"),
        ("看看我以前的卦", "recall_readings"),
        ("recall my past readings", "recall_readings"),
        ("把卦画出来", "draw_chart"),
        ("畫卦", "draw_chart"),
        ("draw the chart", "draw_chart"),
        ("记住我的性别：女", "update_profile"),
        ("請更新我的資料，1990年出生", "update_profile"),
        ("Please update my profile: I am a man", "update_profile"),
        ("哪天会有消息", "look_up_calendar"),
        ("Which days are good?", "look_up_calendar"),
    ],
)
def test_fixed_words_call_their_tool(message: str, tool: str) -> None:
    found = asked(message)

    assert isinstance(found, ToolIntent)
    assert found.tool == tool


@pytest.mark.parametrize(
    "message",
    [
        "我该换工作吗？",
        "Should I save money?",
        "my share of the house",
        "不要保存",
        "別分享出去",
        "don't save this",
        "更新资料",
        "我是女的，1990年生",
        "提醒我",
        "2月30日提醒我",
        "2020-01-01 提醒我",
        "2029年1月1日提醒我",
        "",
    ],
)
def test_other_words_call_none(message: str) -> None:
    assert asked(message) is None


@pytest.mark.parametrize(
    ("message", "at"),
    [
        ("明天提醒我", "2026-11-22T09:00:00+08:00"),
        ("后天提醒我", "2026-11-23T09:00:00+08:00"),
        ("後天下午三點提醒我", "2026-11-23T15:00:00+08:00"),
        ("大后天提醒我", "2026-11-24T09:00:00+08:00"),
        ("今晚提醒我", "2026-11-21T20:00:00+08:00"),
        ("三天后提醒我", "2026-11-24T09:00:00+08:00"),
        ("十二天後提醒我", "2026-12-03T09:00:00+08:00"),
        ("两周后提醒我", "2026-12-05T09:00:00+08:00"),
        ("下周三提醒我", "2026-11-25T09:00:00+08:00"),
        ("下個禮拜天晚上8:30提醒我", "2026-11-29T20:30:00+08:00"),
        ("周日提醒我", "2026-11-22T09:00:00+08:00"),
        ("2026-12-01提醒我", "2026-12-01T09:00:00+08:00"),
        ("2026年12月1日早上七点半提醒我", "2026-12-01T07:30:00+08:00"),
        ("1月5号提醒我", "2027-01-05T09:00:00+08:00"),
        ("remind me tomorrow", "2026-11-22T09:00:00+08:00"),
        ("remind me the day after tomorrow at 18:15", "2026-11-23T18:15:00+08:00"),
        ("remind me in 3 days", "2026-11-24T09:00:00+08:00"),
        ("remind me in a week", "2026-11-28T09:00:00+08:00"),
        ("remind me on Friday", "2026-11-27T09:00:00+08:00"),
        ("remind me on December 1st at 3pm", "2026-12-01T15:00:00+08:00"),
        ("remind me on 3 Jan", "2027-01-03T09:00:00+08:00"),
    ],
)
def test_days_are_read_as_people_say_them(message: str, at: str) -> None:
    assert asked(message).arguments["at"] == at


def test_a_reminder_keeps_what_it_is_about() -> None:
    assert asked("明天提醒我给妈妈打电话").arguments["text"] == "给妈妈打电话"
    assert asked("remind me tomorrow to call Anna").arguments["text"] == "call Anna"
    assert asked("明天提醒我").arguments["text"] == "回看这一卦"
    assert len(asked("明天提醒我" + "说" * 500).arguments["text"]) == 200


def test_days_are_those_of_the_users_own_zone() -> None:
    found = asked("remind me tomorrow", "en", "America/Los_Angeles")

    assert found.arguments["at"] == "2026-11-21T09:00:00-08:00"


def test_a_note_is_what_follows_the_colon() -> None:
    assert asked("记下：周五面试\x00").arguments == {
        "title": "六爻解读 2026-11-21",
        "note": "周五面试",
    }


def test_sharing_leaves_the_question_out_and_ends() -> None:
    assert asked("分享90天").arguments == {
        "audience": "link",
        "ttlDays": 30,
        "includeQuestion": False,
    }


def test_recalling_may_name_a_subject() -> None:
    assert asked("回顾“工作”").arguments == {"query": "工作", "limit": 5}
    assert asked("recall my past readings about love").arguments["query"] == "love"


def test_days_are_looked_up_for_the_branch_of_the_focus() -> None:
    derived = chart([7, 7, 9, 7, 8, 7], "career")

    found = intent("哪天？", "zh-Hans", NOW, "Asia/Shanghai", derived=derived)

    assert found == ToolIntent(
        "look_up_calendar", {"from": "2026-11-21", "days": 30, "branch": "巳"}
    )
    assert asked("哪天是午日，看200天内").arguments == {
        "from": "2026-11-21",
        "days": 90,
        "branch": "午",
    }


def test_a_drawing_takes_form_and_colours() -> None:
    assert asked("画卦图，深色").arguments == {"format": "svg", "theme": "dark"}


def test_a_profile_takes_the_year_and_the_gender_that_are_named() -> None:
    assert asked("更新我的资料：女，1990年生").arguments == {"birthYear": 1990, "gender": "female"}
    assert asked("remember my gender: male").arguments == {"gender": "male"}
    assert asked("set my year of birth to 2001").arguments == {"birthYear": 2001}
    assert asked("set my birth year to 20011") is None


@pytest.mark.parametrize(
    ("message", "errand"),
    [
        ("请把这一卦分享给我的朋友", True),
        ("明天提醒我", True),
        ("能不能分享给朋友？", True),
        ("share this with my friend", True),
        ("Can you remind me tomorrow?", True),
        ("Please save this reading", True),
        ("她会来吗？明天提醒我", False),
        ("什么时候有消息，记下", False),
        ("When will I hear? Remind me tomorrow", False),
        ("哪天会有消息", False),
    ],
)
def test_a_message_that_only_wants_a_thing_done_is_told_from_a_question(
    message: str, *, errand: bool
) -> None:
    assert is_errand(message, asked(message).tool) is errand
