"""Whether the address can be had, and who has it."""

import httpx2

from runtime.checkup.check import Check
from runtime.home import alone, is_served
from runtime.settings import Settings
from runtime.web.listening import CannotListen, bound

ANSWER_SECONDS = 2.0
ALIVE = {"status": "alive"}
ADVICE = "Stop it, or set ERYAO_PORT."


def address(settings: Settings) -> Check:
    where = f"{settings.host}:{settings.port}"
    try:
        bound(settings.host, settings.port).close()
    except CannotListen as cannot:
        return _held(settings, where, str(cannot))
    free = f"{where} is free." if settings.port else "Any free port will do."
    return Check("address", ok=True, finding=free)


def _held(settings: Settings, where: str, cannot: str) -> Check:
    if not cannot.startswith(f"Cannot listen on {where}: it is in use"):
        return Check("address", ok=False, finding=cannot)
    if not _is_eryao(where):
        finding = f"{where} is taken by another program."
        return Check("address", ok=False, finding=finding, advice=ADVICE)
    if alone(settings) and not is_served(settings):
        finding = f"{where} is taken by an eryao server on another folder."
        return Check("address", ok=False, finding=finding, advice=ADVICE)
    return Check("address", ok=True, finding=f"The server is open at {where}.")


def _is_eryao(where: str) -> bool:
    try:
        said = httpx2.get(f"http://{where}/healthz", timeout=ANSWER_SECONDS, trust_env=False)
        return bool(said.json() == ALIVE)
    except (httpx2.HTTPError, ValueError):
        return False
