"""From a Problem to the bytes that the client gets, and the pages that explain each code."""

import logging
from collections.abc import Iterable
from html import escape

from pydantic_core import to_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.errors import Code, FieldError, Problem
from runtime.web.operation import Answer, Json, Operation
from runtime.web.page import page, wants_json
from runtime.web.parsing import Wire
from storage.errors import StorageUnavailable

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = {Code.SERVER_DRAINING: "2", Code.STORAGE_UNAVAILABLE: "5"}
# What the kit refuses by itself, whatever the call declares.
_ANYWHERE = frozenset(
    {
        *(Code.REQUEST_VALIDATION_ERROR, Code.ROUTE_NOT_FOUND, Code.METHOD_NOT_ALLOWED),
        *(Code.NOT_ACCEPTABLE, Code.REQUEST_TIMEOUT, Code.REQUEST_TOO_LARGE),
        *(Code.UNSUPPORTED_MEDIA_TYPE, Code.STORAGE_UNAVAILABLE, Code.SERVER_DRAINING),
    }
)
_UNCONFIRMED = "The store did not confirm this: send the same again."
_log = logging.getLogger(__name__)


def problem_body(problem: Problem, instance: str | None = None) -> bytes:
    """The problem as RFC 9457 has it."""
    code = problem.code
    body: dict[str, object] = {
        "type": f"/problems/{code.name}",
        "title": code.title,
        "status": code.status,
        "detail": problem.detail,
        "code": code.name,
        **problem.members,
    }
    if instance:
        body["instance"] = instance
    if problem.errors:
        body["errors"] = [_error(error) for error in problem.errors]
    return to_json(body)


def _error(error: FieldError) -> dict[str, object]:
    told: dict[str, object] = {
        "pointer": error.pointer,
        "message": error.message,
        "type": error.type,
    }
    if error.limit is not None:
        told["limit"] = error.limit
    return told


def problem_response(problem: Problem, scope: Scope) -> Response:
    """The answer for a problem; `instance` is the request's id, by which the log has it too."""
    _note_undeclared(problem.code, scope)
    headers = {"Cache-Control": "no-store", **problem.headers}
    if seconds := _RETRY_SECONDS.get(problem.code):
        headers.setdefault("Retry-After", seconds)
    request_id = scope.get("request_id")
    instance = f"urn:request:{request_id}" if request_id else str(scope.get("path", ""))
    return Response(problem_body(problem, instance), problem.code.status, headers, MEDIA_TYPE)


def _note_undeclared(code: Code, scope: Scope) -> None:
    """A refusal missing from the operation's `problems` is missing from the API document too."""
    operation = scope.get("operation")
    if isinstance(operation, Operation) and code not in operation.refuses | _ANYWHERE:
        _log.warning("undeclared problem", extra={"code": code.name, "route": operation.path})


def answer_to(failure: Exception, scope: Scope) -> Response | None:
    """What the client hears of a failure; None of one that nobody foresaw."""
    match failure:
        case Problem():
            return problem_response(failure, scope)
        case StorageUnavailable():
            return problem_response(Problem(Code.STORAGE_UNAVAILABLE, _UNCONFIRMED), scope)
        case ClientDisconnect():
            # Nobody listens any more: no error of ours, and no answer that anyone could read.
            return Response(status_code=499)
        case _:
            return None


class Guard:
    """Whatever is raised within becomes an answer, which passes all the layers around it.

    The outermost of them, `Requests`, notes in the scope whether an answer has begun already.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as failure:
            if scope["type"] != "http":
                raise
            await answer_failure(failure, scope, receive, send)


async def answer_failure(failure: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """The client gets a problem, and of a mistake of ours we get a trace."""
    if "status" in scope:
        # A half-sent answer is left incomplete: the server then cuts the connection, which is the
        # one way to tell the client.
        _log.error("crashed within an answer", exc_info=failure)
        return
    response = answer_to(failure, scope)
    if response is None:
        _log.error("crashed", exc_info=failure)
        response = problem_response(Problem(Code.INTERNAL_ERROR), scope)
    await response(scope, receive, send)


class ProblemPages:
    """GET /problems and /problems/{code}: what `type` leads to."""

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                path,
                handler,
                summary=summary,
                public=True,
                gives=ProblemList,
                also=(Answer(200, "The page for people.", str, "text/html"),),
                problems=(Code.ROUTE_NOT_FOUND,),
                tags=("operations",),
                description="A page for people; JSON for those who accept application/json.",
            )
            for path, handler, summary in (
                ("/problems", self.all, "Every problem that this server may answer with"),
                ("/problems/{code}", self.one, "One problem"),
            )
        ]

    async def all(self, request: Request) -> Response:
        codes = sorted(Code, key=lambda code: (code.area, code.name))
        if wants_json(request):
            return _listing(codes)
        rows = "".join(_row(code) for code in codes)
        head = "<tr><th>code<th>status<th>area<th>title<th>may pass</tr>"
        return page("Problems", f"<table>{head}{rows}</table>")

    async def one(self, request: Request) -> Response:
        code = Code.__members__.get(request.path_params["code"])
        if code is None:
            raise Problem(Code.ROUTE_NOT_FOUND, "There is no problem of that name.")
        if wants_json(request):
            return _listing([code])
        facts = {
            "Status": str(code.status),
            "Area": code.area,
            "When": code.when,
            "What to do": code.advice,
            "May succeed later": "yes" if code.retryable else "no",
            "Carries": ", ".join(sorted(code.members)) or "nothing more",
        }
        rows = "".join(f"<dt>{name}<dd>{escape(text)}" for name, text in facts.items())
        lead = f"<p>{escape(code.title)}.</p>"
        return page(code.name, f'{lead}<dl>{rows}</dl><p><a href="/problems">All problems</a>')


class ProblemView(Wire):
    code: str
    status: int
    title: str
    area: str
    retryable: bool
    members: tuple[str, ...]


class ProblemList(Wire):
    items: tuple[ProblemView, ...]


def _listing(codes: Iterable[Code]) -> Response:
    return Json(
        ProblemList(items=tuple(_entry(code) for code in codes)), headers={"Vary": "Accept"}
    )


def _entry(code: Code) -> ProblemView:
    return ProblemView(
        code=code.name,
        status=code.status,
        title=code.title,
        area=code.area,
        retryable=code.retryable,
        members=tuple(sorted(code.members)),
    )


def _row(code: Code) -> str:
    link = f'<a href="/problems/{code.name}">{code.name}</a>'
    passing = "yes" if code.retryable else ""
    return (
        f"<tr><td>{link}<td>{code.status}<td>{code.area}<td>{escape(code.title)}<td>{passing}</tr>"
    )
