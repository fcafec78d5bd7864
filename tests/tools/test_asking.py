"""What a user reads before a yes, whatever a model would like them to read."""

import pytest

from tests.tools.builtin.stage import context
from tools.asking import QUESTION_LIMIT, shown
from tools.builtin.save_reading import SaveReading, save_reading


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        ("a\u202egnp.exe", "a\ufffdgnp.exe"),
        ("a\u2066b\u2069", "a\ufffdb\ufffd"),
        ("a\u200fb\u061cc", "a\ufffdb\ufffdc"),
        ("pass\u200bword\ufeff", "pass\ufffdword\ufffd"),
        ("a\x1b[2Jb\x00c\x07", "a\ufffd[2Jb\ufffdc\ufffd"),
        ("one\n\ntwo\u2028three\r\n", "one two three"),
        ("\U000e0041", "\ufffd"),
    ],
)
def test_what_turns_or_hides_text_is_seen(hidden: str, seen: str) -> None:
    assert shown(hidden) == seen


@pytest.mark.parametrize("text", ["《升职》 100%", "👩\u200d💻", "می\u200cخواهم", "שלום"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert shown(text) == text


def test_a_question_has_its_bound() -> None:
    assert len(shown("字" * QUESTION_LIMIT)) == QUESTION_LIMIT
    assert shown("字" * QUESTION_LIMIT * 2) == "字" * (QUESTION_LIMIT - 1) + "…"


def test_no_tool_can_forget_it() -> None:
    args = SaveReading(title="Kept \u202eyortsed")

    assert "\u202e" not in save_reading.asks(args, context(locale="en"))
