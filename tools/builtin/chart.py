"""Set out a "what if" chart beside the session's own, which it never replaces."""

from typing import Annotated

from pydantic import Field

from tools.base import ToolContext, ToolFailed, tool
from tools.builtin.arguments import Arguments
from tools.builtin.conventions import boundary_of, category_of, gender_of
from tools.builtin.rendering import render_chart
from tools.liuyao.derive import derive
from tools.liuyao.payload import LATEST, CastRefused, parse_cast

HYPOTHESIS = "假设之卦，不是本次所起的卦。(A hypothetical chart, not the cast of this session.)"

_Value = Annotated[int, Field(ge=6, le=9)]


class DeriveChart(Arguments):
    lines: Annotated[
        list[_Value],
        Field(
            min_length=6,
            max_length=6,
            description="From the bottom up: 6 old yin, 7 young yang, 8 young yin, 9 old yang.",
        ),
    ]
    cast_at: Annotated[
        str, Field(max_length=40, description="RFC 3339 with Z or the zone's own offset.")
    ]
    timezone: Annotated[str, Field(max_length=64, description="IANA name, like Asia/Shanghai.")]


@tool()
async def derive_chart(ctx: ToolContext, args: DeriveChart) -> str:
    """Set out the chart that other lines or another moment would give: a "what if".

    It is never the user's cast, which stands as it is.
    """
    try:
        # Any moment of the almanac may be supposed, also one that has not come yet.
        cast = parse_cast(_payload(ctx, args), now=LATEST)
    except CastRefused as refused:
        raise ToolFailed(_sentence(refused)) from refused
    return f"{HYPOTHESIS}\n{render_chart(derive(cast))}"


def _payload(ctx: ToolContext, args: DeriveChart) -> dict[str, object]:
    """What the app would send, of the session's kind, so that the two charts compare."""
    gender = gender_of(ctx)
    return {
        "question": "what if",
        "category": category_of(ctx).value,
        "method": "manual",
        "lines": args.lines,
        "castAt": args.cast_at,
        "timezone": args.timezone,
        "dayBoundary": boundary_of(ctx).value,
        "querent": {"gender": gender.value} if gender else {},
    }


def _sentence(refused: CastRefused) -> str:
    return " ".join(f"{fault.pointer.lstrip('/')}: {fault.sentence}" for fault in refused.errors)
