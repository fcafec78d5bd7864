"""Whether an empty answer is one: only where words were said since the user spoke."""

import pytest

from runtime.agent.models.base import Said, ToolRequest

USER = Said(role="user", text="Will it work?")
CALL = Said(role="assistant", text="", calls=(ToolRequest("c1", "look_up_text", "{}"),))
WORDS = Said(role="assistant", text="It may.", calls=(ToolRequest("c1", "look_up_text", "{}"),))
RESULT = Said(role="tool", text="…", call_id="c1")


@pytest.mark.parametrize(
    ("said", "owes"),
    [
        ([USER], True),
        ([USER, CALL, RESULT], True),
        ([USER, WORDS, RESULT], False),
        ([USER, WORDS, RESULT, CALL, RESULT], False),
        ([WORDS, USER], True),
        ([WORDS, USER, CALL, RESULT], True),
    ],
)
def test_words_are_owed_until_some_were_said(said: list[Said], *, owes: bool) -> None:
    # Imported here, as in the conftest beside it.
    from runtime.agent.models.openai import _owes_words  # noqa: PLC0415

    assert _owes_words(said) is owes
