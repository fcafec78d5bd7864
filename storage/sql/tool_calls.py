"""Tool calls: what was asked for, who decided, what came of it."""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from storage.sql.dialect import insert_new
from storage.sql.schema import tool_calls
from storage.sql.statements import Row, execute


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallRow:
    id: str
    run_id: str
    session_id: str
    user_id: str
    name: str
    arguments: str
    state: str
    question: str | None = None
    decision: str | None = None
    reason: str | None = None
    edited_arguments: str | None = None
    result: str | None = None
    error: str | None = None
    expires_at: int | None = None
    decided_at: int | None = None
    continued_by: str | None = None
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None


_COLUMNS = tuple(field.name for field in fields(ToolCallRow))
_SELECTED = tuple(tool_calls.c[name] for name in _COLUMNS)
_ADD = insert(tool_calls)
_GET = select(*_SELECTED).where(
    tool_calls.c.run_id == bindparam("run_id"), tool_calls.c.id == bindparam("id")
)
_OF_RUN = (
    select(*_SELECTED)
    .where(tool_calls.c.run_id == bindparam("run_id"))
    .order_by(tool_calls.c.number)
)
_OF_SESSION = (
    select(*_SELECTED)
    .where(tool_calls.c.session_id == bindparam("session_id"))
    .order_by(tool_calls.c.number)
)
_OPEN = (
    select(*_SELECTED)
    .where(tool_calls.c.session_id == bindparam("session_id"), tool_calls.c.state == "waiting")
    .order_by(tool_calls.c.number)
)
# Calls of the client's own tools, which it has been handed and has not answered.
_PENDING = (
    select(*_SELECTED)
    .where(tool_calls.c.session_id == bindparam("session_id"), tool_calls.c.state == "pending")
    .order_by(tool_calls.c.number)
)
_ANSWER = (
    update(tool_calls)
    .where(
        tool_calls.c.run_id == bindparam("of_run"),
        tool_calls.c.id == bindparam("call_id"),
        tool_calls.c.state == "pending",
    )
    .values(
        state=bindparam("new_state"),
        result=bindparam("the_result"),
        error=bindparam("the_error"),
        ended_at=bindparam("now"),
    )
)
_EXPIRED = (
    select(*_SELECTED)
    .where(tool_calls.c.state == "waiting", tool_calls.c.expires_at <= bindparam("now"))
    .order_by(tool_calls.c.expires_at, tool_calls.c.number)
    .limit(bindparam("most"))
)
_THIS_CALL = and_(
    tool_calls.c.run_id == bindparam("of_run"), tool_calls.c.id == bindparam("call_id")
)
# What has ended stays as it ended: a worker that comes too late changes nothing.
_NOT_ENDED = tool_calls.c.ended_at.is_(None)
_DECIDE = (
    update(tool_calls)
    .where(_THIS_CALL, tool_calls.c.state == "waiting")
    .values(
        state=bindparam("new_state"),
        decision=bindparam("the_decision"),
        reason=bindparam("the_reason"),
        edited_arguments=bindparam("edited"),
        decided_at=bindparam("now"),
    )
)
_BEGIN = (
    update(tool_calls)
    .where(_THIS_CALL, _NOT_ENDED)
    .values(state="running", started_at=bindparam("now"))
)
_ABANDON = (
    update(tool_calls)
    .where(tool_calls.c.run_id == bindparam("of_run"), tool_calls.c.state == "running")
    .values(state="failed", error=bindparam("why"), ended_at=bindparam("now"))
)
_FINISH = (
    update(tool_calls)
    .where(_THIS_CALL, _NOT_ENDED)
    .values(
        state=bindparam("new_state"),
        result=bindparam("the_result"),
        error=bindparam("the_error"),
        ended_at=bindparam("now"),
    )
)
_CONTINUE = (
    update(tool_calls)
    .where(tool_calls.c.run_id == bindparam("of_run"), tool_calls.c.continued_by.is_(None))
    .values(continued_by=bindparam("by_run"))
)


class ToolCalls:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, call: ToolCallRow) -> None:
        execute(self._connection, _ADD, {name: getattr(call, name) for name in _COLUMNS})

    def add_new(self, call: ToolCallRow) -> bool:
        statement = insert_new(self._connection, tool_calls, "run_id", "id")
        values = {name: getattr(call, name) for name in _COLUMNS}
        return execute(self._connection, statement, values).rowcount == 1

    def get(self, run_id: str, call_id: str) -> ToolCallRow | None:
        row = execute(self._connection, _GET, {"run_id": run_id, "id": call_id}).first()
        return _call(row) if row else None

    def of_run(self, run_id: str) -> list[ToolCallRow]:
        return [_call(row) for row in execute(self._connection, _OF_RUN, {"run_id": run_id})]

    def of_session(self, session_id: str) -> list[ToolCallRow]:
        rows = execute(self._connection, _OF_SESSION, {"session_id": session_id})
        return [_call(row) for row in rows]

    def open_in(self, session_id: str) -> list[ToolCallRow]:
        rows = execute(self._connection, _OPEN, {"session_id": session_id})
        return [_call(row) for row in rows]

    def pending_in(self, session_id: str) -> list[ToolCallRow]:
        rows = execute(self._connection, _PENDING, {"session_id": session_id})
        return [_call(row) for row in rows]

    def answer(
        self, call: ToolCallRow, *, state: str, result: str | None, error: str | None, now: int
    ) -> bool:
        """The client's answer to a call that it was handed; the first one stands."""
        parameters = {
            "of_run": call.run_id,
            "call_id": call.id,
            "new_state": state,
            "the_result": result,
            "the_error": error,
            "now": now,
        }
        return execute(self._connection, _ANSWER, parameters).rowcount == 1

    def expired(self, *, now: int, most: int) -> list[ToolCallRow]:
        rows = execute(self._connection, _EXPIRED, {"now": now, "most": most})
        return [_call(row) for row in rows]

    def decide(
        self,
        run_id: str,
        call_id: str,
        *,
        state: str,
        decision: str,
        now: int,
        reason: str | None = None,
        edited_arguments: str | None = None,
    ) -> bool:
        """The first decision stands: False where there is one already."""
        parameters = {
            "of_run": run_id,
            "call_id": call_id,
            "new_state": state,
            "the_decision": decision,
            "the_reason": reason,
            "edited": edited_arguments,
            "now": now,
        }
        return execute(self._connection, _DECIDE, parameters).rowcount == 1

    def begin(self, run_id: str, call_id: str, *, now: int) -> None:
        execute(self._connection, _BEGIN, {"of_run": run_id, "call_id": call_id, "now": now})

    def abandon(self, run_id: str, *, why: str, now: int) -> None:
        """Nothing of a run that has ended is still being done."""
        execute(self._connection, _ABANDON, {"of_run": run_id, "why": why, "now": now})

    def finish(
        self,
        run_id: str,
        call_id: str,
        *,
        state: str,
        result: str | None,
        error: str | None,
        now: int,
    ) -> None:
        parameters = {
            "of_run": run_id,
            "call_id": call_id,
            "new_state": state,
            "the_result": result,
            "the_error": error,
            "now": now,
        }
        execute(self._connection, _FINISH, parameters)

    def continued(self, run_id: str, *, by: str) -> None:
        """Remember which run went on once the calls of `run_id` were decided."""
        execute(self._connection, _CONTINUE, {"of_run": run_id, "by_run": by})


def _call(row: Row) -> ToolCallRow:
    return ToolCallRow(**dict(zip(_COLUMNS, row, strict=True)))
