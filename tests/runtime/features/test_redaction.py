"""A reading without what was asked: quotations of it are gaps, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.features.shares.redaction import GAP, without

TEXT = "所问“我和小明的事，今年能有结果吗？”，得泽火革。\n世在四爻。"


@pytest.mark.parametrize(
    "secret",
    [
        "我和小明的事，今年能有结果吗？",
        " 我和小明的事，\n今年能有结果吗？ ",
        "我和小明的事，今年能有结果吗？还是要等到后年，再看看别人的意思？",
    ],
)
def test_a_question_is_left_out_whole_or_cut_short(secret: str) -> None:
    told = without(TEXT, [secret])

    assert "小明" not in told
    assert "结果" not in told
    assert told.startswith(f"所问“{GAP}")
    assert told.endswith("，得泽火革。\n世在四爻。")


def test_line_breaks_spaces_and_capitals_do_not_hide_it() -> None:
    text = "You ask: “WILL the plan\nwork  out?” It may."

    assert without(text, ["Will the plan work out?"]) == f"You ask: “{GAP}” It may."


@pytest.mark.parametrize("quoted", ["“财”", "「财」", "《财》", '"财"'])
def test_a_question_of_one_word_is_left_out_where_it_is_quoted(quoted: str) -> None:
    told = without(f"所问{quoted}，妻财在二爻。", ["财"])

    assert "妻财在二爻" in told
    assert quoted not in told


def test_a_short_question_is_left_out_everywhere() -> None:
    assert without("问升职吗？答：可升。", ["升职吗？"]) == f"问{GAP}答：可升。"


def test_nothing_else_is_touched() -> None:
    assert without(TEXT, ["完全不同的一个问题？", "", " \n"]) == TEXT


@given(st.text(min_size=16), st.text(), st.text())
def test_whatever_is_asked_its_words_in_a_row_never_come_through(
    secret: str, before: str, after: str
) -> None:
    told = without(f"{before}{secret}{after}", [secret])

    if len("".join(secret.split())) >= 16:
        assert secret not in told
