"""The pages that people read, and the blocks of code in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """One block of code, and the paragraph before it."""

    page: str
    number: int
    language: str
    text: str
    before: str

    @property
    def name(self) -> str:
        return f"{self.page} {self.number}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text()
        for number, found in enumerate(_FENCE.finditer(text), 1):
            before = text[: found.start()].rstrip().rpartition("\n")[2]
            name = page.relative_to(ROOT).as_posix()
            yield Block(name, number, found[1], found[2], before)


def prose(page: Path) -> str:
    """The page without its blocks."""
    return _FENCE.sub("", page.read_text())


def spans() -> Iterator[tuple[str, str]]:
    """Code within sentences, by page."""
    for page in PAGES:
        for span in _SPAN.findall(prose(page)):
            yield page.name, span
