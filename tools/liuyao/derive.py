"""Works out the `divination_derived` document of a cast: same cast, same engine, same bytes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.liuyao.almanac import TERM_CODES, TERM_NAMES, TERM_STARTS, term_index
from tools.liuyao.cast import Cast, rfc3339
from tools.liuyao.chart import Chart, chart_of, face, kindred, line_documents
from tools.liuyao.clocks import instant_of, seconds_since_1970, sundial, zone
from tools.liuyao.cycle import BRANCHES, PILLARS, void
from tools.liuyao.focus import focus_of
from tools.liuyao.pillars import Pillars, is_near_term, pillars_of
from tools.liuyao.relations import patterns
from tools.liuyao.speaking import speaking_texts
from tools.liuyao.vocabulary import Category, DayBoundary, Gender, Method

DOCUMENT_VERSION = 1
# A change of any rule raises this one, a change of shape the other.
ENGINE = "1.0.0"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a cast was, by every clock that counts."""

    at: datetime  # UTC
    local: datetime  # on the wall, with its offset
    zone: str
    solar: datetime | None  # without a zone: the sun has none
    boundary: DayBoundary

    @property
    def second(self) -> int:
        """The whole seconds since 1970 UTC."""
        return seconds_since_1970(self.at)

    @property
    def pillars(self) -> Pillars:
        """Year and month by the instant, day and hour by the clock that was asked for."""
        return pillars_of(self.second, self.solar or self.local, self.boundary)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a document keeps of a cast besides its moment; the question is not in it."""

    method: Method
    category: Category
    gender: Gender | None
    lines: tuple[int, ...]


def derive(cast: Cast) -> dict[str, Any]:
    """Return the chart of a cast as a JSON-able document, version 1."""
    solar = sundial(cast.at, cast.location.longitude) if cast.location else None
    local = cast.at.astimezone(zone(cast.zone))
    moment = Moment(cast.at, local, cast.zone, solar, cast.day_boundary)
    gender = cast.querent.gender if cast.querent else None
    return document(Matter(cast.method, cast.category, gender, cast.lines), moment)


def document(matter: Matter, moment: Moment) -> dict[str, Any]:
    """Return the document that follows from a matter at a moment, and from nothing else."""
    pillars = moment.pillars
    chart = chart_of(matter.lines, pillars.month, pillars.day)
    lines = line_documents(chart)
    return {
        "version": DOCUMENT_VERSION,
        "engine": _engine(moment.boundary),
        "cast": _cast(matter, moment),
        "calendar": _calendar(moment.second, pillars),
        "primary": face(chart.primary),
        "changed": face(chart.changed) if chart.changed else None,
        **kindred(chart.primary),
        "lines": lines,
        "patterns": patterns(chart.primary, chart.changed),
        "focus": focus_of(matter.category, matter.gender, lines, branches=_ruling_branches(chart)),
        "texts": speaking_texts(chart.primary, chart.changed, chart.moving),
    }


def _ruling_branches(chart: Chart) -> str:
    return BRANCHES[chart.month % 12] + BRANCHES[chart.day % 12]


def _engine(boundary: DayBoundary) -> dict[str, object]:
    # Schools differ on each of these, so a chart says which it follows.
    return {
        "name": "liuyao",
        "version": ENGINE,
        "conventions": {
            "dayBoundary": boundary.value,
            "yearStart": "lichun",
            "terms": "instant",
            "clock": "local",
            "changedRelatives": "primaryPalace",
        },
    }


def _cast(matter: Matter, moment: Moment) -> dict[str, object]:
    return {
        "method": matter.method.value,
        "category": matter.category.value,
        "lines": list(matter.lines),
        "castAt": rfc3339(moment.at),
        "localTime": moment.local.isoformat(timespec="seconds"),
        "timezone": moment.zone,
        "solarTime": moment.solar.isoformat(timespec="seconds") if moment.solar else None,
    }


def _calendar(second: int, pillars: Pillars) -> dict[str, object]:
    index = term_index(second)
    return {
        "pillars": {
            "year": PILLARS[pillars.year],
            "month": PILLARS[pillars.month],
            "day": PILLARS[pillars.day],
            "hour": PILLARS[pillars.hour],
        },
        "void": [BRANCHES[branch] for branch in void(pillars.day)],
        "term": _term(index),
        "nextTerm": _term(index + 1),
        "nearTermBoundary": is_near_term(second),
    }


def _term(index: int) -> dict[str, object]:
    return {
        "code": TERM_CODES[index % 24],
        "name": TERM_NAMES[index % 24],
        "startedAt": rfc3339(instant_of(TERM_STARTS[index])),
    }
