"""Mails for whoever sits at the terminal: printed, and the last ones kept to be looked at."""

import sys
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TextIO

from runtime.clock import Clock
from runtime.mail.base import Mail

KEPT = 20


@dataclass(frozen=True, slots=True)
class KeptMail:
    mail: Mail
    at: datetime


class ConsoleMailer:
    """See Mailer."""

    def __init__(self, *, clock: Clock, out: TextIO | None = None) -> None:
        self._clock = clock
        self._out = out
        self._kept: deque[KeptMail] = deque(maxlen=KEPT)

    async def send(self, mail: Mail) -> None:
        # Files would fill the memory, and there is nobody to open them here.
        self._kept.append(KeptMail(replace(mail, attachments=()), self._clock.now()))
        lines = [f"To: {mail.to}", f"Subject: {mail.subject}", "", *mail.text.splitlines()]
        lines += [f"[{file.name}: {len(file.content)} bytes]" for file in mail.attachments]
        out = self._out or sys.stderr
        out.write("".join(f"  | {line}\n" for line in lines))
        out.flush()

    @property
    def kept(self) -> list[KeptMail]:
        """The last mails, newest first."""
        return list(reversed(self._kept))
