"""What a model is told: our rules and the chart as the system, what users wrote as marked data.

The texts stand in `texts/`. Nothing that a user can write ever becomes part of the system message.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from secrets import token_bytes
from string import Template
from typing import Any

from runtime.agent.models.base import Enclosure, Prompt, Said, Scene, ToolRequest
from runtime.agent.suggestions import LONGEST
from tools.builtin.rendering import render_chart
from tools.liuyao.clocks import zone

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = {
    "zh-Hans": "Chinese in simplified characters (简体中文)",
    "zh-Hant": "Chinese in traditional characters (繁體中文)",
    "en": "English, with the Chinese term in brackets where it helps",
}
GIVEN = "The reading that was given:"
QUESTION = "The question that was put to the oracle:"
WRITES = "The user writes:"
ANSWERED = "The tool's answer:"
ATTACHED = "A file that the user attached, by its name and type:"
SPOKEN = "What is said in it, as a machine heard it:"
SHOWN = "It follows this message."
UNSEEN = (
    "You cannot open it: say so to the user, in their language, and do not guess what is in it."
)
# What the endpoint calls the formats of recordings.
FORMATS = {"audio/wav": "wav", "audio/mpeg": "mp3"}

Message = dict[str, Any]


class Prompter:
    """Writes prompts; the key behind the marks lives as long as the process."""

    def __init__(self) -> None:
        self._key = token_bytes(32)

    def messages(self, prompt: Prompt) -> list[Message]:
        """Return the conversation as chat completions have it."""
        fence = Fence(self._mark(prompt.scene))
        talk = _joined([*_question(prompt, fence), *_conversation(prompt.said, fence)])
        return [{"role": "system", "content": _system(prompt.scene, fence)}, *talk]

    def suggestions(self, prompt: Prompt, most: int) -> list[Message]:
        """Return what a model is asked with for the questions that may come next.

        The reading is data there too: what led a model astray must not lead it on.
        """
        fence = Fence(self._mark(prompt.scene))
        wanted = text("suggestions").substitute(most=most, longest=LONGEST)
        told = _joined([*_question(prompt, fence), *_told(prompt.said, fence)])
        return [{"role": "system", "content": _framed(wanted, prompt.scene, fence)}, *told]

    def _mark(self, scene: Scene) -> str:
        """Unknown to whoever wrote before this run began, yet one and the same all through it.

        So the beginning of a run's prompts stays the same, and endpoints need not read it anew.
        """
        about = f"{scene.now.isoformat()} {scene.question}"
        return hmac.digest(self._key, about.encode(errors="replace"), "sha256").hex()[:16]


class Fence:
    """Marks around text that is data."""

    def __init__(self, mark: str) -> None:
        self.opens = f"[[data {mark}]]"
        self.closes = f"[[end {mark}]]"

    def around(self, title: str, text: str) -> str:
        return f"{title}\n{self.opens}\n{text}\n{self.closes}"


@cache
def text(name: str) -> Template:
    """Return one of the texts."""
    return Template((TEXTS / f"{name}.md").read_text(encoding="utf-8").strip())


# --- the system's message: enumerated words and reckoned facts only ------------------------------


def _system(scene: Scene, fence: Fence) -> str:
    """What never changes comes first, so that endpoints which remember prefixes can."""
    task = f"{text('reader').substitute()}\n\n{text(scene.mode).substitute()}"
    return _framed(task, scene, fence)


def _framed(task: str, scene: Scene, fence: Fence) -> str:
    """A task with what it is about, and how to tell its data."""
    parts = [task]
    parts.append(text("language").substitute(language=LANGUAGES[scene.locale]))
    if scene.derived is not None:
        parts.append(text("chart").substitute(chart=render_chart(scene.derived)))
    parts.append("\n".join(_circumstances(scene)))
    parts.append(text("data").substitute(opens=fence.opens, closes=fence.closes))
    return "\n\n".join(parts)


def _circumstances(scene: Scene) -> Iterator[str]:
    here = scene.now.astimezone(zone(scene.timezone))
    yield f"It is {here:%Y-%m-%d %H:%M, %A} where the user is ({scene.timezone})."
    querent = scene.querent or {}
    if gender := querent.get("gender"):
        yield f"The querent's gender: {gender}."
    if year := querent.get("birthYear"):
        yield f"The querent was born in {year}."


# --- the conversation ----------------------------------------------------------------------------


def _question(prompt: Prompt, fence: Fence) -> Iterator[Message]:
    """The question of the cast, unless it is what the first message says anyway."""
    question = prompt.scene.question
    first = next((said.text for said in prompt.said if said.role == "user"), "")
    if question.strip() and question.strip() != first.strip():
        yield {"role": "user", "content": fence.around(QUESTION, question)}


def _conversation(said: Sequence[Said], fence: Fence) -> Iterator[Message]:
    for message in said:
        if message.role == "user":
            yield {"role": "user", "content": _said(message, fence)}
        elif message.role == "tool":
            told = fence.around(ANSWERED, message.text)
            yield {"role": "tool", "tool_call_id": message.call_id, "content": told}
        elif message.text or message.calls:
            yield _assistant(message)


def _told(said: Sequence[Said], fence: Fence) -> Iterator[Message]:
    """The users' words and the answers to them; what tools said is in those answers."""
    titles = {"user": WRITES, "assistant": GIVEN}
    for message in said:
        if message.role in titles and message.text.strip():
            yield {"role": "user", "content": fence.around(titles[message.role], message.text)}


