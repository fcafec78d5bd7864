"""A client that brings files: through the server, straight to the store, and within messages."""

from typing import Any

import httpx2

from tests.support import web
from tests.support.api import Api, Body

IMAGE = "image"


def bring(
    api: Api, content: bytes, name: str = "palm.jpg", declared: str = "application/x"
) -> httpx2.Response:
    return api.post("/agent/attachments", files={"file": (name, content, declared)})


def brought(api: Api, content: bytes, name: str = "palm.jpg") -> Any:
    """The file as the server tells of it."""
    response = bring(api, content, name)
    assert response.status_code == 201, response.text
    return response.json()


def ask_upload(api: Api, size: int, media_type: str, name: str = "palm.jpg") -> httpx2.Response:
    asked = {"mimeType": media_type, "size": size, "name": name}
    return api.post("/agent/attachments/signed-upload", json=asked)


def upload(api: Api, asked: Any, content: bytes) -> httpx2.Response:
    """Use a signed URL as a browser would."""
    headers = {k: v for k, v in asked["headers"].items() if k != "Content-Length"}
    return web.request(
        asked["method"], absolute(api, asked["url"]), content=content, headers=headers
    )


def uploaded(api: Api, content: bytes, media_type: str) -> Any:
    """A file brought straight to the store; not yet looked at."""
    asked = ask_upload(api, len(content), media_type)
    assert asked.status_code == 201, asked.text
    answer = upload(api, asked.json(), content)
    assert answer.status_code == 200, answer.text
    return asked.json()


def read_url(api: Api, path: str, **more: str) -> httpx2.Response:
    return api.post("/agent/attachments/signed-url", json={"path": path, **more})


def absolute(api: Api, url: str) -> str:
    return url if "://" in url else api.url + url


def fetch(api: Api, url: str) -> httpx2.Response:
    return web.get(absolute(api, url))


def gone(api: Api, url: str) -> bool:
    try:
        return fetch(api, url).status_code == 404
    except httpx2.RemoteProtocolError:
        # Forgotten by the store while it was being sent.
        return False


def part(value: str, source: str = "file", kind: str = IMAGE, **more: Any) -> dict[str, Any]:
    return {"type": kind, "source": {"type": source, "value": value}, **more}


def with_parts(body: Body, *parts: Any, text: str | None = None) -> list[Any]:
    """The messages of a run whose new one has these parts."""
    said = body.text if text is None else text
    written = [{"type": "text", "text": said}] if said else []
    return [{"id": body.message, "role": "user", "content": [*written, *parts]}]
