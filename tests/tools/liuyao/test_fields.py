"""The question, the words and the zone of a payload, each by its own rules."""

import pytest

from tests.tools.liuyao.samples import payload, pointers, read, refusal
from tools.liuyao.vocabulary import Category, Locale


@pytest.mark.parametrize(
    "question",
    [
        *("", " ", "\n\t ", "?!", "？！……", "\u200b\u200d\ufeff", "\u3164", "\u2800", "\u0301"),
        *("a\x00b", "a\tb", "a\rb", "a\x7fb", "a\x85b", "问" * 501, 1, ["问"]),
    ],
)
def test_questions_that_ask_nothing_or_carry_controls(question: object) -> None:
    assert pointers(question=question) == ["/question"]


@pytest.mark.parametrize("question", ["问", "a\nb", "问" * 500, "💰", "9", "👩‍👩‍👧"])
def test_questions_that_are_taken_as_they_are(question: str) -> None:
    assert read(question=question).question == question


def test_a_question_is_trimmed_and_composed() -> None:
    assert read(question="\u2000 e\u0301tude? \u3000\n").question == "étude?"


def test_length_counts_after_composing() -> None:
    assert len(read(question="e\u0301" * 500).question) == 500


def test_a_refused_question_is_not_repeated() -> None:
    refused = refusal(payload(question="secret\x00secret"))

    assert "secret" not in str(refused)


# The words


@pytest.mark.parametrize("name", ["category", "method", "locale", "dayBoundary"])
@pytest.mark.parametrize("word", ["", "Career", "coins ", 0, True, [], {}, 1.5])
def test_words_are_of_their_lists(name: str, word: object) -> None:
    assert pointers(**{name: word}) == [f"/{name}"]


@pytest.mark.parametrize("category", list(Category))
def test_every_category_is_taken(category: Category) -> None:
    assert read(category=category.value).category is category


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("zh-Hans", Locale.ZH_HANS),
        ("zh-Hant", Locale.ZH_HANT),
        ("en", Locale.EN),
        ("zh-CN", Locale.ZH_HANS),
        ("zh-TW", Locale.ZH_HANT),
        ("zh-HK", Locale.ZH_HANT),
        ("en-GB", Locale.EN),
        ("en-US-POSIX", Locale.EN),
    ],
)
def test_locales_come_out_in_one_spelling(asked: str, given: Locale) -> None:
    assert read(locale=asked).locale is given


@pytest.mark.parametrize("locale", ["de", "zh", "en-", "en-US\n", "en_US", "english", "en-é"])
def test_other_locales_are_refused(locale: str) -> None:
    assert pointers(locale=locale) == ["/locale"]


@pytest.mark.parametrize(
    "zone",
    [
        *("Mars/Olympus", "", "asia/shanghai", "Asia/Shanghai\n", " Asia/Shanghai", "Asia", "+08"),
        *("../etc/passwd", "/etc/localtime", "Asia/../Asia/Shanghai", "Asia/Shanghai\x00", "."),
        *("localtime", "Factory", "tzdata.zi", "zone.tab", "A" * 65, "posix/UTC", 8, ["UTC"]),
    ],
)
def test_zones_that_are_in_no_database(zone: object) -> None:
    assert pointers(timezone=zone) == ["/timezone"]
