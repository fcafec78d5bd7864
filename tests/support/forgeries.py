"""Signed transactions that are no purchases: each differs from a genuine one in one thing."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.apple import (
    INTERMEDIATE_MARK,
    LEAF_MARK,
    Chain,
    FakeApple,
    issue,
    make_chain,
    milliseconds,
)

Forge = Callable[[FakeApple], str]
NOW = datetime.now(UTC)
AGO = NOW - timedelta(days=30)


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _swapped_payload(apple: FakeApple) -> str:
    head, _, signature = apple.transaction().split(".")
    return f"{head}.{_b64(json.dumps(apple.claims(quantity=10)).encode())}.{signature}"


def _flipped(part: int) -> Forge:
    def forge(apple: FakeApple) -> str:
        parts = apple.transaction().split(".")
        middle = len(parts[part]) // 2
        other = "A" if parts[part][middle] != "A" else "B"
        parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
        return ".".join(parts)

    return forge


def _with_headers(**headers: Any) -> Forge:
    return lambda apple: apple.chain.sign(apple.claims(), **headers)


def _x5c(change: Callable[[list[str]], Any]) -> Forge:
    return lambda apple: apple.chain.sign(apple.claims(), x5c=change(apple.chain.x5c))


def _unsigned(apple: FakeApple) -> str:
    return jwt.encode(apple.claims(), "", "none", headers={"x5c": apple.chain.x5c})


def _hmac_of_public_key(apple: FakeApple) -> str:
    """HS256, with the leaf's public key for a secret: the oldest trick."""
    public = apple.chain.leaf.key.public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = _b64(json.dumps({"alg": "HS256", "x5c": apple.chain.x5c}).encode())
    signed = f"{head}.{_b64(json.dumps(apple.claims()).encode())}"
    return f"{signed}.{_b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _by_another_key(apple: FakeApple) -> str:
    return apple.chain.sign(apple.claims(), key=ec.generate_private_key(ec.SECP256R1()))


def _by_rsa(apple: FakeApple) -> str:
    key = rsa.generate_private_key(65_537, 2_048)
    return apple.chain.sign(apple.claims(), key=key, algorithm="RS256")


def _chained(chain: Callable[[Chain], Chain]) -> Forge:
    return lambda apple: chain(apple.chain).sign(apple.claims())


def _foreign(_ours: Chain) -> Chain:
    return make_chain()


def _foreign_below_our_root(ours: Chain) -> Chain:
    other = make_chain()
    return Chain(ours.root, other.intermediate, other.leaf)


def _our_intermediate_foreign_leaf(ours: Chain) -> Chain:
    return Chain(ours.root, ours.intermediate, make_chain().leaf)


def _leaf(**changes: Any) -> Callable[[Chain], Chain]:
    def chain(ours: Chain) -> Chain:
        leaf = issue("Leaf", ours.intermediate, **{"mark": LEAF_MARK, **changes})
        return Chain(ours.root, ours.intermediate, leaf)

    return chain


def _intermediate(**changes: Any) -> Callable[[Chain], Chain]:
    def chain(ours: Chain) -> Chain:
        marked = {"mark": INTERMEDIATE_MARK, "is_ca": True, **changes}
        intermediate = issue("Intermediate", ours.root, **marked)
        return Chain(ours.root, intermediate, issue("Leaf", intermediate, mark=LEAF_MARK))

    return chain


def _leaf_of_leaf(ours: Chain) -> Chain:
    """Whoever has a leaf signs a leaf of their own."""
    return Chain(ours.root, ours.leaf, issue("Leaf", ours.leaf, mark=LEAF_MARK))


def _leaf_of_root(ours: Chain) -> Chain:
    return Chain(ours.root, ours.intermediate, issue("Leaf", ours.root, mark=LEAF_MARK))


def _deep(apple: FakeApple) -> str:
    payload = _b64(b'{"a":' * 7_000 + b"1" + b"}" * 7_000)
    return f"{_b64(b'{}')}.{payload}.{_b64(b'x' * 64)}"


def _claim(**changes: Any) -> Forge:
    return lambda apple: apple.transaction(**changes)


def _raw(text: str) -> Forge:
    return lambda _apple: text


def _notification(apple: FakeApple) -> str:
    return apple.notification("TEST")


