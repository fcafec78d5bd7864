"""Make a reading readable by others: a disclosure cannot be taken back, so it asks."""

from typing import Annotated, Literal

from pydantic import Field

from tools.approval import Approval
from tools.base import MissingRuntimeArgs, ToolContext, tool
from tools.builtin.arguments import Arguments
from tools.builtin.conventions import timezone_of
from tools.liuyao.clocks import zone


class ShareReading(Arguments):
    audience: Annotated[Literal["link"], Field(description="Whoever has the link can read it.")] = (
        "link"
    )
    ttl_days: Annotated[int, Field(ge=1, le=30, description="Days until the link ends.")] = 7
    include_question: Annotated[
        bool,
        Field(
            description="Whether others see the user's question and this reading of it; else a "
            "text composed from the chart alone."
        ),
    ] = False


QUESTIONS = {
    "zh-Hans": (
        "用链接公开这一卦，{days} 天有效？页上是卦图和只据卦象写的文字，没有你的问题和回答。",
        "用链接公开这次解读，{days} 天有效？页面上会写明你的问题，和对它的全部回答。",
    ),
    "zh-Hant": (
        "用連結公開這一卦，{days} 天有效？頁上是卦圖和只據卦象寫的文字，沒有你的問題和回答。",
        "用連結公開這次解讀，{days} 天有效？頁面上會寫明你的問題，和對它的全部回答。",
    ),
    "en": (
        (
            "Share this cast by a link for {days} days? Whoever has it sees the chart, and a text "
            "composed from the chart alone: neither your question nor the answer to it."
        ),
        (
            "Share this reading by a link for {days} days? Whoever has it sees your question, and "
            "all that you were answered."
        ),
    ),
}
SHARED = {
    "zh-Hans": ("链接（不含问题，至 {until}）：{url}", "链接（含问题，至 {until}）：{url}"),
    "zh-Hant": ("連結（不含問題，至 {until}）：{url}", "連結（含問題，至 {until}）：{url}"),
    "en": ("The link, without the question, good until {until}: {url}",
           "The link, with the question, good until {until}: {url}"),
}  # fmt: skip


def _question(args: ShareReading, ctx: ToolContext) -> str:
    return QUESTIONS[ctx.locale][args.include_question].format(days=args.ttl_days)


@tool(
    approval=Approval.EACH_CALL,
    question=_question,
    needs=("user_id", "session_id", "shares"),
)
async def share_reading(ctx: ToolContext, args: ShareReading) -> str:
    """Open a public page with this session's reading, under a link that ends by itself.

    The user's question stays out of it unless they want it in.
    """
    if ctx.shares is None or ctx.user_id is None or ctx.session_id is None:
        raise MissingRuntimeArgs("share_reading", ["shares"])
    shared = await ctx.shares.share(
        ctx.call_id,
        user_id=ctx.user_id,
        session_id=ctx.session_id,
        days=args.ttl_days,
        include_question=args.include_question,
    )
    until = shared.expires_at.astimezone(zone(timezone_of(ctx)))
    told = SHARED[ctx.locale][args.include_question]
    return told.format(until=f"{until:%Y-%m-%d %H:%M}", url=shared.url)
