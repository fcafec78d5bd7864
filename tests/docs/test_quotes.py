"""Code on the pages is code that runs: quoted from a file, or generated."""

import re

from tests.docs.pages import ROOT, Block, blocks
from tests.docs.test_commands import SHELL

# Written by scripts/docs from declarations, whose examples have a test of their own.
GENERATED = {"docs/api.md"}
_QUOTED = re.compile(r"`([\w./-]+)`:")
# Pictures, frames and settings: nothing that could be run.
PLAIN = ""


def _rest() -> list[Block]:
    return [
        block
        for block in blocks()
        if block.language not in {*SHELL, PLAIN} and block.page not in GENERATED
    ]


def test_every_piece_of_code_is_quoted_from_a_file_to_the_letter() -> None:
    strange = []
    for block in _rest():
        named = _QUOTED.fullmatch(block.before)
        if named is None or block.text not in (ROOT / named[1]).read_text():
            strange.append((block.name, block.before))

    assert len(_rest()) > 5
    assert strange == []
