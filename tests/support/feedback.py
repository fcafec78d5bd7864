"""Somebody who says what they think, and those who read about it."""

from email.message import EmailMessage
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx2
from python_calamine import CalamineWorkbook

from tests.support import web
from tests.support.server import ServerProcess

Picture = tuple[str, bytes, str]


def shown(content: bytes, name: str = "screen.png") -> Picture:
    return name, content, "image/png"


def say(
    server: ServerProcess,
    text: str = "It works.",
    *pictures: bytes,
    token: str = "",
    source: str = "",
    key: str = "",
    **fields: str,
) -> httpx2.Response:
    """Feedback from a network of its own unless told otherwise; without a token nobody's."""
    files = [("images", shown(content)) for content in pictures] or None
    data = {"type": "bug", "content": text, **fields}
    if files is None:
        return send(server, *form(data), token=token, source=source, key=key)
    return _post(server, token=token, source=source, key=key, data=data, files=files)


def form(fields: dict[str, str] | list[tuple[str, str]]) -> tuple[bytes, str]:
    """A form of fields alone, as multipart; a list may name one twice."""
    pairs = list(fields.items()) if isinstance(fields, dict) else fields
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in pairs
    ]
    return "".join([*parts, "--x--\r\n"]).encode(), "multipart/form-data; boundary=x"


def send(server: ServerProcess, content: bytes, content_type: str, **more: str) -> httpx2.Response:
    return _post(server, content=content, headers={"Content-Type": content_type}, **more)


def _post(
    server: ServerProcess,
    *,
    token: str = "",
    source: str = "",
    key: str = "",
    headers: dict[str, str] | None = None,
    **how: Any,
) -> httpx2.Response:
    source = source or f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
    said = {"X-Forwarded-For": source, **(headers or {})}
    if token:
        said["Authorization"] = f"Bearer {token}"
    if key:
        said["Idempotency-Key"] = key
    return web.post(f"{server.url}/api/v1/feedback", headers=said, timeout=30, **how)


def workbook_of(mail: EmailMessage) -> bytes:
    [file] = list(mail.iter_attachments())
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def rows_of(workbook: bytes) -> list[dict[str, Any]]:
    """The rows under the sheet's head."""
    sheet = CalamineWorkbook.from_filelike(BytesIO(workbook)).get_sheet_by_index(0)
    _title, _note, head, *rows = sheet.to_python(skip_empty_area=False)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def pictures_in(workbook: bytes) -> int:
    with ZipFile(BytesIO(workbook)) as archive:
        return len([name for name in archive.namelist() if name.startswith("xl/media/")])


def xml_of(workbook: bytes) -> str:
    """Every sheet as the file has it."""
    with ZipFile(BytesIO(workbook)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return "".join(archive.read(name).decode() for name in sheets)
