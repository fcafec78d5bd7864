"""Look up a passage of the book, verbatim: the model quotes it instead of remembering it."""

import json
from typing import Annotated, Literal

from pydantic import Field

from tools.base import ToolContext, ToolFailed, tool
from tools.builtin.arguments import Arguments
from tools.builtin.conventions import locale_of
from tools.liuyao.texts import NoSuchText, Passage, hexagram_name, passage
from tools.liuyao.vocabulary import Part

# Literals, as an enumeration would put a $ref into the schema, which some model servers refuse.
PartName = Literal["judgment", "commentary", "image", "line", "allMoving"]
LocaleName = Literal["zh-Hans", "zh-Hant", "en"]


class LookUpText(Arguments):
    number: Annotated[int, Field(ge=1, le=64, description="The hexagram, in King Wen order.")]
    part: Annotated[
        PartName, Field(description="allMoving is 用九 and 用六, of hexagrams 1 and 2 only.")
    ]
    position: Annotated[
        Annotated[int, Field(ge=1, le=6)] | None,
        Field(description="Which line, 1 at the bottom; with part line, and only then."),
    ] = None
    locale: Annotated[
        LocaleName | None, Field(description="Left out, it is the user's language.")
    ] = None


@tool()
async def look_up_text(ctx: ToolContext, args: LookUpText) -> str:
    """Look up a passage of the Book of Changes (周易), to quote it word for word.

    The answer's locale is the language that the text is in: the 彖 commentary and the small image
    of a line exist in Chinese only.
    """
    locale = locale_of(ctx, args.locale)
    try:
        found = passage(args.number, Part(args.part), args.position, locale=locale)
    except NoSuchText as exc:
        raise ToolFailed(f"There is no such text: {exc}.") from exc
    return _answer(found)


def _answer(found: Passage) -> str:
    name = hexagram_name(found.number, locale=found.locale)
    told = {
        "number": found.number,
        "symbol": name.symbol,
        "name": name.name,
        "fullName": name.full_name,
        "part": found.part.value,
        "position": found.position,
        "label": found.label,
        "locale": found.locale.value,
        "text": found.text,
        "image": found.image,
    }
    given = {key: value for key, value in told.items() if value is not None}
    return json.dumps(given, ensure_ascii=False)
