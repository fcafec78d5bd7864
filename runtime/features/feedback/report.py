"""One day's feedback as it is read: counted, and as a workbook with the pictures in it."""

import base64
import json
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import anyio

from runtime.clock import from_micros
from runtime.features.feedback.days import LocalDays
from runtime.media.decoders import MediaRefused
from runtime.media.pictures import Pictures
from storage.blobs.base import Blobs
from storage.sql.database import Database
from storage.sql.feedback import FeedbackRow
from storage.sql.transaction import Transaction

SCRIPT = Path(__file__).with_name("workbook.py")
COLUMNS = ("Time", "Kind", "Text", "Version", "Device", "User", "Id")
PICTURES = 3
SECONDS = 90.0
# A flood is counted to the last drop, but a mail has its limits.
MOST_ROWS = 2_000
MOST_PICTURE_BYTES = 7 * 1024 * 1024
LONGEST_SIDE = 900
ANONYMOUS = "anonymous"

log = logging.getLogger(__name__)


class ReportFailed(Exception):
    """The workbook could not be written this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was said on a day; `workbook` is empty where nothing was."""

    day: date
    zone: str
    total: int
    kinds: Mapping[str, int]
    versions: Mapping[str, int]
    pictures: int
    shown_rows: int
    shown_pictures: int
    workbook: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "timezone": self.zone,
            "total": self.total,
            "kinds": dict(self.kinds),
            "versions": dict(self.versions),
            "pictures": self.pictures,
            "bytes": len(self.workbook),
        }


@dataclass(frozen=True, slots=True)
class _Found:
    rows: Sequence[FeedbackRow]
    counts: Sequence[tuple[str, str | None, int]]
    pictures: Sequence[tuple[str, str]]


class ReportWriter:
    """Reads one day and writes its report."""

    def __init__(
        self, *, database: Database, blobs: Blobs, pictures: Pictures, days: LocalDays
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._pictures = pictures
        self._days = days

    async def write(
        self, day: date, looked: Callable[[int, int], None] = lambda _done, _all: None
    ) -> Report:
        """The day's report; raises ReportFailed, StorageUnavailable or BlobsUnavailable.

        `looked` hears how many pictures were looked at, of how many.
        """
        found = await self._database.read(_find, *self._days.bounds(day))
        shown = await self._shown(found, looked)
        kinds, versions = _counted(found.counts)
        report = Report(
            day=day,
            zone=self._days.zone.key,
            total=kinds.total(),
            kinds=dict(kinds.most_common()),
            versions=dict(versions.most_common()),
            pictures=len(found.pictures),
            shown_rows=len(found.rows),
            shown_pictures=sum(map(bool, shown.values())),
            workbook=b"",
        )
        return await self._with_workbook(report, found, shown) if found.rows else report

    async def _shown(self, found: _Found, looked: Callable[[int, int], None]) -> dict[str, bytes]:
        """The pictures by path, small, as long as there is room for them."""
        rows = {row.id for row in found.rows}
        shown: dict[str, bytes] = {}
        size = 0
        for number, (feedback_id, path) in enumerate(found.pictures, 1):
            small = b""
            if feedback_id in rows and size < MOST_PICTURE_BYTES:
                small = await self._small(path)
            shown[path] = small
            size += len(small)
            looked(number, len(found.pictures))
        return shown

    async def _small(self, path: str) -> bytes:
        content = await self._blobs.get(path)
        if content is None:
            return b""
        try:
            return await self._pictures.reencode(content, longest_side=LONGEST_SIDE)
        except MediaRefused as refused:
            log.warning("a feedback picture was left out", extra={"reason": str(refused)})
            return b""

    async def _with_workbook(
        self, report: Report, found: _Found, shown: Mapping[str, bytes]
    ) -> Report:
        asked = {
            "title": f"Feedback of {report.day.isoformat()} ({report.zone})",
            "note": note_of(report),
            "columns": COLUMNS,
            "pictures": PICTURES if report.pictures else 0,
            "rows": [self._row(row, found.pictures, shown) for row in found.rows],
        }
        # By its fields: frozen and slotted, and one of them is still to come.
        made = {name: getattr(report, name) for name in Report.__slots__}
        return Report(**{**made, "workbook": await _workbook(asked)})

    def _row(
        self,
        row: FeedbackRow,
        pictures: Sequence[tuple[str, str]],
        shown: Mapping[str, bytes],
    ) -> dict[str, Any]:
        local = self._days.local(from_micros(row.created_at))
        cells = (
            local.strftime("%Y-%m-%d %H:%M"),
            row.kind,
            row.content,
            row.app_version or "",
            _device(row.device),
            row.user_id or ANONYMOUS,
            row.id,
        )
        own = [base64.b64encode(shown[path]).decode() for of, path in pictures if of == row.id]
        return {"cells": cells, "pictures": own}


def note_of(report: Report) -> str:
    """What of the day is not in the workbook, if anything is not."""
    rows, pictures = report.total - report.shown_rows, report.pictures - report.shown_pictures
    said = []
    if rows:
        said.append(f"Not listed: {rows} more of that day.")
    if pictures:
        said.append(f"Left out: {pictures} of {report.pictures} pictures.")
    return " ".join(said)


def _device(text: str | None) -> str:
    """A line for each thing that is known about the device."""
    info = json.loads(text) if text else {}
    return "\n".join(f"{name}: {_plain(value)}" for name, value in info.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _counted(
    counts: Sequence[tuple[str, str | None, int]],
) -> tuple[Counter[str], Counter[str]]:
    kinds: Counter[str] = Counter()
    versions: Counter[str] = Counter()
    for kind, version, count in counts:
        kinds[kind] += count
        versions[version or "unknown"] += count
    return kinds, versions


async def _workbook(asked: Mapping[str, Any]) -> bytes:
    """In another process, isolated and without our environment: there are keys in it."""
    try:
        with anyio.fail_after(SECONDS):
            done = await anyio.run_process(
                [sys.executable, "-I", str(SCRIPT)],
                input=json.dumps(asked).encode(),
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
                cwd="/",
            )
    except (TimeoutError, OSError, subprocess.CalledProcessError) as failure:
        raise ReportFailed(type(failure).__name__) from failure
    return done.stdout


def _find(tx: Transaction, start: int, end: int) -> _Found:
    return _Found(
        tx.feedback.within(start, end, most=MOST_ROWS),
        tx.feedback.counts(start, end),
        tx.feedback.pictures(start, end),
    )
