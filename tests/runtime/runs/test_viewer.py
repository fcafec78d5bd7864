"""A viewer whose frames are handed on while it waits."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest

from runtime.parts import Eryao
from runtime.runs import stream
from runtime.runs.frames import frame
from runtime.runs.stream import Viewer
from storage.events.base import LogWriter

TAG = "abcdefgh"
PATIENCE_SECONDS = 5.0


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "DOUBT_SECONDS", 0)


@asynccontextmanager
async def speaking(eryao: Eryao) -> AsyncIterator[LogWriter]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(eryao.events.run)
        with anyio.fail_after(PATIENCE_SECONDS):
            yield await eryao.events.open("run-1", attempt=1)
        tasks.cancel_scope.cancel()


def word(number: int, delta: str) -> bytes:
    event = {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": delta}
    return frame(TAG, number, event)


async def say(writer: LogWriter, *words: bytes) -> None:
    for one in words:
        writer.append(one)
    await writer.durable()


async def watching(viewer: Viewer, take: Callable[[bytes], bool], returned: list[bytes]) -> None:
    while chunk := await viewer.next(take):
        returned.append(chunk)


async def test_what_a_compact_viewer_missed_is_joined_before_anything_is_handed_on(
    eryao: Eryao,
) -> None:
    """Also where it has not come to this process yet when the viewer begins to wait for it."""
    viewer = eryao.runs.streams.follow_new("run-1")
    viewer.compact, viewer.backlog = True, 2
    taken: list[bytes] = []

    def take(chunk: bytes) -> bool:
        taken.append(chunk)
        return True

    returned: list[bytes] = []

    async with speaking(eryao) as writer, anyio.create_task_group() as tasks:
        tasks.start_soon(watching, viewer, take, returned)
        await anyio.wait_all_tasks_blocked()
        await say(writer, word(1, "a"), word(2, "b"))
        await anyio.wait_all_tasks_blocked()
        await say(writer, word(3, "c"))
        tasks.cancel_scope.cancel()

    assert (returned, taken) == ([word(2, "ab")], [word(3, "c")])


async def test_only_a_viewer_to_whom_nothing_comes_is_asked_after(
    eryao: Eryao, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[Viewer]] = []

    async def resolve(viewers: Sequence[Viewer]) -> None:
        asked.append(viewers)

    monkeypatch.setattr(eryao.runs.streams, "_resolve", resolve)
    viewer = eryao.runs.streams.follow_new("run-1")

    async with speaking(eryao) as writer, anyio.create_task_group() as tasks:
        tasks.start_soon(watching, viewer, lambda _chunk: True, [])
        await anyio.wait_all_tasks_blocked()
        for number in (1, 2, 3):
            await say(writer, word(number, "a"))
            await eryao.runs.streams._doubt()
        await eryao.runs.streams._doubt()
        tasks.cancel_scope.cancel()

    assert asked == [[], [], [], [viewer]]
