"""Shells that complete our commands."""

import json

import click
from click.shell_completion import get_completion_class

from runtime.cli.endings import as_json


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