FORGERIES: dict[str, Forge] = {
    # what is no signed text at all
    "empty": _raw(""),
    "a word": _raw("purchase"),
    "two parts": _raw("e30.e30"),
    "four parts": _raw("e30.e30.e30.e30"),
    "three dots": _raw("..."),
    "not base64": _raw("a.%%%.b"),
    "not ASCII": _raw("é.é.é"),
    "a payload that is a list": _raw(f"{_b64(b'{}')}.{_b64(b'[]')}.x"),
    "a payload that is not UTF-8": _raw(f"{_b64(b'{}')}.{_b64(bytes([255, 254]))}.x"),
    "deep nesting": _deep,
    "junk": lambda _apple: "A" * 60_000,
    # signatures
    "alg none": _unsigned,
    "HS256 with the public key": _hmac_of_public_key,
    "another key": _by_another_key,
    "RS256": _by_rsa,
    "another payload": _swapped_payload,
    "a flipped header": _flipped(0),
    "a flipped payload": _flipped(1),
    "a flipped signature": _flipped(2),
    "no signature": lambda apple: apple.transaction().rpartition(".")[0] + ".",
    "a critical extension": _with_headers(crit=["exp"], exp=1),
    # certificates
    "no certificates": _x5c(lambda _x: None),
    "an empty list of certificates": _x5c(lambda _x: []),
    "certificates as a text": _x5c(lambda x: x[0]),
    "one certificate": _x5c(lambda x: x[:1]),
    "two certificates": _x5c(lambda x: x[:2]),
    "four certificates": _x5c(lambda x: [*x, x[2]]),
    "certificates in the wrong order": _x5c(lambda x: x[::-1]),
    "a certificate that is none": _x5c(lambda x: ["AAAA", *x[1:]]),
    "another root": _chained(_foreign),
    "another root that names ours": _chained(_foreign_below_our_root),
    "a stranger's leaf": _chained(_our_intermediate_foreign_leaf),
    "a leaf that a leaf signed": _chained(_leaf_of_leaf),
    "a leaf that the root signed": _chained(_leaf_of_root),
    "a leaf without Apple's mark": _chained(_leaf(mark=None)),
    "an intermediate without Apple's mark": _chained(_intermediate(mark=None)),
    "an intermediate that is no authority": _chained(_intermediate(is_ca=False)),
    "the marks exchanged": _chained(_leaf(mark=INTERMEDIATE_MARK)),
    "an expired leaf": _chained(_leaf(since=NOW - timedelta(days=60), until=AGO)),
    "a leaf that is not valid yet": _chained(_leaf(since=NOW + timedelta(days=1))),
    "an expired intermediate": _chained(_intermediate(since=NOW - timedelta(days=60), until=AGO)),
    # claims that a signature does not make a purchase
    "another app": _claim(bundleId="com.example.other"),
    "no app": _claim(bundleId=...),
    "Xcode": _claim(environment="Xcode"),
    "LocalTesting": _claim(environment="LocalTesting"),
    "no environment": _claim(environment=...),
    "an environment that is a list": _claim(environment=["Production"]),
    "a subscription": _claim(type="Auto-Renewable Subscription"),
    "for ever": _claim(type="Non-Consumable"),
    "no type": _claim(type=...),
    "quantity 0": _claim(quantity=0),
    "quantity -1": _claim(quantity=-1),
    "quantity 11": _claim(quantity=11),
    "quantity abc": _claim(quantity="abc"),
    "quantity as a text": _claim(quantity="1"),
    "quantity true": _claim(quantity=True),
    "quantity 1.5": _claim(quantity=1.5),
    "no quantity": _claim(quantity=...),
    "shared in the family": _claim(inAppOwnershipType="FAMILY_SHARED"),
    "nobody's": _claim(inAppOwnershipType=...),
    "upgraded": _claim(isUpgraded=True),
    "no transaction id": _claim(transactionId=...),
    "an empty transaction id": _claim(transactionId=""),
    "a transaction id that is a number": _claim(transactionId=7),
    "a transaction id that is a path": _claim(transactionId="../1"),
    "no product": _claim(productId=...),
    "a product that is a number": _claim(productId=60),
    "signed in the future": _claim(signedDate=milliseconds(NOW + timedelta(days=300))),
    "signed before time": _claim(signedDate=-1),
    "signed when": _claim(signedDate="now"),
    "signed at no time": _claim(signedDate=...),
    "signed at the end of time": _claim(signedDate=2**63 - 1),
    "a token that is a number": _claim(appAccountToken=7),
    "another kind of word": _notification,
}
