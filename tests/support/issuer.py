"""Another issuer of access tokens: it has keys, publishes them, changes them, goes away."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://id.example.com"
AUDIENCE = "eryao-app"


class OtherIssuer:
    """`fetch` has the shape that a KeySet asks with."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, Any]] = {}
        self.extra: list[dict[str, Any]] = []
        self.away = False
        self.asked = 0

    def add(self, kid: str, algorithm: str = "RS256") -> None:
        made: Any
        match algorithm:
            case "RS256":
                made = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
            case "ES256":
                made = ec.generate_private_key(ec.SECP256R1())
            case _:
                made = ed25519.Ed25519PrivateKey.generate()
        self.keys[kid] = algorithm, made

    async def fetch(self, _url: str) -> Any:
        self.asked += 1
        if self.away:
            raise OSError("away")
        return {"keys": [*map(self.public, self.keys), *self.extra]}

    def public(self, kid: str) -> dict[str, Any]:
        algorithm, key = self.keys[kid]
        kinds: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
        shown = json.loads(kinds[algorithm].to_jwk(key.public_key()))
        return {**shown, "kid": kid, "use": "sig", "alg": algorithm}

    def token(self, kid: str, now: float, **changes: Any) -> str:
        """A good token, but for what is changed; None leaves a claim out."""
        algorithm, key = self.keys[kid]
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "their-ann", "exp": int(now) + 600}
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(kept, key, algorithm, headers={"kid": kid})