def _said(message: Said, fence: Fence) -> Any:
    """What was written and what was attached: names and words as data, pictures as pictures."""
    texts = [fence.around(WRITES, message.text)] if message.text or not message.enclosures else []
    texts += [_attached(enclosure, fence) for enclosure in message.enclosures]
    shown = [_shown(one) for one in message.enclosures if one.content is not None]
    said = "\n\n".join(texts)
    return [{"type": "text", "text": said}, *shown] if shown else said


def _attached(enclosure: Enclosure, fence: Fence) -> str:
    told = fence.around(ATTACHED, f"{enclosure.name}\n{enclosure.media_type}")
    if enclosure.transcript is not None:
        return f"{told}\n{fence.around(SPOKEN, enclosure.transcript)}"
    return f"{told}\n{SHOWN if enclosure.is_known else UNSEEN}"


def _shown(enclosure: Enclosure) -> Message:
    assert enclosure.content is not None
    data = b64encode(enclosure.content).decode()
    if sound := FORMATS.get(enclosure.media_type):
        return {"type": "input_audio", "input_audio": {"data": data, "format": sound}}
    url = f"data:{enclosure.media_type};base64,{data}"
    return {"type": "image_url", "image_url": {"url": url}}


def _assistant(message: Said) -> Message:
    told: Message = {"role": "assistant", "content": message.text or None}
    if message.calls:
        told["tool_calls"] = [_call(call) for call in message.calls]
    return told


def _call(call: ToolRequest) -> Message:
    function = {"name": call.name, "arguments": _sound(call.arguments)}
    return {"id": call.call_id, "type": "function", "function": function}


def _sound(arguments: str) -> str:
    """The arguments as they were, if they are an object: some endpoints parse them and fail."""
    try:
        whole = isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        whole = False
    return arguments if whole else json.dumps({"unreadable": arguments[:500]}, ensure_ascii=False)


def _joined(messages: Sequence[Message]) -> list[Message]:
    """Neighbours from the user as one message: some models want users and assistants in turns."""
    joined: list[Message] = []
    for message in messages:
        if joined and message["role"] == joined[-1]["role"] == "user":
            joined[-1]["content"] = _both(joined[-1]["content"], message["content"])
        else:
            joined.append(dict(message))
    return joined


def _both(first: Any, second: Any) -> Any:
    """Two contents as one; a list as soon as either has more than text in it."""
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    (*earlier, last), (begin, *later) = _listed(first), _listed(second)
    if last["type"] == begin["type"] == "text":
        both = {"type": "text", "text": f"{last['text']}\n\n{begin['text']}"}
        return [*earlier, both, *later]
    return [*earlier, last, begin, *later]


def _listed(content: Any) -> list[Message]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
