"""Lists in pages: `limit`, and cursors that say where the next page begins."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from runtime.clock import micros, parse_iso, parse_rfc3339, stamp
from runtime.errors import Code, Flaw, Problem
from runtime.ids import is_uuid
from runtime.web.operation import Json, Query
from runtime.web.parsing import Wire

DEFAULT_LIMIT = 20
MOST = 100
# Later than any row: where a first page begins.
END_OF_TIME = 2**62
LIMIT_QUERY = Query("limit", "How many items at most, 1 to 100.", schema={"type": "integer"})
# What a list whose times may repeat takes: see Place.
PAGE_QUERY = (LIMIT_QUERY, Query("cursor", "The nextCursor of the page before."))
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")


class Placed(Protocol):
    """A row of a list whose order is its time, and its id where times are the same."""

    @property
    def id(self) -> str: ...

    @property
    def created_at(self) -> int: ...


R = TypeVar("R", bound=Placed)
V = TypeVar("V")


class Page(Wire, Generic[V]):
    """What is told of these rows, and where the next page begins."""

    items: list[V]
    next_cursor: str | None


def limit_of(request: Request) -> int:
    text = request.query_params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(text) or int(text) > MOST:
        raise _invalid("limit", f"limit is a whole number from 1 to {MOST}.", Flaw.OUT_OF_RANGE)
    return int(text)


def time_cursor(request: Request, *, invalid: Code) -> int:
    """The time of the last row that was seen, in whole microseconds: any ISO 8601 datetime."""
    text = request.query_params.get("cursor")
    if not text:
        return END_OF_TIME
    try:
        return micros(parse_iso(text))
    except ValueError:
        raise Problem(invalid, "The cursor is the createdAt of the last item seen.") from None


def _place_cursor(request: Request) -> tuple[int, str]:
    """(time, id) of the last row that was seen, for lists whose times may repeat."""
    text = request.query_params.get("cursor")
    if not text:
        return END_OF_TIME, ""
    time, _, row_id = text.partition("~")
    try:
        at = micros(parse_rfc3339(time))
    except ValueError:
        at = -1
    if at < 0 or not is_uuid(row_id):
        raise _invalid("cursor", "The cursor is a nextCursor of this list.", Flaw.MALFORMED)
    return at, row_id


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list a request is: after this row, so many."""

    before: int
    before_id: str
    limit: int

    def rows(self, page: Callable[..., list[R]], user_id: str) -> list[R]:
        return page(user_id, before=self.before, before_id=self.before_id, limit=self.limit)

    def answer(
        self, page: Callable[..., Page[V]], rows: Sequence[R], view: Callable[[R], V]
    ) -> Response:
        told = [view(row) for row in rows]
        return Json(page(items=told, next_cursor=self.cursor(rows)), nulls=True)

    def cursor(self, rows: Sequence[Placed]) -> str | None:
        """Where the page after these begins; None where there can be none."""
        if len(rows) < self.limit:
            return None
        return f"{stamp(rows[-1].created_at)}~{rows[-1].id}"


def place_of(request: Request) -> Place:
    limit = limit_of(request)
    return Place(*_place_cursor(request), limit)


def _invalid(name: str, message: str, flaw: Flaw) -> Problem:
    return Problem.at(Code.REQUEST_VALIDATION_ERROR, f"/query/{name}", message, flaw)
