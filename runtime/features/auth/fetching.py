"""Gets a small document from another server."""

from typing import Any

import anyio
import httpx2

FETCH_SECONDS = 5.0
MAX_BYTES = 262_144


async def fetch_json(url: str) -> Any:
    """What is there, within a time and a size; OSError or ValueError where it cannot be had."""
    try:
        with anyio.fail_after(FETCH_SECONDS):
            return httpx2.Response(200, content=await _bytes_of(url)).json()
    except httpx2.HTTPError as failure:
        raise OSError(f"{url} was not fetched: {failure}") from failure


async def _bytes_of(url: str) -> bytes:
    async with httpx2.AsyncClient() as client, client.stream("GET", url) as response:
        response.raise_for_status()
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                raise ValueError("too large for a set of keys")
        return body
