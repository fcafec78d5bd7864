"""How commands end: exit codes, and for programs each trouble as a line of JSON."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum, auto
from typing import Any

import click

JSON = "--json"


class Cause(StrEnum):
    """Why a command was not carried out; what a server refuses keeps the server's own code."""

    @staticmethod
    def _generate_next_value_(name: str, *_: Any) -> str:
        return name

    ASKED_WRONGLY = auto()
    SETTINGS_WRONG = auto()
    ADDRESS_TAKEN = auto()
    FOLDER_IN_USE = auto()
    STORAGE_UNAVAILABLE = auto()
    FILE_UNUSABLE = auto()
    MAIL_NOT_SENT = auto()
    REPORT_NOT_WRITTEN = auto()
    SERVER_UNREACHABLE = auto()
    SERVER_BROKEN = auto()
    INTERRUPTED = auto()


class Trouble(click.ClickException):
    """A sentence for people instead of a traceback."""

    def __init__(self, message: str, code: str = Cause.ASKED_WRONGLY) -> None:
        super().__init__(message)
        self.code = code


class Commands(click.Group):
    """All commands; where JSON was asked for, troubles are told in it too, on stderr."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        typed = sys.argv[1:] if args is None else [*args]
        if JSON not in typed:
            return super().main(args, *rest, **more)
        try:
            sys.exit(super().main(typed, *rest, **{**more, "standalone_mode": False}) or 0)
        except click.ClickException as trouble:
            _tell(getattr(trouble, "code", Cause.ASKED_WRONGLY), trouble.format_message())
            sys.exit(trouble.exit_code)
        except click.Abort:
            _tell(Cause.INTERRUPTED, "Called off.")
            sys.exit(1)


def _tell(code: str, detail: str) -> None:
    click.echo(json.dumps({"code": code, "detail": detail}, ensure_ascii=False), err=True)
