"""The console's files at `/`, under a policy that lets nothing else run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from runtime.errors import Code, Problem
from runtime.web.operation import Handler, Operation

STATIC = Path(__file__).parent / "static"
INDEX, MAIN = "index.html", "main.js"
# What the page's own address says of its parts, before the version stands in it.
_PLACE = "/console/"
_IMPORTED = re.compile(r'\bfrom\s*"(\.[^"]+)"')
# Not what the machine's own table of types says: that differs from one to the next.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    "": "text/plain; charset=utf-8",
}
# Markup can come from our own templates alone: what a model says cannot become script or markup.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, name: str, body: bytes) -> Self:
        return cls(
            body,
            {
                "Content-Type": _TYPES[Path(name).suffix],
                "Cache-Control": "no-cache",  # kept, but asked for: it may be another tomorrow
                "Content-Security-Policy": POLICY,
                "ETag": f'"{sha256(body).hexdigest()[:32]}"',
            },
        )

    def lasting(self) -> "Asset":
        """The same at an address that will never be another's."""
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}
        return replace(self, headers={**self.headers, **kept})

    def answer(self, request: Request) -> Response:
        known = request.headers.get("if-none-match", "")
        if self.headers["ETag"] in known or known.strip() == "*":
            return Response(status_code=304, headers=self.headers)
        return Response(self.body, headers=self.headers)


class ConsoleRoutes:
    """A page and its parts. No calls of the API, so the API document is silent about them.

    The page is asked for each time and names its parts by their version, so a browser that was here
    before asks for no other; a page from before an update gets the parts that it still asks for.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        # Read once: whatever else a path may name, it is none of these.
        texts = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        version = _version_of(texts)
        self.page = Asset.of(INDEX, _page_of(texts, version))
        self._assets = {name: Asset.of(name, text) for name, text in texts.items()}
        self._lasting = {
            f"{version}/{name}": asset.lasting() for name, asset in self._assets.items()
        }

    async def index(self, request: Request) -> Response:
        return self.page.answer(request)

    async def part(self, request: Request) -> Response:
        path = request.path_params["path"]
        asset = self._lasting.get(path) or self._assets.get(path) or self._of_another(path)
        if asset is None:
            raise Problem(Code.ROUTE_NOT_FOUND, "The console has no such file.")
        return asset.answer(request)

    def _of_another(self, path: str) -> Asset | None:
        """What is ours by the name that another version had for it."""
        version, _, name = path.partition("/")
        return self._assets.get(name) if re.fullmatch("[0-9a-f]{16}", version) else None

    def operations(self) -> list[Operation]:
        return [
            _page("/", self.index, "The console"),
            _page(f"{_PLACE}{{path:path}}", self.part, "A part of the console"),
        ]


def _version_of(texts: Mapping[str, bytes]) -> str:
    """Another one for whatever is kept for good: each file by its name, and what is said of it."""
    files = [f"{name} {sha256(text).hexdigest()}" for name, text in texts.items()]
    said = [POLICY, *_TYPES.values()]
    return sha256("\n".join([*files, *said]).encode()).hexdigest()[:16]


def _page_of(texts: Mapping[str, bytes], version: str) -> bytes:
    """The page, each module named in its head: none has to come before another is asked for."""
    page = texts[INDEX].decode()
    modules = "".join(
        f'<link rel="modulepreload" href="{_PLACE}{name}">\n' for name in _needed(texts)
    )
    return (
        page.replace("</head>", f"{modules}</head>").replace(_PLACE, f"{_PLACE}{version}/").encode()
    )


def _needed(texts: Mapping[str, bytes]) -> list[str]:
    """The modules that cannot do without each other, from the first one on."""
    found = [MAIN]
    for name in found:
        imported = _IMPORTED.findall(texts[name].decode())
        paths = (normpath(join(dirname(name), path)) for path in imported)
        found += [path for path in dict.fromkeys(paths) if path in texts and path not in found]
    return found


def _page(path: str, handler: Handler, summary: str) -> Operation:
    return Operation(
        "GET", path, handler, summary=summary, public=True, problems=(Code.ROUTE_NOT_FOUND,)
    )
