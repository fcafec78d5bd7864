"""One key for each purpose, made from the server's secret ones."""

import hmac
from collections.abc import Sequence
from hashlib import sha256


class Keyring:
    """The first secret makes what is new; the others still open what they made."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = tuple(secrets)

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """The keys for this purpose, newest first; none of them leads to those of another."""
        label = f"eryao/{purpose}".encode()
        return tuple(hmac.digest(secret, label, sha256) for secret in self._secrets)
