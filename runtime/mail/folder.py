"""Mails as files, for what picks them up there, or for a look at them in a mail program."""

import os
import secrets
from pathlib import Path

import anyio.to_thread

from runtime.clock import Clock
from runtime.mail.base import Mail, MailNotSent, message


class FolderMailer:
    """See Mailer."""

    def __init__(self, folder: Path, *, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        now = self._clock.now()
        name = f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
        try:
            made = bytes(message(mail, self._sender, now))
            await anyio.to_thread.run_sync(self._write, name, made)
        except (OSError, ValueError) as exc:
            raise MailNotSent(type(exc).__name__) from None

    def _write(self, name: str, made: bytes) -> None:
        """Under its name only once it is whole; for its owner only, as it lets people in."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{name}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
        part.rename(self._folder / name)
