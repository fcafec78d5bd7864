"""The mail that carries a code, in the reader's language."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from runtime.mail.base import Mail

LOCALES = ("en", "zh-Hans", "zh-Hant")
_TEXTS = Path(__file__).with_name("texts")
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def code_mail(to: str, code: str, *, minutes: int, locale: str) -> Mail:
    """A code on its way; the subject holds it too, for those who read on a watch."""
    said = {"code": code, "minutes": str(minutes)}
    subject, _, text = _template(f"code.{locale}.txt").substitute(said).partition("\n")
    safe = {name: escape(value) for name, value in said.items()}
    return Mail(
        to=to, subject=subject, text=text, html=_template(f"code.{locale}.html").substitute(safe)
    )


def locale_of(accept_language: str) -> str:
    """The first of our languages by the reader's own order; English where none is."""
    for tag in _by_wish(accept_language):
        language, *rest = tag.split("-")
        if language == "zh":
            return "zh-Hant" if _TRADITIONAL.intersection(rest) else "zh-Hans"
        if language == "en":
            return "en"
    return "en"


def _by_wish(accept_language: str) -> list[str]:
    wishes = []
    for part in accept_language.lower()[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        wishes.append((_weight(quality), tag))
    return [tag for weight, tag in sorted(wishes, key=lambda wish: -wish[0]) if weight]


def _weight(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


@cache
def _template(name: str) -> Template:
    return Template((_TEXTS / name).read_text(encoding="utf-8"))
