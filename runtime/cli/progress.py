"""How far long work has come, for whoever sits and waits."""

import sys

import click

WIDTH = 30


class Progress:
    """A bar on a terminal, on stderr; nothing in a pipe, a file, or beside JSON."""

    def __init__(self, what: str, *, shown: bool) -> None:
        self._what = what
        self.shown = shown and sys.stderr.isatty()

    def __call__(self, done: int, of: int) -> None:
        """So many are done; the line is begun anew each time and ends with the last."""
        if self.shown and of:
            click.echo(f"\r{self._bar(done, of)}", err=True, nl=done >= of)

    def _bar(self, done: int, of: int) -> str:
        full = WIDTH * done // of
        return f"[{'#' * full}{'.' * (WIDTH - full)}] {done} of {of} {self._what}"
