"""Plain pages for people, without a script, and who gets JSON instead."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}
table{border-collapse:collapse;width:100%}
svg{max-width:100%;height:auto}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}
dt{font-weight:600;margin-top:.8rem}dd{margin:0}
code,pre,summary{font:14px/1.5 ui-monospace,monospace}
pre{overflow:auto;background:#8882;padding:.8rem;border-radius:.4rem}
summary{cursor:pointer;padding:.4rem 0}summary span{font-family:system-ui,sans-serif;opacity:.8}
details{border-bottom:1px solid #8884}details>*:not(summary){margin-left:1rem}
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def page(
    title: str, body: str, *, language: str = "en", headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """A whole page around `body`, which is HTML already."""
    html = (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<h1>{escape(title)}</h1>{body}</html>"
    )
    own = {"Content-Security-Policy": _POLICY, "Vary": "Accept"}
    return HTMLResponse(html, headers=own | dict(headers or {}))


def wants_json(request: Request) -> bool:
    """Whether the client would rather have JSON than a page."""
    offers = ("text/html", "application/json")
    return accepted(request.headers.get("accept"), offers) == "application/json"


def accepted(header: str | None, offers: Sequence[str]) -> str | None:
    """The offer that an Accept header likes best, the earlier of equals; None if it takes none."""
    if not header or not header.strip():
        return offers[0]
    ranges = [_range(part) for part in header.split(",")]
    liking = {offer: _quality(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: liking[offer])
    return best if liking[best] > 0 else None


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The most exact range that covers the offer decides, as HTTP has it."""
    given = dict(reversed(ranges))
    family = offer.partition("/")[0] + "/*"
    return next((given[name] for name in (offer, family, "*/*") if name in given), 0.0)
