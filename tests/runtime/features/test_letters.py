"""The mail with the code: in the reader's language, and what is in it is only text."""

import pytest

from runtime.features.auth.letters import LOCALES, code_mail, locale_of


@pytest.mark.parametrize("locale", LOCALES)
def test_a_code_mail_says_the_code_and_its_time_wherever_one_looks(locale: str) -> None:
    mail = code_mail("ann@example.com", "012345", minutes=10, locale=locale)

    assert mail.subject.startswith("012345 ")
    assert "\n" not in mail.subject
    for body in (mail.text, mail.html):
        assert "012345" in body
        assert "10" in body
        assert "$" not in body
    assert f'lang="{locale}"' in mail.html


def test_what_is_put_into_html_is_escaped() -> None:
    mail = code_mail("ann@example.com", "<b>1</b>", minutes=10, locale="en")

    assert "<b>" not in mail.html
    assert "&lt;b&gt;1" in mail.html


@pytest.mark.parametrize(
    ("wish", "locale"),
    [
        ("", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-Hant-CN", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("ZH-tw", "zh-Hant"),
        ("fr-FR, de;q=0.9", "en"),
        ("en;q=0.2, zh-TW;q=0.7", "zh-Hant"),
        ("zh;q=0, en-GB", "en"),
        ("en;q=x, zh", "zh-Hans"),
        (";;;,,q=", "en"),
        ("zh-TW" + ",x" * 5_000, "zh-Hant"),
    ],
)
def test_the_first_language_that_we_have(wish: str, locale: str) -> None:
    assert locale_of(wish) == locale
