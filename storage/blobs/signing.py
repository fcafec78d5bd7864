"""URLs under our own signature, for stores that cannot sign."""

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from storage.blobs.base import SignedUrl, check_key

_SIGNATURE = "&signature="


class SignatureInvalid(Exception):
    """The URL has expired, or is not as it was signed."""


class UrlSigner:
    """The signature covers the method, the key and the query as it stands, byte for byte.

    Two spellings of one query are two queries: nothing is decoded before it is trusted.
    """

    def __init__(self, *, key: bytes, root: str, now: Callable[[], datetime]) -> None:
        self._key = hmac.digest(key, b"eryao signed file urls", "sha256")
        self.root = root
        self._now = now

    def sign(self, method: str, key: str, seconds: int, claims: Mapping[str, str]) -> SignedUrl:
        expires = self._now().replace(microsecond=0) + timedelta(seconds=seconds)
        query = urlencode({**claims, "expires": int(expires.timestamp())})
        signature = self._signature(method, check_key(key), query)
        url = f"{self.root}/{key}?{query}{_SIGNATURE}{signature}"
        return SignedUrl(method, url, expires)

    def open(self, method: str, key: str, query: str) -> dict[str, str]:
        """What was claimed when the URL was signed, if it is good still."""
        claimed, mark, signature = query.rpartition(_SIGNATURE)
        expected = self._signature(method, key, claimed)
        if not mark or not hmac.compare_digest(
            expected.encode(), signature.encode(errors="replace")
        ):
            raise SignatureInvalid("The signature does not match.")
        claims = dict(parse_qsl(claimed, keep_blank_values=True))
        if datetime.fromtimestamp(int(claims["expires"]), UTC) <= self._now():
            raise SignatureInvalid("The URL has expired.")
        return claims

    def _signature(self, method: str, key: str, query: str) -> str:
        text = f"{method}\n{key}\n{query}"
        return hmac.digest(self._key, text.encode(errors="replace"), "sha256").hex()
