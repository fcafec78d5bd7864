"""The database brought up to date."""

import json

import click

from runtime.cli.endings import as_json
from runtime.cli.plain import plainly, prepared
from runtime.cli.progress import Progress
from runtime.home import database_url, open_folder
from runtime.settings import Settings
from storage.sql import engine_from
from storage.sql.revision import Applied, current, newest


@click.command()
@as_json
@plainly
def migrate(*, as_json: bool) -> None:
    """Bring the database to this version's schema, each step told as it is done."""
    steps: list[dict[str, str]] = []
    progress = Progress("steps", shown=not as_json)

    def applied(revision: str, about: str, of: int) -> None:
        steps.append({"revision": revision, "about": about})
        if not as_json and not progress.shown:
            click.echo(f"{revision}: {about}", err=True)
        progress(len(steps), of)

    migrate_database(prepared(), applied)
    if as_json:
        click.echo(json.dumps({"applied": steps}))
    else:
        click.echo("The database is up to date.", err=True)


def migrate_database(settings: Settings, applied: Applied | None = None) -> None:
    open_folder(settings)
    engine = engine_from(database_url(settings))
    try:
        if current(engine) == newest():
            return
        # Imported here: most commands find nothing to migrate, and alembic is slow to load.
        from storage.sql.migrate import upgrade  # noqa: PLC0415

        upgrade(engine, applied)
    finally:
        engine.dispose()
