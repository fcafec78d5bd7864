"""Streaming pieces: small, lossless, always the same."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.liuyao_reading.casts import chart
from tools.liuyao.reading.compose import compose
from tools.liuyao.reading.pieces import tokens


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert all(tokens(text))


@given(st.text(alphabet="卦象，。你好 abc\n“”*"))
def test_the_same_text_is_cut_the_same_way(text: str) -> None:
    assert tokens(text) == tokens(text)


def test_chinese_comes_in_one_to_three_characters() -> None:
    text = compose(chart([7, 7, 9, 7, 8, 7]), question="问？", category="general", locale="zh-Hans")
    pieces = tokens(text.text())

    assert {len(piece) for piece in pieces if re.fullmatch(r"[\u4e00-\u9fff]+", piece)} == {1, 2, 3}


def test_english_comes_word_by_word_with_its_space() -> None:
    assert tokens("It is a long way.\n\nGo.") == ["It ", "is ", "a ", "long ", "way.\n\n", "Go."]
