"""The 64 hexagrams are the book's, and their kin are found by form."""

import unicodedata

import pytest

from tools.liuyao.hexagrams import HEXAGRAMS, by_number, nuclear, opposite, turned_over
from tools.liuyao.texts import hexagram_name


def test_numbers_and_names_are_those_of_the_book() -> None:
    for number in range(1, 65):
        hexagram, book = by_number(number), hexagram_name(number)

        assert (hexagram.name, hexagram.full_name) == (book.name, book.full_name)
        assert hexagram.symbol == book.symbol
        assert unicodedata.name(hexagram.symbol).startswith("HEXAGRAM FOR ")


def test_hexagrams_are_found_by_their_bits() -> None:
    assert [hexagram.bits for hexagram in HEXAGRAMS] == list(range(64))
    assert by_number(11).bit_string == "111000"


@pytest.mark.parametrize("number", [0, 65, -1])
def test_there_are_no_others(number: int) -> None:
    with pytest.raises(KeyError):
        by_number(number)


def test_only_sixteen_are_nuclear() -> None:
    assert len({nuclear(hexagram).number for hexagram in HEXAGRAMS}) == 16


def test_opposites_and_reversals_lead_back() -> None:
    for hexagram in HEXAGRAMS:
        assert opposite(opposite(hexagram)) is hexagram
        assert turned_over(turned_over(hexagram)) is hexagram


def test_eight_read_the_same_from_the_top() -> None:
    same = {hexagram.name for hexagram in HEXAGRAMS if turned_over(hexagram) is hexagram}

    assert same == {"乾", "坤", "颐", "大过", "坎", "离", "中孚", "小过"}


def test_the_line_that_asks_and_the_line_that_answers_are_three_apart() -> None:
    assert all(abs(hexagram.shi - hexagram.ying) == 3 for hexagram in HEXAGRAMS)
