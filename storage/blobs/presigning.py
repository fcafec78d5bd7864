"""AWS Signature V4 in the query string: a URL that an S3 server accepts by itself.

Headers are signed too, so that a leaked upload URL takes the one type and length it was made for.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key: str
    secret_key: str = field(repr=False)
    region: str


def presign(
    credentials: Credentials,
    method: str,
    url: str,
    *,
    seconds: int,
    now: datetime,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> str:
    """The URL with its signature; whoever uses it must send these headers."""
    parts = urlsplit(url)
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{stamp[:8]}/{credentials.region}/s3/aws4_request"
    signed = {"host": parts.netloc} | {name.lower(): text for name, text in (headers or {}).items()}
    asked = {
        **(query or {}),
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": ";".join(sorted(signed)),
    }
    spelt = "&".join(f"{_quoted(name)}={_quoted(asked[name])}" for name in sorted(asked))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = "\n".join(
        (method, parts.path, spelt, lines, ";".join(sorted(signed)), "UNSIGNED-PAYLOAD")
    )
    digest = sha256(canonical.encode()).hexdigest()
    told = f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}"
    signature = hmac.digest(_key(credentials, stamp[:8]), told.encode(), "sha256").hex()
    return f"{url}?{spelt}&X-Amz-Signature={signature}"


def _key(credentials: Credentials, day: str) -> bytes:
    key = f"AWS4{credentials.secret_key}".encode()
    for step in (day, credentials.region, "s3", "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return key


def _quoted(text: str) -> str:
    return quote(text, safe="~")
