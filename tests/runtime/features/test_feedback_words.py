"""What people write: harmless, and counted as they count."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.features.feedback.words import characters, clean, one_line


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("你好。", 3),
        ("e\u0301a\u0300", 2),
        ("👍🏽", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("❤️‍🔥", 1),
        ("🇨🇳🇩🇪", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),
        ("1️⃣", 1),
        ("a\u200db", 2),
        ("\u0301\u200d", 0),
        ("a\nb", 3),
    ],
)
def test_characters_are_what_people_see(text: str, count: int) -> None:
    assert characters(text) == count


def test_lines_stay_and_what_misleads_goes() -> None:
    assert clean(" a\r\nb\rc\u2028d\te\u202e\x00\x1b\ufffe\ufeff ") == "a\nb\nc\nd e"
    assert one_line("a\n  b\tc") == "a b c"


@given(st.text())
def test_whatever_comes_is_clean_after_it_was_cleaned(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert characters(cleaned) <= len(cleaned)
    controls = {letter for letter in cleaned if unicodedata.category(letter) == "Cc"}
    assert controls <= {"\n"}
    cleaned.encode()
