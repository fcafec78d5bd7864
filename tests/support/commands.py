"""Every command of `eryao`, as its own parser has them."""

from collections.abc import Iterator

import click

from runtime.cli import main
from runtime.cli.later import Later


def commands(group: click.Group = main, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Each command that does something, by what is typed for it: `points grant`."""
    for name, listed in group.commands.items():
        command = itself(listed)
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def check(words: list[str], group: click.Group = main) -> None:
    """Parse what follows `eryao`, without doing it; raises click.UsageError."""
    context = click.Context(group, info_name="eryao")
    command: click.Command = group
    while isinstance(command, click.Group) and words:
        name, listed, words = command.resolve_command(context, words)
        assert listed is not None
        found = itself(listed)
        context, command = click.Context(found, info_name=name, parent=context), found
    if not isinstance(command, click.Group):
        command.make_context(context.info_name, words)


def itself(command: click.Command) -> click.Command:
    """The command, imported by now."""
    return command.itself() if isinstance(command, Later) else command
