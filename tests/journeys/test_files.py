"""Drawings: in their owner's folder, for their owner only, harmless, and so many."""

from pathlib import Path
from typing import Any

import httpx2

from tests.support import web
from tests.support.api import Api, Body
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess
from tests.support.viewer import wait_until

DRAW = "say 1; call draw_chart {}; say 1"


def drawn(api: Api) -> tuple[Body, Any]:
    body = Body(DRAW)
    assert api.perform(body)[-1].data["outcome"] == {"type": "success"}
    return body, api.calls(body.run)[0]


def address(call: Any) -> str:
    return str(call["result"].rpartition(": ")[2])


def fetch(api: Api, path: str) -> httpx2.Response:
    return api.http.get(api.url + path)


def test_a_drawing_is_made_without_asking_and_fetched_by_its_owner(ann: Api) -> None:
    _, call = drawn(ann)

    file = fetch(ann, address(call))

    assert call["state"] == "completed"
    assert file.status_code == 200
    assert file.headers["content-type"] == "image/svg+xml"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]
    assert file.headers["content-disposition"].startswith("inline; filename=")
    assert "private" in file.headers["cache-control"]
    assert file.text.startswith("<svg ")
    assert "泽火革" in file.text
    assert "plan work out" not in file.text


def test_a_drawing_is_nobody_elses(ann: Api, bob: Api) -> None:
    _, call = drawn(ann)

    assert_problem(fetch(bob, address(call)), "FILE_NOT_FOUND", 404)
    assert_problem(web.get(ann.url + address(call)), "AUTH_UNAUTHORIZED", 401)


def test_paths_that_lead_elsewhere_lead_nowhere(ann: Api, shared: ServerProcess) -> None:
    _, call = drawn(ann)
    own = address(call).rpartition("/charts/")[0]
    user_id = own.rpartition("/")[2]

    for odd in (
        "charts/none.svg",
        "charts",
        "%2e%2e/%2e%2e/eryao.db",
        "charts/%00",
        "charts/%0A.svg",
        ".parts/x",
    ):
        assert_problem(fetch(ann, f"{own}/{odd}"), "FILE_NOT_FOUND", 404)
    for odd in (f"u/{user_id[:-1]}/x", "eryao.db", "u", f"/u/{user_id}/x", "secret.key"):
        assert fetch(ann, f"/api/v1/files/{odd}").status_code == 404


def test_a_folder_that_is_full_is_the_tools_answer(serve: Serve) -> None:
    server = serve(DRAWINGS_PER_USER=1)
    with server.api() as ann:
        first, _ = drawn(ann)
        _, refused = drawn(ann)
        assert refused["state"] == "failed"
        assert "as many drawings as it may (1)" in refused["error"]

        ann.http.delete(f"/agent/sessions/{first.thread}")

        assert drawn(ann)[1]["state"] == "completed", "its place is free again"


def test_a_forgotten_sessions_drawing_is_gone_and_then_its_file(serve: Serve) -> None:
    server = serve()
    with server.api() as ann:
        body, call = drawn(ann)
        path = address(call).removeprefix("/api/v1/files/")
        file = Path(server.data_dir) / "files" / path
        assert file.exists()

        ann.http.delete(f"/agent/sessions/{body.thread}")

        assert_problem(fetch(ann, address(call)), "FILE_NOT_FOUND", 404)
        wait_until(lambda: not file.exists())
        # The row goes after the file, so that a crash between them leaves something to sweep.
        wait_until(lambda: server.beside.count("drawings") == 0)


def test_a_store_that_takes_nothing_is_the_tools_answer_and_leaves_nothing(serve: Serve) -> None:
    server = serve()
    with server.api() as ann:
        (Path(server.data_dir) / "files").write_text("a file stands where the folder should be")

        _, call = drawn(ann)

        assert call["state"] == "failed"
        assert "could not be stored" in call["error"]
        assert server.beside.count("drawings", dropped="0") == 0
        # Some of a file may have arrived, so the row goes with the sweep that has looked.
        wait_until(lambda: server.beside.count("drawings") == 0)
