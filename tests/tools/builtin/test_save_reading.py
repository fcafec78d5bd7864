"""Readings kept in the user's journal, and only with the user's yes."""

from typing import Any

import pytest

from tests.tools.builtin.stage import FakeJournal, call, context
from tools.approval import Approval, CallState
from tools.base import MissingRuntimeArgs, ToolContext
from tools.builtin.save_reading import SaveReading, save_reading
from tools.liuyao.vocabulary import Locale
from tools.runner import ArgumentsInvalid, check_arguments


def with_journal(kept_in: FakeJournal, **changes: Any) -> ToolContext:
    """Return the context of Ann's session, with a journal in it."""
    whole = {"user_id": "ann", "session_id": "s-1", "journal": kept_in, **changes}
    return context(**whole)


async def test_a_reading_is_kept_once_under_the_calls_id() -> None:
    journal = FakeJournal()

    answer = await call(save_reading, with_journal(journal), title="升职", note="等到立冬。")

    assert answer.state is CallState.COMPLETED
    assert journal.attempts == ["call-1"]
    assert journal.kept["call-1"] == {
        "user_id": "ann",
        "session_id": "s-1",
        "title": "升职",
        "note": "等到立冬。",
    }


async def test_a_call_that_is_carried_out_again_keeps_one_reading() -> None:
    """A worker that died between the effect and its record makes the next one do it again."""
    journal = FakeJournal()

    first = await call(save_reading, with_journal(journal), title="升职")
    again = await call(save_reading, with_journal(journal), title="升职")

    assert first == again
    assert len(journal.attempts) == 2
    assert len(journal.kept) == 1


@pytest.mark.parametrize("missing", ["user_id", "session_id", "journal"])
async def test_without_all_of_its_context_it_keeps_nothing(missing: str) -> None:
    journal = FakeJournal()

    with pytest.raises(MissingRuntimeArgs) as refused:
        await call(save_reading, with_journal(journal, **{missing: None}), title="升职")

    assert refused.value.names == [missing]
    assert not journal.attempts


async def test_it_does_not_trust_its_caller_to_have_looked() -> None:
    with pytest.raises(MissingRuntimeArgs):
        await save_reading.run(context(), SaveReading(title="升职"))


def test_it_asks_the_user_each_time_in_the_users_language_and_with_the_title() -> None:
    assert save_reading.approval is Approval.EACH_CALL
    assert save_reading.question is not None
    args = SaveReading(title="{title} 100%")
    questions = {save_reading.asks(args, context(locale=locale.value)) for locale in Locale}

    assert len(questions) == len(Locale)
    assert all("{title} 100%" in question for question in questions)


@pytest.mark.parametrize("locale", Locale)
def test_a_note_is_part_of_what_is_asked_as_far_as_there_is_room(locale: Locale) -> None:
    ctx = context(locale=locale.value)
    short, long = "Wait\nfor winter.", "字" * 2000

    assert "Wait for winter." in save_reading.asks(SaveReading(title="T", note=short), ctx)
    asked = save_reading.asks(SaveReading(title="T", note=long), ctx)
    assert "字" * 400 in asked
    assert "1600" in asked
    assert len(asked) < 500


@pytest.mark.parametrize("locale", Locale)
async def test_it_says_what_was_kept_in_the_users_language(locale: Locale) -> None:
    ctx = with_journal(FakeJournal(), locale=locale.value)

    answer = await call(save_reading, ctx, title="{0} Promotion")

    assert "{0} Promotion" in answer.content


def test_spaces_around_are_left_out_before_anything_is_counted() -> None:
    args = check_arguments(save_reading, {"title": f"  {'字' * 80}\n", "note": " a\nb "})

    assert args == SaveReading(title="字" * 80, note="a\nb")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "  \n "},
        {"title": "字" * 81},
        {"title": "one\ntwo"},
        {"title": "one\u2028two"},
        {"title": "zero\x00byte"},
        {"title": 7},
        {"title": None},
        {"note": "字" * 2001},
        {"note": "zero\x00byte"},
        {"note": "\x1b[2J"},
        {"note": None},
        {"userId": "bob"},
        {"user_id": "bob"},
    ],
)
def test_arguments_outside_their_bounds_are_refused(wrong: dict[str, object]) -> None:
    """Whose journal it is, a model may not say either."""
    with pytest.raises(ArgumentsInvalid, match=f"^{next(iter(wrong))}: "):
        check_arguments(save_reading, {"title": "升职", **wrong})
