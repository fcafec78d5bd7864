"""Commands that are imported when they are called: all parts of a server take most of a second."""

import gc
import sys
from importlib import import_module
from typing import Any

import click


class Later(click.Command):
    """Stands for a command in a module of that name until it is called; lists show its help."""

    def __init__(self, name: str, module: str, help: str) -> None:  # noqa: A002 - click's name
        super().__init__(name, help=help)
        self._module = module

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The command's own: whatever is done with it from here on is done with the command."""
        return self.itself().make_context(info_name, args, parent, **extra)

    def itself(self) -> click.Command:
        if self._module not in sys.modules:
            _import_for_good(self._module)
        found: click.Command = getattr(sys.modules[self._module], str(self.name))
        return found


def _import_for_good(module: str) -> None:
    # It stays, so the collector need not go through it while it grows, and once more when the
    # process ends: that would take a third of the time of a short command.
    gc.disable()
    try:
        import_module(module)
    finally:
        gc.freeze()
        gc.enable()
