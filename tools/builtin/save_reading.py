"""Keep a reading in the user's journal: it writes in the user's name, so it asks first."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from tools.approval import Approval
from tools.asking import excerpt
from tools.base import MissingRuntimeArgs, ToolContext, tool
from tools.builtin.arguments import Arguments, heading, prose


class SaveReading(Arguments):
    title: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
        AfterValidator(heading),
    ]
    note: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(prose)
    ] = ""


QUESTIONS = {
    "zh-Hans": "把这次解读以《{}》为题存进你的日记？",
    "zh-Hant": "把這次解讀以《{}》為題存進你的日記？",
    "en": "Save this reading to your journal as “{}”?",
}
WITH_NOTE = {
    "zh-Hans": "把这次解读以《{}》为题存进你的日记，并附上这段话：“{}”？",
    "zh-Hant": "把這次解讀以《{}》為題存進你的日記，並附上這段話：「{}」？",
    "en": "Save this reading to your journal as “{}”, with this note: “{}”?",
}
SAVED = {
    "zh-Hans": "已存入日记：《{}》。",
    "zh-Hant": "已存入日記：《{}》。",
    "en": "Saved to the journal as “{}”.",
}


def _question(args: SaveReading, ctx: ToolContext) -> str:
    if args.note:
        return WITH_NOTE[ctx.locale].format(args.title, excerpt(args.note, ctx.locale))
    return QUESTIONS[ctx.locale].format(args.title)


@tool(
    approval=Approval.EACH_CALL,
    question=_question,
    needs=("user_id", "session_id", "journal"),
)
async def save_reading(ctx: ToolContext, args: SaveReading) -> str:
    """Save this session's reading to the user's journal, under a title and perhaps with a note."""
    if ctx.journal is None or ctx.user_id is None or ctx.session_id is None:
        raise MissingRuntimeArgs("save_reading", ["journal"])
    await ctx.journal.save(
        ctx.call_id,
        user_id=ctx.user_id,
        session_id=ctx.session_id,
        title=args.title,
        note=args.note,
    )
    return SAVED[ctx.locale].format(args.title)
