"""HTTP for the files that tools made: to their owner only."""

from starlette.requests import Request
from starlette.responses import Response

from runtime.errors import Code, Problem
from runtime.web.identity import require_user
from runtime.web.operation import Operation
from storage.blobs.base import Blobs, is_key
from storage.errors import BlobsUnavailable
from storage.sql.database import Database
from storage.sql.drawings import DrawingRow
from storage.sql.transaction import Transaction

SVG = "image/svg+xml"
# A drawing opened by itself is a document: it may run nothing, load nothing, and have no origin.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600",
}


class FileRoutes:
    """GET /files/{path}."""

    def __init__(self, *, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def show(self, request: Request) -> Response:
        path, user_id = request.path_params["path"], require_user(request).id
        drawing = await self._database.read(_drawing, user_id, path) if is_key(path) else None
        content = await self._content(drawing) if drawing else None
        if drawing is None or content is None:
            raise Problem(Code.FILE_NOT_FOUND, "You have no such file.")
        name = f'inline; filename="chart-{drawing.id}.svg"'
        return Response(content, media_type=SVG, headers={**_HEADERS, "Content-Disposition": name})

    async def _content(self, drawing: DrawingRow) -> bytes | None:
        try:
            return await self._blobs.get(drawing.path)
        except BlobsUnavailable:
            raise Problem(Code.STORAGE_UNAVAILABLE, "The store of files gave nothing.") from None

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET",
                "/files/{path:path}",
                self.show,
                summary="One of the user's own files",
                gives=bytes,
                gives_type=SVG,
                problems=(Code.FILE_NOT_FOUND,),
                tags=("files",),
            )
        ]


def _drawing(tx: Transaction, user_id: str, path: str) -> DrawingRow | None:
    return tx.drawings.by_path(user_id, path)
