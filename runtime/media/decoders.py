"""A few processes that open strangers' files, one file at a time each; they start when needed."""

import json
import logging
import os
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

# As the script has them. It is not imported: only its own processes load what opens files.
READY, KEPT, LENGTH = b"ready", b"+", struct.Struct(">I")
SCRIPT = Path(__file__).with_name("decoder.py")
SECONDS = 15.0
START_SECONDS = 15.0
LARGEST_ANSWER = 64 * 1024 * 1024
# A decoder that leaks does not leak for ever.
FILES_EACH = 200

log = logging.getLogger(__name__)


class MediaRefused(Exception):
    """The file is not what we take; the text is for its user."""


class Decoders:
    """See runtime.media.decoder for what one of them does."""

    def __init__(self, *, processes: int, seconds: float = SECONDS) -> None:
        self._free = anyio.Semaphore(processes)
        self._seconds = seconds
        self._idle: list[_Decoder] = []

    async def open(self, asked: Mapping[str, object], content: bytes) -> bytes:
        """What the decoder makes of it; raises MediaRefused where that is nothing."""
        async with self._free:
            decoder = self._idle.pop() if self._idle else await _Decoder.start()
            try:
                told = await self._ask(decoder, json.dumps(asked).encode(), content)
            except BaseException:
                await decoder.end()
                raise
            await self._keep(decoder)
        if not told.startswith(KEPT):
            raise MediaRefused(told[1:].decode())
        return told[1:]

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def _ask(self, decoder: "_Decoder", asked: bytes, content: bytes) -> bytes:
        try:
            with anyio.fail_after(self._seconds):
                return await decoder.ask(asked, content)
        except (TimeoutError, OSError, anyio.IncompleteRead, anyio.BrokenResourceError) as failure:
            log.warning("a file ended its decoder", extra={"reason": type(failure).__name__})
            raise MediaRefused("The file asks for too much memory or time.") from failure

    async def _keep(self, decoder: "_Decoder") -> None:
        if decoder.done < FILES_EACH:
            self._idle.append(decoder)
        else:
            await decoder.end()


class _Decoder:
    """One process of runtime.media.decoder."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = BufferedByteReceiveStream(process.stdout)
        self.done = 0

    @classmethod
    async def start(cls) -> "_Decoder":
        # Isolated, and without our environment: there are keys in it.
        process = await anyio.open_process(
            [sys.executable, "-I", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            cwd="/",
        )
        decoder = cls(process)
        try:
            with anyio.fail_after(START_SECONDS):
                await decoder._stdout.receive_exactly(len(READY))
        except BaseException:
            await decoder.end()
            raise
        return decoder

    async def ask(self, asked: bytes, content: bytes) -> bytes:
        self.done += 1
        for part in (asked, content):
            await self._stdin.send(LENGTH.pack(len(part)))
            await self._stdin.send(part)
        (length,) = LENGTH.unpack(await self._stdout.receive_exactly(LENGTH.size))
        if length > LARGEST_ANSWER:
            raise anyio.IncompleteRead
        return await self._stdout.receive_exactly(length)

    async def end(self) -> None:
        with anyio.CancelScope(shield=True):
            if self._process.returncode is None:
                self._process.kill()
            await self._process.aclose()
