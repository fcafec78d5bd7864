"""Where runs and sessions live on the wire, and the ids in those addresses."""

from starlette.requests import Request

from runtime.errors import Code, Problem
from runtime.ids import is_uuid
from storage.sql.runs import RunRow

API = "/api/v1"


def events_url(run: RunRow) -> str:
    return f"{API}/agent/sessions/{run.session_id}/events?runId={run.id}"


def path_session(request: Request) -> str:
    session_id: str = request.path_params["threadId"]
    if not is_uuid(session_id):
        raise Problem(Code.AGENT_SESSION_ID_INVALID, "A session's id is a UUID in lower case.")
    return session_id


def path_run(request: Request) -> str:
    run_id: str = request.path_params["runId"]
    if not is_uuid(run_id):
        raise Problem(Code.AGENT_RUN_NOT_FOUND, "There is no such run.")
    return run_id


def path_call(request: Request) -> str:
    call_id: str = request.path_params["toolCallId"]
    if not is_uuid(call_id):
        raise Problem(Code.AGENT_TOOL_CALL_NOT_FOUND, "There is no such tool call in this run.")
    return call_id
