"""The report on a day's feedback, by hand."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from runtime.cli.endings import Cause, Trouble, as_json
from runtime.cli.migrating import migrate_database
from runtime.cli.plain import plainly, prepared
from runtime.cli.progress import Progress
from runtime.cli.within import using
from runtime.features.feedback.report import Report, ReportFailed
from runtime.mail.base import MailNotSent
from runtime.parts import Eryao
from storage.errors import BlobsUnavailable


@click.command()
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day; without it, the last whose report is due.",
)
@click.option(
    "--send", is_flag=True, help="Mail it now to ERYAO_FEEDBACK_REPORT_TO, whoever had it before."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the workbook there."
)
@as_json
@plainly
def report(*, day: datetime | None, send: bool, out: Path | None, as_json: bool) -> None:
    """Count a day's feedback, write it to a file, mail it."""
    settings = prepared()
    if send and not settings.feedback_report_to:
        raise Trouble("ERYAO_FEEDBACK_REPORT_TO names nobody to send it to.")
    migrate_database(settings)
    progress = Progress("pictures", shown=not as_json)
    made = using(settings, lambda eryao: _make(eryao, day, progress, send=send))
    if out is not None and made.workbook:
        out.write_bytes(made.workbook)
    told = {**made.to_json(), "sentTo": len(settings.feedback_report_to) if send else 0}
    for line in [json.dumps(told)] if as_json else _lines(made, told, out):
        click.echo(line)


async def _make(eryao: Eryao, day: datetime | None, progress: Progress, *, send: bool) -> Report:
    reports = eryao.feedback.reports
    wanted = day.date() if day else reports.days.newest_due(eryao.clock.now())
    try:
        made = await reports.writer.write(wanted, progress)
        if send:
            await reports.send(made)
    except BlobsUnavailable as exc:
        said = f"The store of files did not give the pictures: {exc}"
        raise Trouble(said, Cause.STORAGE_UNAVAILABLE) from None
    except ReportFailed as exc:
        raise Trouble(
            f"The workbook could not be written: {exc}", Cause.REPORT_NOT_WRITTEN
        ) from None
    except MailNotSent as exc:
        raise Trouble(f"The mail could not be sent: {exc}", Cause.MAIL_NOT_SENT) from None
    finally:
        await eryao.media.aclose()
    return made


def _lines(made: Report, told: dict[str, Any], out: Path | None) -> list[str]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in made.kinds.items())
    lines = [f"{made.day.isoformat()} ({made.zone}): {made.total or 'no'} feedback"]
    if made.total:
        lines[0] += f" ({kinds}), pictures: {made.pictures}"
    if out is not None:
        lines.append(f"Written to {out}" if made.workbook else "There is nothing to write.")
    if told["sentTo"]:
        lines.append(f"Sent to {told['sentTo']} address(es).")
    return lines
