"""The console's words: all of them in both languages, for whatever the server may say to it."""

import json
import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page

from runtime.console.routes import STATIC
from runtime.errors import Code, Flaw
from runtime.runs.outcomes import MESSAGES
from tests.console.conftest import Visiting
from tests.support.api import Api, Body
from tests.support.server import ServerProcess
from tests.tools.liuyao.samples import WRONG, payload
from tools.liuyao.cycle import BRANCHES, STEMS
from tools.liuyao.reading.voice import Voice

# call("GET", "/points"), ask("PUT", …), new Pages("/readings"), upload("/agent/attachments", …),
# and the two that are asked beside them.
_CALL = re.compile(r"""\b(?:call|ask|send)\("([A-Z]+)", (?:this\.)?["`]([^"`?]+)""")
_GET = re.compile(r"""new Pages\(["`]([^"`?]+)""")
_POST = re.compile(r"""\b(?:upload|post)\(["`](/[^"`?]+)""")
_PATH = re.compile(r"""const path = `([^`?]+)""")
_GAP = re.compile(r"\$?\{[^}]*\}")


def calls() -> set[tuple[str, str]]:
    """What the modules ask the server for: method and path, with `{}` for what is filled in."""
    found: set[tuple[str, str]] = set()
    for module in sorted(STATIC.glob("**/*.js")):
        if "vendor" in module.parts:
            continue
        text = module.read_text()
        found |= set(_CALL.findall(text))
        found |= {("GET", path) for path in _GET.findall(text)}
        found |= {("POST", path) for path in _POST.findall(text)}
        # Named before it is asked: one decision, and the events of a run.
        found |= {("GET" if "events" in path else "POST", path) for path in _PATH.findall(text)}
    return {(method, _GAP.sub("{}", path)) for method, path in found}


@pytest.fixture(scope="module")
def document(hosted: ServerProcess) -> Any:
    return httpx2.get(f"{hosted.url}/openapi.json").json()


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), _GAP.sub("{}", path).removeprefix("/api/v1")): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def refusals(operation: Any) -> set[str]:
    return set(re.findall(r"Problem_([A-Z_]+)", str(operation["responses"])))


@pytest.fixture
def page(visiting: Visiting) -> Page:
    return visiting().go().page


def words(page: Page, table: str) -> set[str]:
    return set(
        page.evaluate(f"import('/console/words.js').then((all) => Object.keys(all.{table}))")
    )


def test_the_console_asks_for_nothing_that_is_not_documented(document: Any) -> None:
    known = operations(document)

    assert len(calls()) > 20
    assert sorted(calls() - known.keys()) == []


def test_every_refusal_that_the_console_can_meet_has_words(document: Any, page: Page) -> None:
    known = operations(document)
    declared = set().union(*(refusals(known[call]) for call in calls()))
    of_runs = {code.name for code in MESSAGES}  # these come within a stream

    met = declared | of_runs

    assert met <= {code.name for code in Code}
    assert sorted(met - words(page, "PROBLEMS")) == []


def test_every_kind_of_mistake_in_a_field_has_words(page: Page) -> None:
    """But for the one that says nothing of itself: there the server's own sentence stands."""
    assert words(page, "FLAWS") == set(Flaw) - {Flaw.INVALID}


SPOKEN = """async (errors) => {
  const {fieldName, flaw, lang, otherLanguage} = await import('/console/i18n.js');
  const said = () => errors.map((error) => `${fieldName(error.pointer)}: ${flaw(error)}`);
  const first = [lang(), said()];
  otherLanguage();
  return Object.fromEntries([first, [lang(), said()]]);
}"""


def refused(api: Api, changes: dict[str, object]) -> list[dict[str, Any]]:
    """What is told of a cast that is changed so."""
    body = Body("say 1").json()
    body["forwardedProps"]["divinationPayload"] = payload(**changes)
    answer = api.post("/agent/runs", content=json.dumps(body).encode())
    found: list[dict[str, Any]] = answer.json()["errors"]
    assert answer.status_code == 422, answer.text
    return found


def test_whatever_is_wrong_with_a_cast_is_said_in_the_users_language(
    visiting: Visiting,
) -> None:
    visit = visiting().go()
    errors = [error for changes, *_ in WRONG.values() for error in refused(visit.api, changes)]

    said = visit.page.evaluate(SPOKEN, errors)

    for error, chinese, english in zip(errors, said["zh-Hans"], said["en"], strict=True):
        assert error["message"] not in english, error
        assert re.search("[\u4e00-\u9fff]", chinese.partition(": ")[2]), (error, chinese)
        assert "{" not in chinese + english


def test_the_fields_of_a_cast_that_the_console_sends_have_names(page: Page) -> None:
    sent = ("question", "category", "method", "lines/3", "castAt", "timezone", "locale", "coins/4")
    errors = [{"pointer": f"/forwardedProps/divinationPayload/{name}"} for name in sent]

    said = page.evaluate(SPOKEN, errors)

    assert [text for told in said.values() for text in told if text.startswith("null:")] == []


def test_a_list_that_is_asked_for_wrongly_says_so_in_the_users_language(
    visiting: Visiting,
) -> None:
    visit = visiting().go()
    wrong = [visit.api.get(f"/shares?{query}").json() for query in ("limit=0", "cursor=x")]
    errors = [error for problem in wrong for error in problem["errors"]]

    said = visit.page.evaluate(SPOKEN, errors)

    assert [text.partition(": ")[2] for text in said["en"]] == [
        "This is out of range.",
        "The list has changed; open it again.",
    ]


def test_no_words_are_kept_for_a_refusal_that_is_none(page: Page) -> None:
    assert sorted(words(page, "PROBLEMS") - {code.name for code in Code}) == []


def test_both_languages_say_everything(page: Page) -> None:
    lacking = """async () => {
      const [{WORDS, PROBLEMS, FLAWS, PLACES}, art] = await Promise.all(
        [import('/console/words.js'), import('/console/art.js')]);
      const gaps = (text) => [...text.matchAll(/\\{(\\w+)\\}/g)].map(([whole]) => whole).sort();
      const tables = [WORDS, PROBLEMS, FLAWS, PLACES, ...Object.values(art)];
      return Object.entries(Object.assign({}, ...tables))
        .filter(([, pair]) => pair.length !== 2 || !pair[0] || !pair[1]
          || String(gaps(pair[0])) !== String(gaps(pair[1])))
        .map(([name]) => name);
    }"""

    assert page.evaluate(lacking) == []


def test_the_chart_spells_what_it_shows_as_the_readings_do(page: Page) -> None:
    voice = Voice("en", 0)
    shown = page.evaluate(
        """async () => ({...await import('/console/art-names.js'),
          ...await import('/console/art.js')})"""
    )

    names = [voice.name(number).partition(" (")[0] for number in range(1, 65)]
    assert shown["HEXAGRAMS"] == names
    assert shown["SOLAR_TERMS"] == {
        code: voice.say(f"solar.{code}") for code in shown["SOLAR_TERMS"]
    }
    assert len(shown["SOLAR_TERMS"]) == 24
    for glyph in STEMS + BRANCHES:
        assert shown["GLYPHS"][glyph] == voice.say(f"glyph.{glyph}").strip()
    for code, (_, english) in shown["RELATIVES"].items():
        voice.term(f"relative.{code}")
        assert english == voice.term(f"relative.{code}")
    for code, (_, english) in shown["SPIRITS"].items():
        assert english in voice.say(f"standing.spirit.{code}")
