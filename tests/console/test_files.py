"""How the console's files are served, and that those of others are what they were."""

import re
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest

from runtime.console.routes import STATIC, ConsoleRoutes
from tests.console.conftest import Visiting
from tests.support.problems import assert_problem
from tests.support.server import Serve, ServerProcess

VENDOR = STATIC / "vendor"
# Of lit-html 3.3.3 and uplot 1.6.32 as they were published; nothing of them is ours to edit.
CHECKSUMS = Path(__file__).with_name("vendor.sha256")


@pytest.fixture
def site(hosted: ServerProcess) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=hosted.url) as client:
        yield client


def test_the_console_is_at_the_root_under_a_policy_that_lets_nothing_else_run(
    site: httpx2.Client,
) -> None:
    answer = site.get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(policy)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text)


def test_every_part_is_asked_for_again_and_sent_once(site: httpx2.Client) -> None:
    paths = ["/", *(f"/console/{path.relative_to(STATIC)}" for path in STATIC.rglob("*.*"))]
    for path in paths:
        first = site.get(path)
        again = site.get(path, headers={"If-None-Match": first.headers["etag"]})
        weak = site.get(path, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        other = site.get(path, headers={"If-None-Match": '"x"'})

        assert (first.status_code, other.status_code) == (200, 200), path
        assert (again.status_code, again.content, weak.status_code) == (304, b"", 304), path
        assert again.headers["etag"] == first.headers["etag"]
        assert first.headers["content-type"].split("/")[0] in {"text", "image"}
    assert site.head("/").headers["content-length"] == str(len(site.get("/").content))


def parts_named(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/console/[^"]+)"', page)


def test_what_the_page_names_is_kept_for_good_and_another_versions_only_until_it_is_asked_for(
    site: httpx2.Client,
) -> None:
    named = parts_named(site.get("/").text)
    assert len(named) > 40
    for path in named:
        version = path.split("/")[2]
        kept, other = site.get(path), site.get(path.replace(version, "0123456789abcdef"))
        assert kept.headers["cache-control"] == "public, max-age=31536000, immutable", path
        assert (other.headers["cache-control"], other.content) == ("no-cache", kept.content)
        assert site.get(path, headers={"If-None-Match": kept.headers["etag"]}).status_code == 304


def change_a_file(folder: Path) -> None:
    (folder / "views" / "cast.js").write_text("// another")


def rename_a_file(folder: Path) -> None:
    (folder / "tap.js").rename(folder / "tapping.js")


def move_a_line_to_the_next_file(folder: Path) -> None:
    """All of them in a row are what they were."""
    first, second = folder / "words-you.js", folder / "words.js"
    *lines, last = first.read_text().splitlines(keepends=True)
    first.write_text("".join(lines))
    second.write_text(last + second.read_text())


@pytest.mark.parametrize("change", [change_a_file, rename_a_file, move_a_line_to_the_next_file])
def test_what_has_changed_has_another_address(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    copied = Path(shutil.copytree(STATIC, tmp_path / "static"))
    before = parts_named(ConsoleRoutes(copied).page.body.decode())

    change(copied)

    after = parts_named(ConsoleRoutes(copied).page.body.decode())
    assert set(before).isdisjoint(after)


def test_a_browser_that_was_here_asks_for_the_page_alone(visiting: Visiting) -> None:
    page = visiting().go().page
    named = page.locator("link[rel=modulepreload]").count()
    asked = (
        "performance.getEntriesByType('resource').filter(({name}) => name.includes('/console/'))"
    )
    modules = page.evaluate(f"{asked}.filter(({{name}}) => name.endsWith('.js')).length")

    page.reload()

    assert page.evaluate(f"{asked}.length") >= modules
    assert page.evaluate(f"{asked}.filter((part) => part.transferSize).length") == 0
    # None is asked for that the page did not name, and none is named that it can do without.
    assert modules == named


@pytest.mark.parametrize(
    "path",
    [
        "nothing.js",
        "",
        "0123456789abcdef/nothing.js",
        "console/main.js",
        "../routes.py",
        "%2e%2e/routes.py",
        "..%2froutes.py",
        "views",
    ],
)
def test_no_other_file_can_be_had(site: httpx2.Client, path: str) -> None:
    assert_problem(site.get(f"/console/{path}"), "ROUTE_NOT_FOUND", 404)


def test_the_console_takes_nothing(site: httpx2.Client) -> None:
    assert_problem(site.post("/"), "METHOD_NOT_ALLOWED", 405)


def test_a_server_can_do_without_it(serve: Serve) -> None:
    server = serve(CONSOLE="false")

    assert_problem(httpx2.get(server.url + "/"), "ROUTE_NOT_FOUND", 404)
    assert httpx2.get(server.url + "/healthz").status_code == 200


def test_what_others_wrote_is_as_they_published_it_with_its_licence() -> None:
    lines = [line.split("  ") for line in CHECKSUMS.read_text().splitlines()]
    wanted = {name: checksum for checksum, name in lines}
    files = (path for path in VENDOR.rglob("*") if path.is_file())
    found = {
        path.relative_to(VENDOR).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files
    }

    assert found == wanted
    for folder in VENDOR.iterdir():
        assert "Copyright" in (folder / "LICENSE").read_text()


def test_every_module_names_only_modules_that_are_there() -> None:
    for path in STATIC.rglob("*.js"):
        for name in re.findall(r'(?:\bfrom|\bimport)\s*\(?"(\S+?)"', path.read_text()):
            assert name.startswith("."), (path, name)
            assert (path.parent / name).resolve().is_file(), (path, name)


def test_no_module_of_ours_outgrows_a_head_or_writes_markup() -> None:
    for path in STATIC.rglob("*.js"):
        if VENDOR in path.parents:
            continue
        text = path.read_text()
        assert len(text.splitlines()) <= 300, path
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|unsafe(HTML|SVG)|\beval\b", text)
        assert text.startswith("// "), path
