"""The mail that brings a day's report."""

from collections.abc import Mapping
from html import escape

from runtime.features.feedback.report import Report, note_of
from runtime.mail.base import Attachment, Mail

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Versions are what clients say they are: a flood of them fills no mail.
MOST_VERSIONS = 20
_CELL = "padding:2px 16px 2px 0"


def report_mail(to: str, report: Report) -> Mail:
    """A short one where nobody said anything: silence would look like a broken report."""
    day = report.day.isoformat()
    tables = {"By kind": report.kinds, "By version": _most(report.versions)} if report.total else {}
    opening = _opening(report)
    return Mail(
        to=to,
        subject=f"Feedback of {day}: {report.total or 'none'}",
        text=_text(opening, tables),
        html=_html(opening, tables),
        attachments=(Attachment(name=file_name(report), media_type=XLSX, content=report.workbook),)
        if report.workbook
        else (),
        reference=f"feedback report {day}",
    )


def file_name(report: Report) -> str:
    return f"feedback-{report.day.isoformat()}.xlsx"


def _opening(report: Report) -> str:
    when = f"on {report.day.isoformat()} ({report.zone})"
    if not report.total:
        return f"Nobody sent feedback {when}."
    times = "once" if report.total == 1 else f"{report.total} times"
    plural = "" if report.pictures == 1 else "s"
    pictures = f", with {report.pictures} picture{plural}" if report.pictures else ""
    return f"Feedback was sent {times} {when}{pictures}. {note_of(report)}".strip()


def _most(counts: Mapping[str, int]) -> dict[str, int]:
    pairs = list(counts.items())
    others = sum(count for _, count in pairs[MOST_VERSIONS:])
    return dict(pairs[:MOST_VERSIONS]) | ({"others": others} if others else {})


def _text(opening: str, tables: Mapping[str, Mapping[str, int]]) -> str:
    lines = [opening]
    for title, counts in tables.items():
        lines += ["", f"{title}:", *(f"  {count:>5}  {name}" for name, count in counts.items())]
    return "\n".join(lines) + "\n"


def _html(opening: str, tables: Mapping[str, Mapping[str, int]]) -> str:
    parts = [f"<p>{escape(opening)}</p>"]
    for title, counts in tables.items():
        rows = "".join(
            f'<tr><td style="{_CELL};text-align:right">{count}</td><td>{escape(name)}</td></tr>'
            for name, count in counts.items()
        )
        parts.append(f"<h3>{escape(title)}</h3><table>{rows}</table>")
    body = "".join(parts)
    return f'<!doctype html><body style="font-family:sans-serif;color:#222">{body}</body>'
