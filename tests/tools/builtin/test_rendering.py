"""Charts as text: every fact that a reading rests on, one row a line, the top line first."""

from datetime import datetime
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.builtin.stage import chart, places, row_of, rows_of_lines
from tools.builtin import rendering
from tools.builtin.rendering import render_chart
from tools.liuyao import vocabulary
from tools.liuyao.cycle import ELEMENTS
from tools.liuyao.hexagrams import HEXAGRAMS
from tools.liuyao.vocabulary import (
    Category,
    DayBoundary,
    DayEffect,
    Element,
    Generation,
    Phase,
    Relative,
    Spirit,
    Turn,
)

LINES = st.lists(st.integers(6, 9), min_size=6, max_size=6)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1))  # noqa: DTZ001
SPACED = "　"


def test_a_chart_reads_like_this() -> None:
    """Each row was checked by hand against the rules."""
    assert render_chart(chart()) == (
        "起卦：2026-03-14T23:30:00+08:00（Asia/Shanghai），方法 coins，所问 career，23:00换日\n"
        "四柱：丙午年 辛卯月 戊子日 壬子时，旬空 午未，节气 惊蛰，下一节气 春分 2026-03-20 22:45\n"
        "本卦：䷡ 第34卦 雷天大壮，坤宫土 四世，六冲\n"
        "变卦：䷥ 第38卦 火泽睽，艮宫土 四世\n"
        "互卦 43 夬，错卦 20 观，综卦 33 遁\n"
        "爻（自上而下）：\n"
        f"上六 ━ ━ × 朱雀 兄弟 庚戌土 {SPACED} 月死 动→ 父母 己巳火 回头生\n"
        f"六五 ━ ━   青龙 子孙 庚申金 {SPACED} 月囚\n"
        "九四 ━━━   玄武 父母 庚午火 世 月相 旬空 日冲暗动\n"
        f"九三 ━━━ ○ 白虎 兄弟 甲辰土 {SPACED} 月死 动→ 兄弟 丁丑土 比和 化退\n"
        f"九二 ━━━   螣蛇 官鬼 甲寅木 {SPACED} 月旺\n"
        "初九 ━━━   勾陈 妻财 甲子水 应 月休\n"
        "用神：官鬼，在第2爻（category:career）\n"
        "断辞（twoMoving）：本卦 34 第3爻爻辞（辅），本卦 34 第6爻爻辞（主）"
    )


def test_a_chart_at_rest_has_no_changed_hexagram() -> None:
    rendered = render_chart(chart(lines=[7, 7, 7, 7, 7, 7]))

    assert "变卦：无，六爻安静" in rendered
    assert "动→" not in rendered


def test_hidden_lines_stand_beside_what_covers_them() -> None:
    """The wealth of 姤 lies under its second line."""
    derived = chart(lines=[8, 7, 7, 7, 7, 7], category="wealth")

    rendered = render_chart(derived)

    assert row_of(rendered, "九二").endswith("伏神 妻财 甲寅木")
    assert row_of(rendered, "用神") == "用神：妻财，伏于第2爻下（category:wealth）"


def test_other_lines_that_the_focus_might_have_been_are_named() -> None:
    derived = chart(lines=[7, 7, 9, 7, 8, 6], category="family")
    twice = chart(lines=[8, 8, 7, 7, 8, 8], category="study")

    assert "另见" not in row_of(render_chart(derived), "用神")
    candidates = twice["focus"]["candidates"]
    others = [str(i) for i in candidates if i != twice["focus"]["position"]]
    assert others
    assert f"同类另见第{'、'.join(others)}爻" in row_of(render_chart(twice), "用神")


def test_the_suns_clock_and_a_term_close_by_are_told() -> None:
    sun = chart(trueSolarTime=True, location={"longitude": 87.6})
    at_the_term = chart(castAt="2025-02-03T22:10:00+08:00")

    assert "，真太阳时 2026-03-14T21:" in row_of(render_chart(sun), "起卦")
    assert "交节前后两分钟内" in row_of(render_chart(at_the_term), "四柱")
    assert "0:00换日" in render_chart(chart(dayBoundary="midnight"))


def test_repeating_and_reversing_patterns_are_named() -> None:
    """乾 into 震 repeats its branches; 坤 into 巽 clashes every one of them."""
    repeating = render_chart(chart(lines=[7, 7, 7, 7, 9, 9]))
    reversing = render_chart(chart(lines=[8, 8, 8, 8, 6, 6]))

    assert row_of(repeating, "格局") == "格局：外卦伏吟"
    assert row_of(reversing, "格局") == "格局：外卦爻反吟"


def test_every_cast_is_rendered_from_the_top_line_down() -> None:
    for lines in product((6, 7, 8, 9), repeat=6):
        derived = chart(lines=list(lines))

        rows = rows_of_lines(render_chart(derived))

        assert [row[:2] for row in rows] == places(derived)


@given(lines=LINES, day=MOMENTS)
def test_every_mark_of_a_line_is_on_its_row_and_on_no_other(
    lines: list[int], day: datetime
) -> None:
    derived = chart(lines=lines, castAt=f"{day:%Y-%m-%dT%H:%M:%SZ}")

    rows = reversed(rows_of_lines(render_chart(derived)))

    for row, line in zip(rows, derived["lines"], strict=True):
        words = row.split(" 动→ ")[0].split()
        assert f"{line['stem']}{line['branch']}" in row
        assert ("旬空" in words) is line["void"]
        assert ("月破" in words) is line["monthBreak"]
        assert ("日冲暗动" in words) is (line["dayEffect"] == "hiddenMove")
        assert ("日破" in words) is (line["dayEffect"] == "dayBreak")
        assert ("动→" in row) is line["moving"]
        assert ("伏神" in words) is (line["hidden"] is not None)
        assert ("世" in words) is (line["role"] == "shi")
        assert ("应" in words) is (line["role"] == "ying")
        changed = line["changed"]
        assert changed is None or ("化空" in row) is changed["void"]
        assert changed is None or ("化进" in row) is changed["advance"]


def test_different_charts_never_read_the_same() -> None:
    """4,096 casts at one moment make 4,096 texts."""
    casts = list(product((6, 7, 8, 9), repeat=6))

    assert len({render_chart(chart(lines=list(lines))) for lines in casts}) == len(casts)


def test_every_code_of_the_vocabulary_has_its_term() -> None:
    """A new code would otherwise fail in the middle of a user's reading."""
    tables = {
        Element: vocabulary.ELEMENT_TERMS,
        Relative: vocabulary.RELATIVE_TERMS,
        Spirit: vocabulary.SPIRIT_TERMS,
        Generation: rendering._GENERATIONS,
        Phase: rendering._PHASES,
        Turn: rendering._TURNS,
        DayEffect: rendering._DAY_EFFECTS,
        DayBoundary: rendering._BOUNDARIES,
    }

    for words, table in tables.items():
        assert set(table) == {word.value for word in words}
        assert len(set(table.values())) == len(table)
    assert tuple(vocabulary.ELEMENT_TERMS) == ELEMENTS


def test_every_question_and_hexagram_can_be_rendered() -> None:
    for category, hexagram in product(Category, HEXAGRAMS):
        lines = [7 if bit == "1" else 8 for bit in hexagram.bit_string]

        rendered = render_chart(chart(lines=lines, category=category.value))

        assert f"{hexagram.symbol} 第{hexagram.number}卦 {hexagram.full_name}" in rendered
        assert category.value in rendered
