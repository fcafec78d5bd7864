"""The measure of all things here: the same bytes from a bare ASGI application on uvicorn.

No routes, no users, no database, no log: it sends the frames that a real run of ours has sent,
each as a chunk of its own, with a turn of the event loop between two. The path says how:

- /run/PACE    every frame by itself, PACE milliseconds apart
- /replay      all frames in one chunk
- /follow/PACE like /run, but one clock for all viewers, who wait until /begin
- /wait        the first frames, then silence
- /admit       reads the body, answers 202
"""

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

EVENT_STREAM = (b"content-type", b"text/event-stream; charset=utf-8")
FIRST_FRAMES = 5
ACCEPTED = json.dumps({"status": "queued"}).encode()


class Bare:
    """One ASGI application and the frames that it knows."""

    def __init__(self, frames: list[bytes]) -> None:
        self._frames = frames
        self._whole = b"".join(frames)
        self._begin = asyncio.Event()
        self._shown = 0
        self._clock: asyncio.Future[None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        name, _, pace = scope["path"].strip("/").partition("/")
        while (await receive()).get("more_body"):
            pass
        if name == "admit":
            await _answer(send, 202, ACCEPTED)
        elif name == "begin":
            self._begin.set()
            await _answer(send, 200, b"{}")
        else:
            await self._stream(name, int(pace or 0) / 1000, receive, send)

    async def _stream(self, name: str, pace: float, receive: Receive, send: Send) -> None:
        headers = [EVENT_STREAM, (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if name == "replay":
            await send({"type": "http.response.body", "body": self._whole})
            return
        if name == "run":
            await self._run(pace, send)
        elif name == "follow":
            await self._follow(pace, send)
        elif name == "wait":
            await _chunk(send, b"".join(self._frames[:FIRST_FRAMES]))
            await receive()
        await send({"type": "http.response.body", "body": b""})

    async def _run(self, pace: float, send: Send) -> None:
        now = asyncio.get_running_loop().time
        begun = now()
        for number, frame in enumerate(self._frames):
            await _chunk(send, frame)
            # With a pace of 0 this is one turn of the loop.
            await asyncio.sleep(max(0, begun + number * pace - now()) if pace else 0)

    async def _follow(self, pace: float, send: Send) -> None:
        await _chunk(send, b"".join(self._frames[:FIRST_FRAMES]))
        await self._begin.wait()
        for frame in self._frames[FIRST_FRAMES:]:
            await self._tick(pace)
            await _chunk(send, frame)

    async def _tick(self, pace: float) -> None:
        """One timer for all who wait for the same frame."""
        if self._clock is None or self._clock.done():
            loop = asyncio.get_running_loop()
            self._clock = loop.create_future()
            loop.call_later(pace, self._clock.set_result, None)
        await self._clock


async def _chunk(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve the frames of the file that is named; say on which port."""
    body = Path(sys.argv[1]).read_bytes()
    frames = [frame + b"\n\n" for frame in body.split(b"\n\n")[:-1]]
    with socket.create_server(("127.0.0.1", 0), backlog=2_048) as listening:
        config = uvicorn.Config(
            Bare(frames),
            http="httptools",
            loop="uvloop",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        port = listening.getsockname()[1]
        print(f"bare is open at http://127.0.0.1:{port}/", file=sys.stderr, flush=True)
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
