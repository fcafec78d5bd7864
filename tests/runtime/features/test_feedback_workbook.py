"""The workbook: strangers' words in cells, and nothing more than words."""

import base64
import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.features.feedback.report import COLUMNS
from runtime.features.feedback.workbook import MOST_LETTERS, write
from tests.support.feedback import pictures_in, rows_of, xml_of
from tests.support.media import picture

TEXT = COLUMNS.index("Text")


def book(*texts: str, pictures: int = 0) -> bytes:
    shown = [base64.b64encode(picture(60, 90)).decode()] * pictures
    rows = [_row(text, shown) for text in texts]
    return write({"title": "t", "note": "", "columns": COLUMNS, "pictures": pictures, "rows": rows})


def _row(text: str, shown: list[str]) -> dict[str, Any]:
    cells = ["x"] * len(COLUMNS)
    cells[TEXT] = text
    return {"cells": cells, "pictures": shown}


FORMULAS = [
    '=HYPERLINK("http://x.example","a")',
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "{=1}",
    "https://x.example",
    "mailto:x@example.com",
    "internal:Feedback!A1",
    "007",
    "TRUE",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    made = book(text)

    assert rows_of(made)[0]["Text"] == text.replace("\r", "")
    assert "<f>" not in xml_of(made)
    assert "hyperlink" not in xml_of(made)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1"])
def test_what_looks_like_a_formula_stays_a_text_when_it_is_edited(text: str) -> None:
    with ZipFile(BytesIO(book(text))) as archive:
        styles = archive.read("xl/styles.xml").decode()
    formats = re.findall(r"<xf .*?(?:/>|</xf>)", styles.partition("<cellXfs")[2])
    cell = re.search(r'<c r="C4" s="(\d+)"', xml_of(book(text)))

    assert cell is not None
    assert 'quotePrefix="1"' in formats[int(cell[1])]


def test_neither_controls_nor_length_end_the_report() -> None:
    texts = ["a\x00\x0b\x1f\ufffe\ud800b", "x" * 40_000, "好" * 40_000, "👍" * 40_000, "_x0041_"]
    rows = rows_of(book(*texts))

    assert [len(row["Text"]) for row in rows[1:4]] == [MOST_LETTERS] * 3
    assert (rows[0]["Text"], rows[4]["Text"]) == ("ab", "_x0041_")


@settings(max_examples=150)
@given(st.lists(st.text(st.characters(), max_size=60), min_size=1, max_size=20))
def test_whatever_is_said_the_report_is_readable_and_says_it(texts: list[str]) -> None:
    made = book(*texts)

    kept = [
        "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and ord(c) & 0xFFFE != 0xFFFE))
        for text in texts
    ]
    kept = [re.sub("[\ud800-\udfff]", "", text) for text in kept]
    assert [row["Text"] or "" for row in rows_of(made)] == kept
    assert "<f>" not in xml_of(made)


def test_every_picture_is_in_the_file_and_within_its_cell() -> None:
    made = book("a", "b", pictures=3)

    with ZipFile(BytesIO(made)) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
    # The same bytes are stored once, and shown six times.
    assert pictures_in(made) == 1
    corners = re.findall(r"<xdr:col>(\d+)</xdr:col>.*?<xdr:row>(\d+)</xdr:row>", drawing)
    assert len(corners) == 12
    assert corners[0::2] == corners[1::2]


def test_a_picture_that_was_left_out_is_said_to_be() -> None:
    rows = [{"cells": ["x"] * len(COLUMNS), "pictures": [""]}]
    made = write({"title": "t", "note": "", "columns": COLUMNS, "pictures": 1, "rows": rows})

    assert rows_of(made)[0]["Picture 1"] == "left out"
