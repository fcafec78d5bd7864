"""An Apple of our own: certificates with its marks, signed words, and a server to be asked."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

BUNDLE = "com.example.eryao"
APP_ID = 1_234
LEAF_MARK = "1.2.840.113635.100.6.11.1"
INTERMEDIATE_MARK = "1.2.840.113635.100.6.2.1"
YEAR = timedelta(days=365)
POINTS_60 = "eryao.points.60"
STARTER = "eryao.points.starter"


@dataclass(frozen=True)
class Signer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def issue(
    name: str,
    issuer: Signer | None = None,
    *,
    mark: str | None = None,
    is_ca: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Signer:
    """A certificate with all that a strict verifier wants to see."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since or now - YEAR)
        .not_valid_after(until or now + YEAR)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(_usage(is_ca=is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
    )
    if mark:
        extension = x509.UnrecognizedExtension(ObjectIdentifier(mark), b"\x05\x00")
        builder = builder.add_extension(extension, critical=False)
    return Signer(builder.sign(signing_key, hashes.SHA256()), key)


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def milliseconds(moment: datetime | None = None) -> int:
    return int((moment or datetime.now(UTC)).timestamp() * 1000)


@dataclass(frozen=True)
class Chain:
    """Root, intermediate, leaf: who signs."""

    root: Signer
    intermediate: Signer
    leaf: Signer

    @property
    def x5c(self) -> list[str]:
        links = (self.leaf, self.intermediate, self.root)
        return [base64.b64encode(link.der).decode() for link in links]

    def sign(
        self, claims: dict[str, Any], *, key: Any = None, algorithm: str = "ES256", **headers: Any
    ) -> str:
        return jwt.encode(
            claims, key or self.leaf.key, algorithm, headers={"x5c": self.x5c, **headers}
        )


def make_chain(**leaf: Any) -> Chain:
    root = issue("Root", is_ca=True)
    intermediate = issue("Intermediate", root, mark=INTERMEDIATE_MARK, is_ca=True)
    return Chain(root, intermediate, issue("Leaf", intermediate, **{"mark": LEAF_MARK, **leaf}))


_chains: list[Chain] = []


class FakeApple:
    """Signs what Apple would; every word with its own date."""

    def __init__(self, environment: str = "Production", chain: Chain | None = None) -> None:
        if not _chains:
            _chains.append(make_chain())
        self.chain = chain or _chains[0]
        self.environment = environment

    def claims(self, **changes: Any) -> dict[str, Any]:
        claims = {
            "transactionId": str(uuid4().int % 10**15),
            "originalTransactionId": "1",
            "bundleId": BUNDLE,
            "productId": POINTS_60,
            "purchaseDate": milliseconds(),
            "quantity": 1,
            "type": "Consumable",
            "inAppOwnershipType": "PURCHASED",
            "signedDate": milliseconds(),
            "environment": self.environment,
            "storefront": "CHN",
            "price": 6_000,
            "currency": "CNY",
        }
        merged = {**claims, **changes}
        return {name: value for name, value in merged.items() if value is not ...}

    def transaction(self, **changes: Any) -> str:
        return self.chain.sign(self.claims(**changes))

    def notification(
        self,
        kind: str,
        about: dict[str, Any] | None = None,
        *,
        data: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """About a transaction's claims; REFUND and REVOKE show in them."""
        inner: dict[str, Any] = {
            "environment": self.environment,
            "appAppleId": APP_ID,
            "bundleId": BUNDLE,
        }
        if about is not None:
            inner["signedTransactionInfo"] = self.chain.sign({**about, **_revocation(kind)})
        claims = {
            "notificationType": kind,
            "notificationUUID": str(uuid4()),
            "version": "2.0",
            "signedDate": milliseconds(),
            "data": {**inner, **(data or {})},
        }
        return self.chain.sign({**claims, **changes})

    def settings(self, folder: Path, **more: object) -> dict[str, object]:
        """What a server needs to believe this Apple."""
        path = folder / "apple-root.pem"
        path.write_bytes(self.chain.root.certificate.public_bytes(Encoding.PEM))
        return {
            "APPLE_ROOT_CERTIFICATES": str(path),
            "APPLE_BUNDLE_ID": BUNDLE,
            "APPLE_APP_ID": APP_ID,
            "APPLE_ENVIRONMENT": self.environment,
            **more,
        }


def _revocation(kind: str) -> dict[str, Any]:
    if kind in {"REFUND", "REVOKE"}:
        return {"revocationDate": milliseconds(), "revocationReason": 0}
    return {}


# --- a server to be asked ------------------------------------------------------------------------


@dataclass
class AppleServer:
    """Answers like Apple's server API, on the loopback; what it knows and how it feels is state."""

    port: int = 0
    # Signed transactions by their ids.
    known: dict[str, str] = field(default_factory=dict)
    mood: str = "well"
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, folder: Path) -> dict[str, object]:
        path = folder / "apple-api.p8"
        key = ec.generate_private_key(ec.SECP256R1())
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return {
            "APPLE_API_KEY_FILE": str(path),
            "APPLE_API_KEY_ID": "KEY",
            "APPLE_API_ISSUER_ID": "ISSUER",
            "APPLE_API_URL": self.url,
        }

    def answer(self, path: str) -> tuple[int, bytes]:
        transaction_id = path.rpartition("/")[2]
        self.asked.append(transaction_id)
        match self.mood:
            case "down":
                return 503, b"{}"
            case "babbling":
                return 200, b"<html>"
            case "shy":
                return 200, b"{}"
            case "slow":
                time.sleep(8)
        if transaction_id not in self.known:
            unknown = {"errorCode": 4_040_010, "errorMessage": "Transaction id not found."}
            return 404, json.dumps(unknown).encode()
        return 200, json.dumps({"signedTransactionInfo": self.known[transaction_id]}).encode()


@contextmanager
def apple_server() -> Iterator[AppleServer]:
    state = AppleServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = state.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            # One that drips is never silent for long, and never done.
            pause = 0.2 if state.mood == "dripping" else 0
            with suppress(ConnectionError):
                for start in range(0, len(body), 16) if pause else ():
                    self.wfile.write(body[start : start + 16])
                    time.sleep(pause)
                self.wfile.write(b"" if pause else body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
