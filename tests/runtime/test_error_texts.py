"""The table of sentences."""

import pytest

from runtime import error_texts
from runtime.error_texts import TEXTS
from runtime.errors import Code


def test_there_are_no_sentences_for_codes_that_do_not_exist() -> None:
    assert TEXTS.keys() == Code.__members__.keys()


def test_an_entry_without_advice_is_refused() -> None:
    with pytest.raises(ValueError, match="LONELY"):
        dict(error_texts._parsed("LONELY\n    It is raised.\n"))
