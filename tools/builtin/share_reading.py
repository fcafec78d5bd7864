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
        bool, Field(description="Whether the user's question is shown to others too.")
    ] = False


QUESTIONS = {
    "zh-Hans": (
        "分享这次解读（不含你的问题），链接 {days} 天有效？",
        "分享这次解读，连同你的问题，链接 {days} 天有效？",
    ),
    "zh-Hant": (
        "分享這次解讀（不含你的問題），連結 {days} 天有效？",
        "分享這次解讀，連同你的問題，連結 {days} 天有效？",
    ),
    "en": (
        "Share this reading, without your question, by a link for {days} days?",
        "Share this reading and your question by a link for {days} days?",
    ),
}
SHARED = {
    "zh-Hans": ("链接（不含问题，至 {until}）：{url}", "链接（含问题，至 {until}）：{url}"),
    "zh-Hant": ("連結（不含問題，至 {until}）：{url}", "連結（含問題，至 {until}）：{url}"),
    "en": ("The link, without the question, good until {until}: {url}",
           "The link, with the question, good until {until}: {url}"),
}  # fmt: skip


def _question(args: ShareReading, locale: str) -> str:
    return QUESTIONS[locale][args.include_question].format(days=args.ttl_days)


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
