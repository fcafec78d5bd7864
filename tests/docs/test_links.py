"""Links on the pages lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import PAGES, ROOT, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ANCHOR = re.compile(r'<a id="([^"]+)">')


def anchors(page: Path) -> set[str]:
    """The places of a page, headings called as GitHub calls them."""
    text = prose(page)
    slugs = {_slug(heading) for heading in _HEADING.findall(text)}
    return slugs | set(_ANCHOR.findall(text))


def _slug(heading: str) -> str:
    plain = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def _links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in _LINK.findall(prose(page)):
            if "://" not in target:
                yield page, target


def test_every_link_leads_to_a_page_and_a_place_on_it() -> None:
    known = set(_links())
    places = {page: anchors(page) for page in PAGES}

    dead = set()
    for page, target in known:
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in places.get(there, set())):
            dead.add((page.relative_to(ROOT).as_posix(), target))

    assert len(known) > 100
    assert dead == set()


def test_every_page_is_reached_from_the_readme() -> None:
    reached = {ROOT / "README.md", ROOT / "CHANGELOG.md"}
    wanted = [ROOT / "README.md"]
    while wanted:
        page = wanted.pop()
        for target in _LINK.findall(page.read_text()):
            path = target.partition("#")[0]
            there = (page.parent / path).resolve() if path else page
            found = sorted(there.glob("*.md")) if there.is_dir() else [there]
            for each in found:
                if each.suffix == ".md" and each.exists() and each not in reached:
                    reached.add(each)
                    wanted.append(each)

    assert {page.name for page in PAGES if page not in reached} == set()


def test_every_decision_has_a_number_of_its_own() -> None:
    names = [page.name for page in (ROOT / "docs" / "decisions").iterdir()]
    numbers = sorted(name.partition("-")[0] for name in names)

    assert numbers == [f"{number:04}" for number in range(1, len(names) + 1)]
