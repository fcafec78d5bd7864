"""The built-in interpreter: fixed words reach every tool that acts, end to end."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import web
from tests.support.api import CAST, Api, Body, text_of
from tests.support.server import NewFolder, ServerProcess

# What a user says → the tool, and what the call says when it is done.
WORDS = {
    "请记下：等到立冬再看": ("save_reading", "已存入日记"),
    "明天上午九点提醒我看信": ("set_reminder", "提醒已设好"),
    "分享给朋友，3天": ("share_reading", "链接（不含问题"),
    "回顾一下以前的卦": ("recall_readings", "旧"),
    "更新我的资料：女，1990年生": ("update_profile", "资料已更新"),
}


@pytest.fixture(scope="module")
def reader(new_folder: NewFolder) -> Iterator[ServerProcess]:
    folder = new_folder()
    server = ServerProcess(folder, MODEL_URL="builtin:", BUILTIN_PACE_MS=0, SIGNUP_POINTS=1_000)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def cleo(reader: ServerProcess) -> Iterator[Api]:
    with reader.api() as api:
        yield api


def read(api: Api, category: str = "career", **cast: Any) -> Body:
    body = Body("何时升职？")
    payload = {**CAST, "locale": "zh-Hans", "category": category, **cast}
    props = {"runtime_mode": "divination", "divinationPayload": payload}
    assert api.perform(body, forwardedProps=props)[-1].data["outcome"] == {"type": "success"}
    return body


def agreed(api: Api, first: Body, words: str) -> tuple[str, Any]:
    """Say it, say yes; what the interpreter says then, and the call."""
    follow_up = first.follow_up(words)
    outcome = api.perform(follow_up)[-1].data["outcome"]
    assert outcome["type"] == "interrupt", words
    (interrupt,) = outcome["interrupts"]
    taken = api.decide(follow_up.run, interrupt["toolCallId"]).json()
    events = api.follow(Body(thread=first.thread, run=taken["runId"]))
    assert events[-1].data["outcome"] == {"type": "success"}
    return text_of(events), api.calls(follow_up.run)[0]


@pytest.mark.parametrize("words", WORDS)
def test_words_reach_their_tool_and_the_answer_ends_well(cleo: Api, words: str) -> None:
    tool, done = WORDS[words]
    first = read(cleo)

    said, call = agreed(cleo, first, words)

    assert (call["name"], call["state"]) == (tool, "completed"), call
    assert done in call["result"]
    assert said.endswith(("。", "：", "…")) or call["result"] in said


def test_a_shared_reading_is_told_with_its_link(cleo: Api) -> None:
    said, call = agreed(cleo, read(cleo), "分享给朋友")

    link = call["result"].rpartition("：")[2]
    assert link in said
    assert web.get(cleo.url + link).status_code == 200


def test_a_drawing_needs_no_yes(cleo: Api) -> None:
    body = read(cleo).follow_up("把卦画出来")

    events = cleo.perform(body)

    assert events[-1].data["outcome"] == {"type": "success"}
    (call,) = cleo.calls(body.run)
    assert (call["name"], call["state"]) == ("draw_chart", "completed")
    assert call["result"].rpartition("：")[2] in text_of(events)


def test_a_saved_reading_comes_back_when_it_is_recalled(cleo: Api) -> None:
    agreed(cleo, read(cleo), "请记下：那只老虎")

    said, _ = agreed(cleo, read(cleo), "回顾一下关于“老虎”的")

    assert "那只老虎" in said


def test_a_chart_about_love_goes_by_the_gender_in_the_profile(cleo: Api) -> None:
    def rule(body: Body) -> str:
        return str(cleo.session(body.thread)["divination_derived"]["focus"]["rule"])

    agreed(cleo, read(cleo), "更新我的资料：男")

    assert rule(read(cleo, "love")) == "category:love:wealth"
    told = read(cleo, "love", querent={"gender": "female"})
    assert rule(told) == "category:love:officials", "what the cast says goes first"
