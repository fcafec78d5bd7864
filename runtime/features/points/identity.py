"""Who somebody is once their account is gone: a keyed hash of their address, and nothing else."""

import hmac
from collections.abc import Sequence


def identity_hash(key: bytes, address: str) -> bytes:
    """The same for one address for ever; without the key, noise.

    `address` is spelled as the users' rows spell it.
    """
    return hmac.digest(key, b"identity:" + address.encode(), "sha256")


def identity_hashes(keys: Sequence[bytes], address: str) -> list[bytes]:
    """What the address is kept as, then what it was kept as under the keys before this one."""
    return [identity_hash(key, address) for key in keys]
