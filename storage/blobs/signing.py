"""URLs under our own signature, for stores that cannot sign."""

import hmac
from collections.abc import Callable, Mapping, Sequence
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

    def __init__(self, *, keys: Sequence[bytes], root: str, now: Callable[[], datetime]) -> None:
        # The first makes what is new; the others still open what they made.
        self._keys = [hmac.digest(key, b"eryao signed file urls", "sha256") for key in keys]
        self.root = root
        self._now = now

    def sign(self, method: str, key: str, seconds: int, claims: Mapping[str, str]) -> SignedUrl:
        expires = self._now().replace(microsecond=0) + timedelta(seconds=seconds)
        query = urlencode({**claims, "expires": int(expires.timestamp())})
        signature = _signature(self._keys[0], method, check_key(key), query)
        url = f"{self.root}/{key}?{query}{_SIGNATURE}{signature}"
        return SignedUrl(method, url, expires)

    def open(self, method: str, key: str, query: str) -> dict[str, str]:
        """What was claimed when the URL was signed, if it is good still."""
        claimed, mark, signature = query.rpartition(_SIGNATURE)
        given = signature.encode(errors="replace")
        made = [_signature(own, method, key, claimed).encode() for own in self._keys]
        if not mark or not any(hmac.compare_digest(one, given) for one in made):
            raise SignatureInvalid("The signature does not match.")
        claims = dict(parse_qsl(claimed, keep_blank_values=True))
        if datetime.fromtimestamp(int(claims["expires"]), UTC) <= self._now():
            raise SignatureInvalid("The URL has expired.")
        return claims


def _signature(own: bytes, method: str, key: str, query: str) -> str:
    text = f"{method}\n{key}\n{query}"
    return hmac.digest(own, text.encode(errors="replace"), "sha256").hex()
