"""Whether the endpoints of models answer and have the models; no token is spent on it."""

from collections.abc import Set as AbstractSet

import httpx2
from pydantic import SecretStr

from runtime.checkup.check import Check
from runtime.settings import Settings

ANSWER_SECONDS = 3.0
SHOWN = 5
KEY_REFUSED = frozenset({401, 403})


def model(settings: Settings) -> Check:
    url, name, key = settings.model_url, settings.model, settings.model_api_key
    return _examined("model", "ERYAO_MODEL", url, name, key)


def second_model(settings: Settings) -> Check:
    url, key = settings.fallback_model_url, settings.fallback_model_api_key
    if not url:
        return Check("second model", ok=True, finding="none is set.")
    name = settings.fallback_model or settings.model
    return _examined("second model", "ERYAO_FALLBACK_MODEL", url, name, key)


def _examined(check: str, variable: str, url: str, name: str, key: SecretStr) -> Check:
    if not url.startswith("http"):
        text = "built in, it needs nothing." if url.startswith("builtin:") else "for tests alone."
        return Check(check, ok=True, finding=text)
    if not name:
        return Check(check, ok=False, finding="It has no name.", advice=f"Set {variable}.")
    shown = httpx2.URL(url).copy_with(userinfo=b"", query=None)
    bearer = {"Authorization": f"Bearer {key.get_secret_value().strip()}"} if key else {}
    try:
        answer = httpx2.get(url.rstrip("/") + "/models", headers=bearer, timeout=ANSWER_SECONDS)
    except httpx2.HTTPError as failure:
        finding = f"{shown} does not answer: {failure}."
        return Check(check, ok=False, finding=finding, advice=f"See {variable}_URL.")
    if answer.status_code in KEY_REFUSED:
        finding = f"{shown} does not take the key."
        return Check(check, ok=False, finding=finding, advice=f"See {variable}_API_KEY.")
    if answer.is_server_error:
        finding = f"{shown} answers with {answer.status_code}."
        return Check(check, ok=False, finding=finding, advice="See what it says itself.")
    return _found(check, variable, f"{shown}", name, _names(answer))


def _found(check: str, variable: str, url: str, name: str, names: AbstractSet[str]) -> Check:
    if not names:
        finding = f"{url} answers, without a list of models: the first reading shows whether it has"
        return Check(check, ok=True, finding=f"{finding} {name}.")
    # Some add what they take for granted: qwen3 is their qwen3:latest.
    if name in names or f"{name}:latest" in names:
        return Check(check, ok=True, finding=f"{url} has {name}.")
    some = ", ".join(sorted(names)[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    finding = f"{url} has no {name}, but {some}."
    return Check(check, ok=False, finding=finding, advice=f"Set {variable} to one of them.")


def _names(answer: httpx2.Response) -> AbstractSet[str]:
    """What the endpoint lists; not each has a list, and nothing obliges it to."""
    try:
        return {str(each["id"]) for each in answer.json()["data"]} if answer.is_success else set()
    except (ValueError, LookupError, TypeError):
        return set()
