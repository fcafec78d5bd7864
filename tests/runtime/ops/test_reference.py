"""The generated pages of docs/."""

from pathlib import Path

import pytest

from runtime.endpoints import api_document
from runtime.errors import Code
from runtime.ops.reference import main, pages
from runtime.settings import Settings, variable

DOCS = Path(__file__).parents[3] / "docs"
DOCUMENT = api_document()


def test_the_pages_in_docs_are_up_to_date() -> None:
    """Run scripts/docs when this fails."""
    assert main(["--check"], DOCS, DOCUMENT) == 0


def test_every_setting_and_every_code_is_on_its_page() -> None:
    assert all(
        f"`{variable(name)}`" in pages(DOCUMENT)["settings.md"] for name in Settings.model_fields
    )
    assert all(f"`{code.name}`" in pages(DOCUMENT)["errors.md"] for code in Code)


def test_stale_pages_are_named_and_then_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check"], tmp_path, DOCUMENT) == 1
    assert "docs/errors.md is stale" in capsys.readouterr().err

    assert main([], tmp_path, DOCUMENT) == 0
    assert main(["--check"], tmp_path, DOCUMENT) == 0


def test_no_key_stands_in_the_page_of_settings() -> None:
    page = pages(DOCUMENT)["settings.md"]

    assert "| `ERYAO_SECRET_KEY` | empty |" in page
    assert "| `ERYAO_JOIN_DELTAS` | `false` |" in page
    assert "| `ERYAO_FORWARDED_ALLOW_IPS` | `127.0.0.1` |" in page
