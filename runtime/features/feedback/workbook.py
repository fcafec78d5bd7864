"""Writes the report's workbook, in a process of its own: run as a script by …feedback.report.

What is in it comes from strangers. So this process has no secrets, writes no file, ends when it
takes too much, and nothing that it is given becomes more than text: no formula, no link.
"""

import base64
import json
import math
import os
import resource
import sys
from io import BytesIO
from typing import Any

from PIL import Image
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MEMORY_BYTES = 640 * 1024 * 1024
CPU_SECONDS = 60
NICENESS = 10
# A cell holds 32,767 units of UTF-16, of which a character may take two.
MOST_LETTERS = 16_000
# What a spreadsheet takes for the beginning of a formula once somebody edits the cell.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# In characters of the sheet's own type, but for the pictures: in pixels.
WIDTHS = {"Time": 17, "Kind": 12, "Text": 60, "Version": 12, "Device": 32, "User": 20, "Id": 20}
WRAPPED = ("Text", "Device", "User", "Id")
PICTURE_WIDTH, PICTURE_HEIGHT, MARGIN = 150, 200, 5
LINE_HEIGHT, HIGHEST_ROW = 20, 540
HEAD_COLOUR, LINE_COLOUR, QUIET_COLOUR = "#E8E4DA", "#D5D0C4", "#8A8578"


class Formats:
    """How cells look."""

    def __init__(self, book: Workbook) -> None:
        edge = {"border": 1, "border_color": LINE_COLOUR, "valign": "top", "font_size": 11}
        self.title = book.add_format({"bold": True, "font_size": 14, "valign": "vcenter"})
        self.note = book.add_format({"italic": True, "font_color": QUIET_COLOUR})
        self.head = book.add_format({**edge, "bold": True, "bg_color": HEAD_COLOUR})
        self._plain = book.add_format({**edge})
        self._wrapped = book.add_format({**edge, "text_wrap": True})
        quoted = {**edge, "text_wrap": True, "quote_prefix": True}
        self._quoted = book.add_format(quoted)
        self.missing = book.add_format({**edge, "text_wrap": True, "font_color": QUIET_COLOUR})

    def of(self, column: str, text: str) -> Format:
        if text.lstrip(" \n").startswith(FORMULA) or text.startswith(FORMULA):
            return self._quoted
        return self._wrapped if column in WRAPPED else self._plain


def harmless(text: str) -> str:
    """The text as a cell can hold it."""
    kept = [letter for letter in text[:MOST_LETTERS] if letter in "\n\t" or _is_text(ord(letter))]
    return "".join(kept)


def _is_text(number: int) -> bool:
    return number >= 32 and not 0xD800 <= number < 0xE000 and number & 0xFFFE != 0xFFFE


def write(report: dict[str, Any]) -> bytes:
    out = BytesIO()
    with Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet("Feedback")
        _write_sheet(sheet, Formats(book), report)
    return out.getvalue()


def _write_sheet(sheet: Worksheet, formats: Formats, report: dict[str, Any]) -> None:
    columns, pictures = report["columns"], report["pictures"]
    sheet.set_row_pixels(0, 28)
    sheet.write_string(0, 0, harmless(report["title"]), formats.title)
    sheet.write_string(1, 0, harmless(report["note"]), formats.note)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, WIDTHS[column])
        sheet.write_string(2, number, column, formats.head)
    for number in range(pictures):
        place = len(columns) + number
        sheet.set_column_pixels(place, place, PICTURE_WIDTH)
        sheet.write_string(2, place, f"Picture {number + 1}", formats.head)
    sheet.freeze_panes(3, 0)
    for number, row in enumerate(report["rows"], 3):
        _write_row(sheet, formats, number, columns, row)
        for place in range(len(row["pictures"]), pictures):
            sheet.write_blank(number, len(columns) + place, None, formats.missing)
    if report["rows"]:
        sheet.autofilter(2, 0, 2 + len(report["rows"]), len(columns) - 1)
    _set_paper(sheet)


def _set_paper(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)


def _write_row(
    sheet: Worksheet, formats: Formats, number: int, columns: list[str], row: dict[str, Any]
) -> None:
    texts = [harmless(text) for text in row["cells"]]
    lines = 1
    for place, (column, text) in enumerate(zip(columns, texts, strict=True)):
        sheet.write_string(number, place, text, formats.of(column, text))
        if column in WRAPPED:
            lines = max(lines, _lines(text, WIDTHS[column]))
    height = lines * LINE_HEIGHT
    if any(row["pictures"]):
        height = max(height, PICTURE_HEIGHT)
    sheet.set_row_pixels(number, min(height + MARGIN, HIGHEST_ROW))
    for place, picture in enumerate(row["pictures"], len(columns)):
        if picture:
            sheet.write_blank(number, place, None, formats.missing)
            _insert(sheet, number, place, base64.b64decode(picture))
        else:
            sheet.write_string(number, place, "left out", formats.missing)


def _lines(text: str, width: int) -> int:
    """How many lines the text takes in a column; most Chinese letters are as wide as two."""
    lengths = (sum(2 if ord(c) > 0x2E7F else 1 for c in line) for line in text.split("\n"))
    return sum(max(1, math.ceil(length * 1.1 / width)) for length in lengths)


def _insert(sheet: Worksheet, row: int, column: int, content: bytes) -> None:
    """Within its cell, and moving with it."""
    with Image.open(BytesIO(content)) as picture:
        width, height = picture.size
    room = PICTURE_WIDTH - 2 * MARGIN, PICTURE_HEIGHT - 2 * MARGIN
    scale = min(room[0] / width, room[1] / height, 1.0)
    options = {
        "image_data": BytesIO(content),
        "x_scale": scale,
        "y_scale": scale,
        "x_offset": MARGIN,
        "y_offset": MARGIN,
        "object_position": 1,
    }
    sheet.insert_image(row, column, f"{row}-{column}.jpg", options)


def main() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(write(json.load(sys.stdin.buffer)))


if __name__ == "__main__":
    main()
