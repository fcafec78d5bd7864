"""The built-in interpreter: a reading composed from the chart and the classical texts, streamed."""

import json
from collections.abc import AsyncGenerator, Sequence

import anyio

from runtime.agent.models.base import (
    CallArguments,
    CallBegun,
    Piece,
    Prompt,
    Said,
    Scene,
    Stop,
    Suggested,
    Text,
    Usage,
)
from tools.liuyao.reading.closings import closing
from tools.liuyao.reading.compose import compose
from tools.liuyao.reading.follow_up import follow_up
from tools.liuyao.reading.intents import ToolIntent, intent, is_errand
from tools.liuyao.reading.pieces import tokens
from tools.liuyao.reading.suggestions import suggestions

# So many unpaced pieces at once: a whole reading must leave the loop to others now and then.
BURST = 50
UNSEEN = {
    "zh-Hans": "您附上的文件我看不了也听不了，下面的解读只依据卦象和您写下的话。",
    "zh-Hant": "您附上的檔案我看不了也聽不了，下面的解讀只依據卦象和您寫下的話。",
    "en": "I cannot see or hear the file that you attached: this reading rests on the hexagram and "
    "on your words alone.",
}


class NothingToRead(ValueError):
    """A reading was asked for without a chart."""


class BuiltinModel:
    """See ChatModel. Deterministic: the same conversation gets the same words."""

    def __init__(self, *, pace_ms: int) -> None:
        self._pace = pace_ms / 1000

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]:
        settled = _settled_calls(prompt.said)
        text = _closings(prompt, settled) if settled else _answer(prompt)
        pieces = tokens(text)
        size = 1 if self._pace else BURST
        for first in range(0, len(pieces), size):
            yield [Text(piece) for piece in pieces[first : first + size]]
            await anyio.sleep(self._pace)
        if not settled:
            yield _call(prompt)
        yield [Usage(output_tokens=len(pieces), model="builtin", provider="eryao"), Stop()]

    async def suggest(self, prompt: Prompt, *, most: int, seconds: float) -> Suggested:
        scene = prompt.scene
        if scene.derived is None:
            return Suggested()
        asked = [scene.question, *(said.text for said in prompt.said if said.role == "user")]
        found = suggestions(
            scene.derived, asked=asked, category=scene.category, locale=scene.locale
        )
        return Suggested(tuple(found[:most]))

    async def aclose(self) -> None:
        """Nothing is open."""


def _settled_calls(said: Sequence[Said]) -> list[Said]:
    """The results that came in since the model last spoke."""
    settled: list[Said] = []
    for message in reversed(said):
        if message.role != "tool":
            break
        settled.insert(0, message)
    return settled


def _closings(prompt: Prompt, settled: Sequence[Said]) -> str:
    names = {call.call_id: call.name for message in prompt.said for call in message.calls}
    locale = prompt.scene.locale
    return "\n\n".join(
        closing(names.get(result.call_id or "", ""), _state(result), result.text, locale)
        for result in settled
    )


def _state(result: Said) -> str:
    return result.state if result.state in {"completed", "rejected", "expired"} else "failed"


def _answer(prompt: Prompt) -> str:
    """A reading; or nothing yet, where a later message only wants something done."""
    wanted = _wanted(prompt) if prompt.scene.mode == "follow_up" else None
    if wanted and is_errand(_question(prompt), wanted.tool):
        return ""
    return _unseen(prompt) + _reading(prompt)


def _reading(prompt: Prompt) -> str:
    scene = prompt.scene
    if scene.derived is None:
        raise NothingToRead
    told = [message.text for message in prompt.said if message.role == "assistant"]
    if scene.mode == "divination":
        return _first_reading(scene)
    reading = follow_up(
        scene.derived,
        question=_question(prompt),
        locale=scene.locale,
        first_question=scene.question,
        category=scene.category,
        querent=scene.querent,
        told=told,
    )
    return reading.text()


def _first_reading(scene: Scene) -> str:
    assert scene.derived is not None
    reading = compose(
        scene.derived,
        question=scene.question,
        category=scene.category,
        locale=scene.locale,
        querent=scene.querent,
    )
    return reading.text()


def _call(prompt: Prompt) -> list[Piece]:
    """The tool that the message asks for in so many words, where this server has it."""
    wanted = _wanted(prompt)
    if wanted is None:
        return []
    arguments = json.dumps(wanted.arguments, ensure_ascii=False)
    return [CallBegun(0, wanted.tool), CallArguments(0, arguments)]


def _wanted(prompt: Prompt) -> ToolIntent | None:
    scene = prompt.scene
    wanted = intent(
        _question(prompt), scene.locale, scene.now, scene.timezone, derived=scene.derived
    )
    here = wanted and wanted.tool in {tool.name for tool in prompt.tools}
    return wanted if here else None


def _question(prompt: Prompt) -> str:
    return next((said.words for said in reversed(prompt.said) if said.role == "user"), "")


def _unseen(prompt: Prompt) -> str:
    """What it says where the user attached what it cannot open: that it did not."""
    new = next((said for said in reversed(prompt.said) if said.role == "user"), None)
    unseen = new and any(enclosure.transcript is None for enclosure in new.enclosures)
    return f"{UNSEEN[prompt.scene.locale]}\n\n" if unseen else ""
