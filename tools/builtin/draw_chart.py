"""Draw the session's chart into the user's own folder: private, small, and taken back by itself."""

from typing import Annotated, Literal

from pydantic import Field

from tools.base import MissingRuntimeArgs, ToolContext, ToolFailed, tool
from tools.builtin.arguments import Arguments
from tools.liuyao.drawing import draw

NO_CHART = {
    "zh-Hans": "这次会话还没有卦，画不出来。",
    "zh-Hant": "這次會話還沒有卦，畫不出來。",
    "en": "This session has no chart yet, so there is nothing to draw.",
}
DRAWN = {
    "zh-Hans": "卦图：{}",
    "zh-Hant": "卦圖：{}",
    "en": "The chart's drawing: {}",
}


class DrawChart(Arguments):
    format: Annotated[Literal["svg"], Field(description="Drawings are SVG.")] = "svg"
    theme: Literal["light", "dark"] = "light"


@tool(needs=("user_id", "session_id", "drawings"))
async def draw_chart(ctx: ToolContext, args: DrawChart) -> str:
    """Draw the session's chart as a picture, which the user finds at the address that it gives."""
    if ctx.drawings is None or ctx.user_id is None or ctx.session_id is None:
        raise MissingRuntimeArgs("draw_chart", ["drawings"])
    if ctx.derived is None:
        raise ToolFailed(NO_CHART[ctx.locale])
    svg = draw(ctx.derived, theme=args.theme)
    address = await ctx.drawings.keep(
        ctx.call_id, user_id=ctx.user_id, session_id=ctx.session_id, svg=svg
    )
    return DRAWN[ctx.locale].format(address)
