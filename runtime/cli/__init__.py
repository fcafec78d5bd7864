"""The command line: `eryao`."""

import click

from runtime import __version__
from runtime.cli.endings import Commands
from runtime.cli.later import Later


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="eryao")
def main() -> None:
    """Metered, resumable agent runs, with tools that ask first."""


# Each with its module and the first line of its help.
COMMANDS = (
    ("ask", "asking.command", "Throw three coins for QUESTION and stream the reading."),
    (
        "serve",
        "serving",
        "Start the server: HTTP and the worker in one process, nothing else needed.",
    ),
    ("worker", "serving", "Drive runs that servers elsewhere admit."),
    (
        "migrate",
        "migrating",
        "Bring the database to this version's schema, each step told as it is done.",
    ),
    ("doctor", "care", "Find what is wrong with this installation, and say what to do."),
    ("audit", "auditing", "Prove the books: balances, charges, refunds, endings and logs."),
    (
        "backup",
        "keeping",
        "Copy database, files and key into FILE, a tar, while the server runs on.",
    ),
    ("token", "books", "Print an access token for a user, who is made if there is none."),
    ("points", "books", "Grant points, or correct a balance; each is an entry in the ledger."),
    ("payments", "purchases", "Look after purchases."),
    (
        "notify",
        "telling",
        "Tell one user or all of them; sent again under the same key, it tells only the rest.",
    ),
    ("report", "reporting", "Count a day's feedback, write it to a file, mail it."),
    (
        "completion",
        "completing",
        'Print what makes SHELL complete our commands: eval "$(eryao completion bash)".',
    ),
)
for name, module, line in COMMANDS:
    main.add_command(Later(name, f"runtime.cli.{module}", line))
