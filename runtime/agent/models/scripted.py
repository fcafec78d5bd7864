"""A model that does what the last user message says, for tests and benchmarks.

Steps joined by `;`: `say N [pace MS]`, `think N`, `call TOOL JSON`,
`fail error|cut|stall [after N]`, `suggest stall|JSON`. Without steps it says 20. A `say` after a
`call` belongs to the answer that follows the tool's result. It suggests nothing unless told to.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import anyio

from runtime.agent.models.base import (
    CallArguments,
    CallBegun,
    ModelCut,
    ModelUnavailable,
    Piece,
    Prompt,
    Said,
    Stop,
    Suggested,
    Text,
    Thought,
    Usage,
)

_SAY = re.compile(r"say (\d{1,6})(?: pace (\d{1,5}))?")
_THINK = re.compile(r"think (\d{1,6})")
_CALL = re.compile(r"call ([A-Za-z_][\w-]*)\s*")
_SUGGEST = re.compile(r"suggest\s+(?:stall|(?=\[))")
_FAIL = re.compile(r"fail (error|cut|stall)(?: after (\d{1,6}))?")
# About 120 bytes on the wire, as a small token of a real model takes.
_WORD = "word{:05} "
# So many unpaced pieces at once: a burst must leave the loop to others now and then.
_BURST = 50


@dataclass(frozen=True, slots=True)
class Say:
    count: int
    pace_ms: int = 0


@dataclass(frozen=True, slots=True)
class Think:
    count: int


@dataclass(frozen=True, slots=True)
class Call:
    tool: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Fail:
    how: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Suggest:
    questions: tuple[str, ...] = ()
    stalls: bool = False


Step = Say | Think | Call | Fail | Suggest


class ScriptedModel:
    """See ChatModel."""

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Sequence[Piece]]:
        script = [s for s in parse(_last_user_text(prompt.said)) if not isinstance(s, Suggest)]
        steps = turn_of(script, _turns_taken(prompt.said))
        now = asyncio.get_running_loop().time
        said = 0
        calls = 0
        for step in steps:
            match step:
                case Say():
                    begun = now()
                    for at, batch in _beats(step):
                        await asyncio.sleep(begun + at - now())
                        yield batch
                    said += step.count
                case Think():
                    yield [Thought(_WORD.format(number)) for number in range(step.count)]
                case Call():
                    yield [CallBegun(calls, step.tool), CallArguments(calls, step.arguments)]
                    calls += 1
                case Fail():
                    for _, batch in _beats(Say(step.after)):
                        await asyncio.sleep(0)
                        yield batch
                    await _fail(step.how)
        yield [Usage(output_tokens=said, model="scripted"), Stop()]

    async def suggest(self, prompt: Prompt, *, most: int, seconds: float) -> Suggested:
        steps = parse(_last_user_text(prompt.said))
        wanted = next((step for step in steps if isinstance(step, Suggest)), None)
        if wanted is None:
            return Suggested()
        if wanted.stalls:
            await anyio.sleep(seconds)
        return Suggested(wanted.questions, (Usage(output_tokens=1, model="scripted"),))

    async def aclose(self) -> None:
        """Nothing is open."""


def parse(script: str) -> list[Step]:
    """The steps of a script; anything that is no script is one ordinary answer."""
    steps: list[Step] = []
    rest = script.strip()
    while rest:
        found = _step(rest)
        if found is None:
            return [Say(20)]
        step, rest = found
        steps.append(step)
        rest = rest.lstrip("; \n")
    return steps or [Say(20)]


def _step(text: str) -> tuple[Step, str] | None:
    if match := _SAY.match(text):
        return Say(int(match[1]), int(match[2] or 0)), text[match.end() :]
    if match := _THINK.match(text):
        return Think(int(match[1])), text[match.end() :]
    if match := _FAIL.match(text):
        return Fail(match[1], int(match[2] or 0)), text[match.end() :]
    if match := _SUGGEST.match(text):
        return _suggest(match[0], text[match.end() :])
    if match := _CALL.match(text):
        return _call(match[1], text[match.end() :])
    return None


def _call(tool: str, rest: str) -> tuple[Call, str]:
    """The arguments as they stand, well-formed or not: a model may get them wrong too."""
    try:
        _, end = json.JSONDecoder().raw_decode(rest)
    except ValueError:
        end = (rest + ";").index(";")
    return Call(tool, rest[:end].strip()), rest[end:]


def _suggest(words: str, rest: str) -> tuple[Suggest, str] | None:
    if words.endswith("stall"):
        return Suggest(stalls=True), rest
    try:
        questions, end = json.JSONDecoder().raw_decode(rest)
    except ValueError:
        return None
    return Suggest(tuple(map(str, questions))), rest[end:]


def turn_of(steps: Sequence[Step], number: int) -> list[Step]:
    """The steps of one answer: each run of calls ends a turn."""
    turns: list[list[Step]] = [[]]
    for step in steps:
        if turns[-1] and isinstance(turns[-1][-1], Call) and not isinstance(step, Call):
            turns.append([])
        turns[-1].append(step)
    return turns[number] if number < len(turns) else []


def _beats(step: Say) -> Iterator[tuple[float, Sequence[Piece]]]:
    """When each batch is said, in seconds from the first, and what."""
    size = 1 if step.pace_ms else _BURST
    for first in range(0, step.count, size):
        words = [_word(number) for number in range(first, min(first + size, step.count))]
        yield first * step.pace_ms / 1000, words


@lru_cache(maxsize=1_000)
def _word(number: int) -> Text:
    """The same few words in every answer: a benchmark should not measure who makes them."""
    return Text(_WORD.format(number))


async def _fail(how: str) -> None:
    if how == "error":
        raise ModelUnavailable("the script says: error")
    if how == "cut":
        raise ModelCut("the script says: cut")
    await anyio.sleep_forever()


def _last_user_text(said: Sequence[Said]) -> str:
    return next((message.text for message in reversed(said) if message.role == "user"), "")


def _turns_taken(said: Sequence[Said]) -> int:
    """How many answers with tool calls came since the user last spoke."""
    return sum(1 for message in _since_user(said) if message.calls)


def _since_user(said: Sequence[Said]) -> Iterator[Said]:
    for message in reversed(said):
        if message.role == "user":
            return
        yield message
