"""What every refusal must look like."""

from typing import Any

import httpx2

from runtime.errors import Code, Flaw

SHAPE = {"type", "title", "status", "detail", "instance", "code"}


def assert_problem(response: httpx2.Response, code: str, status: int) -> Any:
    """The body of a refusal that is this one, and is RFC 9457 all over."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert (body["code"], response.status_code) == (code, status), body
    assert body["status"] == status
    assert body["type"] == f"/problems/{code}"
    assert body["title"] == Code[code].title
    assert body["detail"]
    assert body["instance"] == f"urn:request:{response.headers['x-request-id']}"
    assert body.keys() - {"errors"} == SHAPE | Code[code].members
    for error in body.get("errors", []):
        assert error.keys() - {"limit"} == {"pointer", "message", "type"}
        assert error["type"] in set(Flaw)
        assert error["message"]
    return body
