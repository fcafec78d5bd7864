"""What a stream holds goes back before its client can know of the end."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

from starlette.types import Message, Scope

from runtime.web.sse import EventStream, StreamKeeper


class ShortSource:
    """A log of one frame that is at hand."""

    def __init__(self) -> None:
        self._frames = [b"id: abcdefgh-1\ndata: {}\n\n"]
        self.pokes = 0
        self.position = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise NotImplementedError

    async def next(self, _hand_on: object = None) -> bytes | None:
        return self._frames.pop() if self._frames else None

    def poke(self) -> None:
        self.pokes += 1

    def close(self) -> None:
        return


async def _nothing() -> Message:
    raise AssertionError("a log that is at hand waits for nobody")


async def test_the_place_is_free_before_the_client_sees_the_end() -> None:
    told: list[str] = []

    async def send(message: Message) -> None:
        last = message["type"] == "http.response.body" and not message.get("more_body")
        told.append("end" if last else "frame")

    async def release() -> None:
        told.append("released")

    keeper = StreamKeeper(heartbeat_seconds=15, stream_seconds=900)
    stream = EventStream(ShortSource(), keeper, release=release, until_end=False)

    connection = SimpleNamespace(
        lost=False, on_lost=None, listen=lambda: None, hand_on=lambda _: False
    )
    scope: Scope = {"type": "http", "method": "GET", "connection": connection}
    await stream(scope, _nothing, send)
    await scope["stream"]()

    assert told.index("released") < told.index("end")


async def test_a_stream_that_is_busy_is_not_pinged() -> None:
    """What is handed on looks at no clock: the keeper does, for all that was sent since."""

    async def release() -> None:
        raise AssertionError("it is not over")

    keeper = StreamKeeper(heartbeat_seconds=0.01, stream_seconds=900)
    source = ShortSource()
    stream = EventStream(source, keeper, release=release, until_end=False)
    keeper.add(stream)

    stream.quiet_since, source.position = 0.0, 1
    await keeper._look()
    assert source.pokes == 0

    stream.quiet_since = 0.0
    await keeper._look()
    assert source.pokes == 1
