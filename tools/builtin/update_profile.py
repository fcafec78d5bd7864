"""Note what users tell of themselves: personal data, so it asks."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tools.approval import Approval
from tools.base import MissingRuntimeArgs, ToolContext, ToolFailed, tool
from tools.builtin.arguments import Arguments

GenderName = Literal["female", "male", "other"]
EARLIEST_BIRTH = 1900
BirthYear = Annotated[int, Field(ge=EARLIEST_BIRTH, le=2100)]


class UpdateProfile(Arguments):
    birth_year: BirthYear | None = None
    gender: GenderName | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.birth_year is None and self.gender is None:
            raise ValueError("give birthYear, gender, or both")
        return self


GENDERS = {
    "zh-Hans": {"female": "女", "male": "男", "other": "其他"},
    "zh-Hant": {"female": "女", "male": "男", "other": "其他"},
    "en": {"female": "female", "male": "male", "other": "other"},
}
FACTS = {
    "zh-Hans": ("出生年 {}", "性别 {}"),
    "zh-Hant": ("出生年 {}", "性別 {}"),
    "en": ("year of birth {}", "gender {}"),
}
QUESTIONS = {
    "zh-Hans": "把这些写进你的资料：{}？",
    "zh-Hant": "把這些寫進你的資料：{}？",
    "en": "Put this into your profile: {}?",
}
NOTED = {
    "zh-Hans": "资料已更新：{}。",
    "zh-Hant": "資料已更新：{}。",
    "en": "The profile is updated: {}.",
}
TO_COME = {
    "zh-Hans": "这一年还没有到，资料没有改。",
    "zh-Hant": "這一年還沒有到，資料沒有改。",
    "en": "That year has not come yet; the profile is unchanged.",
}


def _facts(args: UpdateProfile, locale: str) -> str:
    year, gender = FACTS[locale]
    told = [year.format(args.birth_year)] if args.birth_year else []
    told += [gender.format(GENDERS[locale][args.gender])] if args.gender else []
    return (", " if locale == "en" else "，").join(told)


def _question(args: UpdateProfile, ctx: ToolContext) -> str:
    return QUESTIONS[ctx.locale].format(_facts(args, ctx.locale))


def _objections(args: UpdateProfile, now: datetime) -> dict[str, str]:
    return {"birthYear": TO_COME["en"]} if (args.birth_year or 0) > now.year else {}


@tool(
    approval=Approval.EACH_CALL,
    question=_question,
    objections=_objections,
    needs=("user_id", "profile"),
)
async def update_profile(ctx: ToolContext, args: UpdateProfile) -> str:
    """Note the user's year of birth or gender in their profile, where they told it themselves.

    Later charts about love go by the gender.
    """
    if ctx.profile is None or ctx.user_id is None:
        raise MissingRuntimeArgs("update_profile", ["profile"])
    if _objections(args, ctx.now):
        raise ToolFailed(TO_COME[ctx.locale])
    await ctx.profile.tell(
        ctx.call_id, user_id=ctx.user_id, birth_year=args.birth_year, gender=args.gender
    )
    return NOTED[ctx.locale].format(_facts(args, ctx.locale))
