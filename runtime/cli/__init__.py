"""The command line: `eryao`."""

import click

from runtime import __version__
from runtime.cli.asking.command import ask
from runtime.cli.books import points, token
from runtime.cli.care import audit, completion, doctor
from runtime.cli.endings import Commands
from runtime.cli.keeping import backup
from runtime.cli.purchases import payments
from runtime.cli.reporting import report
from runtime.cli.serving import migrate, serve, worker
from runtime.cli.telling import notify


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="eryao")
def main() -> None:
    """Metered, resumable agent runs, with tools that ask first."""


COMMANDS = (
    *(ask, serve, worker, migrate, doctor, audit, backup),
    *(token, points, payments, notify, report, completion),
)
for command in COMMANDS:
    main.add_command(command)
