"""Look after an installation."""

import json
import sys
from collections.abc import Awaitable

import click
from click.shell_completion import get_completion_class

from runtime.checkup import examine
from runtime.cli.progress import Progress
from runtime.cli.within import as_json, plainly, prepared, using
from runtime.ops.audit import Report, audit_books
from runtime.parts import Eryao


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


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@as_json
@click.pass_context
def completion(context: click.Context, *, shell: str, as_json: bool) -> None:
    """Print what makes SHELL complete our commands: eval "$(eryao completion bash)"."""
    source = get_completion_class(shell)
    assert source is not None
    root = context.find_root()
    script = source(root.command, {}, "eryao", "_ERYAO_COMPLETE").source()
    click.echo(json.dumps({"shell": shell, "script": script}) if as_json else script)
