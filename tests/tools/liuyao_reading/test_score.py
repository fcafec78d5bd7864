"""The heuristic, against sums done by hand."""

import pytest

from tests.tools.liuyao_reading.casts import chart
from tools.liuyao.reading.chart import Chart
from tools.liuyao.reading.focus import focus_of, focus_on
from tools.liuyao.reading.score import Verdict, judge

WEI_JI = [8, 7, 8, 9, 6, 9]
IN_XU = "2025-11-03T10:00:00+08:00"


def judged(lines: list[int], category: str, at: str) -> Verdict:
    view = Chart.read(chart(lines, category, at=at))
    return judge(view, focus_of(view, view.focus))


def weights(verdict: Verdict) -> dict[str, int]:
    return {reason.key: reason.weight for reason in verdict.reasons}


def test_month_and_day_are_weighed() -> None:
    """大有之睽, 卯 month, 子 day: 官鬼 is 巳 fire, fed by the month and curbed by the day."""
    verdict = judged([7, 7, 9, 7, 8, 7], "career", "2026-03-14T23:30:00+08:00")

    assert weights(verdict) == {"month.strong": 2, "day.overcomes": -2, "alone": 0}
    assert (verdict.total, verdict.grade) == (0, "mixed")


def test_helpers_count_for_and_against_and_so_does_ones_own_change() -> None:
    """巽之坤, 申 month, 卯 day: 世 is 卯, helped by 亥, harmed by 酉, and turns into 酉."""
    verdict = judged([8, 9, 9, 8, 9, 9], "health", "2026-08-21T15:00:00+08:00")

    # 亥 is void in this decade, so its help counts for half.
    assert weights(verdict) == {
        "month.dead": -3,
        "day.same": 3,
        "turn.overcomesBack": -3,
        "source": 1,
        "bane": -2,
    }
    assert (verdict.total, verdict.grade) == (-4, "doubtful")


def test_what_is_hidden_loses_by_it() -> None:
    """未济之坎, 戌 month, 子 day, 申酉 void: 官鬼 亥 lies hidden under 午."""
    view = Chart.read(chart(WEI_JI, "love", at=IN_XU, gender="female"))
    verdict = judge(view, focus_of(view, view.focus))

    assert weights(verdict) == {
        "month.dead": -3,
        "day.kin": 0,
        "hidden": -2,
        "source": 1,
        "bane": -2,
    }
    assert (verdict.total, verdict.grade) == (-6, "adverse")


def test_a_void_line_that_moves_loses_half() -> None:
    view = Chart.read(chart(WEI_JI, "wealth", at=IN_XU))

    assert weights(judge(view, focus_on(view, 4)))["void"] == -1


def test_reasons_come_heaviest_first_and_never_fewer_than_three() -> None:
    for bits in range(64):
        lines = [7 + (bits >> i & 1) for i in range(6)]
        verdict = judged(lines, "wealth", "2024-02-04T16:28:00+08:00")
        sizes = [abs(reason.weight) for reason in verdict.reasons]

        assert len(sizes) >= 3
        assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("total", "direction"), [(4, "for"), (1, "for"), (0, "even"), (-1, "even"), (-2, "against")]
)
def test_five_grades_fold_into_three_directions(total: int, direction: str) -> None:
    assert Verdict(total, "", ()).direction == direction
