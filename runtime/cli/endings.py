"""How commands end: exit codes, and for programs each trouble as a line of JSON."""

import json
import os
import sys
from collections.abc import Sequence
from enum import StrEnum, auto
from typing import IO, Any, NoReturn

import click

JSON = "--json"
# What a shell makes of SIGPIPE, which ends other tools there.
READER_GONE = 141

as_json = click.option(
    JSON, "as_json", is_flag=True, help="Print one line of JSON; troubles too, on stderr."
)


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


class CalledOff(Trouble):
    """Ctrl-C: no error, but a sentence on what goes on without whoever typed it."""

    exit_code = 130

    def __init__(self, message: str) -> None:
        super().__init__(message, Cause.INTERRUPTED)

    def show(self, file: IO[Any] | None = None) -> None:
        # Terminals show ^C where the cursor was.
        click.echo(f"\n{self.format_message()}", err=True)


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


def leave_quietly() -> NoReturn:
    """Whoever read our output has gone, as `head` does: nothing is wrong, nobody is told."""
    # What is still to be flushed has to go somewhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise click.exceptions.Exit(READER_GONE)


def _tell(code: str, detail: str) -> None:
    click.echo(json.dumps({"code": code, "detail": detail}, ensure_ascii=False), err=True)
