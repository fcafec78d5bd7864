"""Look after an installation."""

import json
import sys

import click

from runtime.checkup import examine
from runtime.cli.within import as_json, plainly, prepared, using
from runtime.ops.audit import audit_books


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


@click.command()
@as_json
@plainly
def audit(*, as_json: bool) -> None:
    """Prove the books: balances, charges, refunds, endings and logs."""
    settings = prepared()
    report = using(settings, lambda eryao: audit_books(eryao.database, eryao.clock, settings))
    if as_json:
        click.echo(json.dumps(report.to_json()))
    else:
        for line in report.lines():
            click.echo(line)
    sys.exit(0 if report.clean else 1)
