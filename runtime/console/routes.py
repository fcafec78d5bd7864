"""The console's files at `/`, under a policy that lets nothing else run."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from runtime.errors import Code, Problem
from runtime.web.operation import Handler, Operation

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"
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
    def of(cls, path: Path) -> Self:
        body = path.read_bytes()
        return cls(
            body,
            {
                "Content-Type": _TYPES[path.suffix],
                "Cache-Control": "no-cache",  # kept, but asked for: a new version shows at once
                "Content-Security-Policy": POLICY,
                "ETag": f'"{sha256(body).hexdigest()[:32]}"',
            },
        )

    def answer(self, request: Request) -> Response:
        known = request.headers.get("if-none-match", "")
        if self.headers["ETag"] in known or known.strip() == "*":
            return Response(status_code=304, headers=self.headers)
        return Response(self.body, headers=self.headers)


class ConsoleRoutes:
    """A page and its parts. No calls of the API, so the API document is silent about them."""

    def __init__(self, folder: Path = STATIC) -> None:
        # Read once: whatever else a path may name, it is none of these.
        self._assets = {
            path.relative_to(folder).as_posix(): Asset.of(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    async def index(self, request: Request) -> Response:
        return self._assets[INDEX].answer(request)

    async def part(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["path"])
        if asset is None:
            raise Problem(Code.ROUTE_NOT_FOUND, "The console has no such file.")
        return asset.answer(request)

    def operations(self) -> list[Operation]:
        return [
            _page("/", self.index, "The console"),
            _page("/console/{path:path}", self.part, "A part of the console"),
        ]


def _page(path: str, handler: Handler, summary: str) -> Operation:
    return Operation(
        "GET", path, handler, summary=summary, public=True, problems=(Code.ROUTE_NOT_FOUND,)
    )
