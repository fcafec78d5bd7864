"""What the session settles for everything that is reckoned beside its own chart."""

from tools.base import ToolContext
from tools.liuyao.vocabulary import Category, DayBoundary, Gender, Locale

DEFAULT_TIMEZONE = "Asia/Shanghai"

# The chart does not keep the querent's gender, only the focus that it led to.
_GENDERS = {"category:love:wealth": Gender.MALE, "category:love:officials": Gender.FEMALE}


def locale_of(ctx: ToolContext, asked: str | None = None) -> Locale:
    """Return the language that was asked for, else the session's."""
    return Locale(asked or ctx.locale)


def timezone_of(ctx: ToolContext) -> str:
    """Return the zone whose clocks count."""
    return ctx.timezone or DEFAULT_TIMEZONE


def boundary_of(ctx: ToolContext) -> DayBoundary:
    """Return when the days of the session's chart begin."""
    if ctx.derived is None:
        return DayBoundary.ZI
    return DayBoundary(ctx.derived["engine"]["conventions"]["dayBoundary"])


def category_of(ctx: ToolContext) -> Category:
    """Return what the session's question is about."""
    return Category(ctx.derived["cast"]["category"]) if ctx.derived else Category.GENERAL


def gender_of(ctx: ToolContext) -> Gender | None:
    """Return the querent's gender as far as the session's chart goes by it."""
    return _GENDERS.get(ctx.derived["focus"]["rule"]) if ctx.derived else None
