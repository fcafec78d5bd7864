"""Look after an installation."""

import json
import sys

import click

from runtime.checkup import examine
from runtime.cli.endings import as_json
from runtime.cli.plain import plainly


@click.command()
@as_json
@plainly
def doctor(*, as_json: bool) -> None:
    """Find what is wrong with this installation, and say what to do."""
    checks = examine()
    if as_json:
        click.echo(json.dumps([check.to_json() for check in checks]))
    else:
        for check in checks:
            click.echo(check.line())
    sys.exit(0 if all(check.ok for check in checks) else 1)
