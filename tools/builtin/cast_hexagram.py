"""Cast a hexagram for a session that has none: chance enters here, and once."""

import json
from collections.abc import Callable
from datetime import UTC
from random import Random
from secrets import SystemRandom
from typing import Annotated, Literal

from pydantic import Field

from tools.base import ToolContext, ToolFailed, tool
from tools.builtin.arguments import Arguments
from tools.builtin.conventions import locale_of, timezone_of
from tools.builtin.rendering import render_chart
from tools.liuyao.cast import Cast, rfc3339
from tools.liuyao.casting import Coins, Throw, throw_coins
from tools.liuyao.derive import derive
from tools.liuyao.texts import passage
from tools.liuyao.vocabulary import Category, Locale, Method, Part

MethodName = Literal["coins", "yarrow"]

_FOLLY = 4  # 蒙
_REFUSALS = {
    Locale.ZH_HANS: "此问已有卦，不再起第二卦。蒙卦卦辞：「{}」",
    Locale.ZH_HANT: "此問已有卦，不再起第二卦。蒙卦卦辭：「{}」",
    Locale.EN: "This question has its hexagram; there is no second cast. Hexagram 4 says: “{}”",
}


class CastHexagram(Arguments):
    method: Annotated[
        MethodName,
        Field(description="coins: three coins; yarrow: stalks, with their own odds."),
    ]


@tool()
async def cast_hexagram(ctx: ToolContext, args: CastHexagram) -> str:
    """Cast a hexagram at random for a question that has none yet.

    Gives what fell, from the bottom line up, then the chart. A second cast on one question is
    refused.
    """
    if ctx.derived is not None:
        raise ToolFailed(_refusal(locale_of(ctx)))
    thrown = THROWS[args.method](SystemRandom())
    cast = Cast(
        question="",
        category=Category.GENERAL,
        method=Method(args.method),
        lines=thrown.lines,
        at=ctx.now.astimezone(UTC),
        zone=timezone_of(ctx),
    )
    return f"{_record(cast, thrown)}\n\n{render_chart(derive(cast))}"


def throw_yarrow(rng: Random) -> Throw:
    """Divide the stalks three times for each line, lowest first.

    A division counts 3 or 2 like a coin, but one in four is a 2 at the first division of a line
    and one in two at the others. Hence 6, 7, 8, 9 fall 1, 5, 7 and 3 times in sixteen.
    """
    return Throw(tuple(_divisions(rng) for _ in range(6)))


def _divisions(rng: Random) -> Coins:
    return rng.choice((2, 3, 3, 3)), rng.choice((2, 3)), rng.choice((2, 3))


THROWS: dict[MethodName, Callable[[Random], Throw]] = {
    "coins": throw_coins,
    "yarrow": throw_yarrow,
}


def _refusal(locale: Locale) -> str:
    judgment = passage(_FOLLY, Part.JUDGMENT, locale=locale)
    return _REFUSALS[locale].format(judgment.text)


def _record(cast: Cast, thrown: Throw) -> str:
    told = {
        "method": cast.method.value,
        "coins" if cast.method is Method.COINS else "divisions": thrown.coins,
        "lines": cast.lines,
        "castAt": rfc3339(cast.at),
        "timezone": cast.zone,
    }
    return json.dumps(told)
