"""The drawing of a chart: all that stands in it, nothing that runs, nothing from elsewhere."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tools.liuyao.derive import derive
from tools.liuyao.drawing import MARKS, THEMES, draw
from tools.liuyao.payload import LATEST, parse_cast

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {f"{SVG}{name}" for name in ("svg", "title", "rect", "text")}


def chart(*lines: int, **changes: object) -> Any:
    payload: dict[str, object] = {
        "question": "x",
        "category": "career",
        "method": "manual",
        "lines": list(lines),
        "castAt": "2026-03-14T15:30:00Z",
        "timezone": "Asia/Shanghai",
        **changes,
    }
    return derive(parse_cast(payload, now=LATEST))


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def bars(svg: str) -> int:
    return sum(1 for _ in ET.fromstring(svg).iter(f"{SVG}rect")) - 1


def test_a_chart_in_motion_shows_both_hexagrams_and_what_stands_at_each_line() -> None:
    derived = chart(7, 8, 9, 7, 7, 6)

    told = texts(draw(derived))

    assert any(derived["primary"]["fullName"] in text for text in told)
    assert any(derived["changed"]["fullName"] in text for text in told)
    assert [text for text in told if text in MARKS.values()] == ["○", "×"]
    assert sorted(text for text in told if text in "世应") == ["世", "应"]
    for spirit in ("青龙", "朱雀", "勾陈", "螣蛇", "白虎", "玄武"):
        assert spirit in told
    for line in derived["lines"]:
        assert any(line["stem"] + line["branch"] in text for text in told)


def test_a_chart_at_rest_has_one_hexagram_and_no_marks() -> None:
    svg = draw(chart(7, 7, 7, 7, 7, 7))

    assert bars(svg) == 6
    assert not set(texts(svg)) & set(MARKS.values())
    assert "→" not in svg


@pytest.mark.parametrize(
    ("lines", "count"),
    [((8, 8, 8, 8, 8, 8), 12), ((9, 7, 7, 7, 7, 7), 6 + 7), ((6, 8, 8, 8, 8, 8), 12 + 11)],
)
def test_a_broken_line_has_two_strokes_and_a_moving_one_turns(
    lines: tuple[int, ...], count: int
) -> None:
    assert bars(draw(chart(*lines))) == count


def test_lines_are_drawn_from_the_bottom_up() -> None:
    derived = chart(7, 8, 9, 7, 7, 6)
    nodes = list(ET.fromstring(draw(derived)).iter(f"{SVG}text"))
    heights = {node.text: int(node.attrib["y"]) for node in nodes}

    assert heights["○"] > heights["×"], "the third line is below the sixth"


@pytest.mark.parametrize("theme", THEMES)
def test_themes_differ_in_colours_alone(theme: str) -> None:
    svg = draw(chart(7, 8, 9, 7, 7, 6), theme=theme)

    assert THEMES[theme].paper in svg
    assert texts(svg) == texts(draw(chart(7, 8, 9, 7, 7, 6)))
    assert svg == draw(chart(7, 8, 9, 7, 7, 6), theme=theme), "same chart, same bytes"


def test_no_drawing_runs_or_fetches_anything() -> None:
    for value in range(4_096):
        if value % 61:
            continue
        lines = [6 + (value >> 2 * place & 3) for place in range(6)]
        root = ET.fromstring(draw(chart(*lines)))
        assert {node.tag for node in root.iter()} <= ALLOWED
        names = {name for node in root.iter() for name in node.attrib}
        assert not any(name.startswith("on") or "href" in name or name == "style" for name in names)


def test_texts_are_escaped_whoever_wrote_the_document() -> None:
    derived = chart(7, 7, 7, 7, 7, 7)
    derived["primary"]["fullName"] = "<script>alert(1)</script>&amp;"

    svg = draw(derived)

    assert "<script" not in svg
    assert any("<script>alert(1)</script>&amp;" in text for text in texts(svg))


def test_every_worked_case_can_be_drawn() -> None:
    path = Path(__file__).with_name("examples.json")
    cases = json.loads(path.read_text())["cases"]
    assert cases
    for case in cases:
        assert draw(chart(*case["lines"], castAt=case["castAt"], timezone=case["timezone"]))
