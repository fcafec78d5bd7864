"""Prove the books."""

import json
import sys
from collections.abc import Awaitable

import click

from runtime.cli.endings import as_json
from runtime.cli.plain import plainly, prepared
from runtime.cli.progress import Progress
from runtime.cli.within import using
from runtime.ops.audit import Report, audit_books
from runtime.parts import Eryao


@click.command()
@as_json
@plainly
def audit(*, as_json: bool) -> None:
    """Prove the books: balances, charges, refunds, endings and logs."""
    settings = prepared()

    progress = Progress("logs", shown=not as_json)

    def prove(eryao: Eryao) -> Awaitable[Report]:
        return audit_books(eryao.database, eryao.clock, settings, progress)

    report = using(settings, prove)
    if as_json:
        click.echo(json.dumps(report.to_json()))
    else:
        for line in report.lines():
            click.echo(line)
    sys.exit(0 if report.clean else 1)
