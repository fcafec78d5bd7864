"""A tool from a package of one's own: dice, for questions that are too small for coins."""

from random import SystemRandom
from typing import Annotated

from pydantic import BaseModel, Field

from tools.approval import Approval
from tools.base import ToolContext, tool


class RollDice(BaseModel):
    """What a model may send."""

    count: Annotated[int, Field(ge=1, le=10, description="How many dice.")]


def _question(args: RollDice, ctx: ToolContext) -> str:
    return f"Roll {args.count} dice?" if ctx.locale == "en" else f"掷{args.count}颗骰子？"


@tool(approval=Approval.EACH_CALL, question=_question)
async def roll_dice(ctx: ToolContext, args: RollDice) -> str:
    """Roll dice for the user, and say what each of them shows."""
    thrown = [SystemRandom().randint(1, 6) for _ in range(args.count)]
    return ", ".join(map(str, thrown))
