"""From the settings to Apple's verifier and client, or to a sentence that says what is missing."""

from importlib.util import find_spec
from pathlib import Path

from runtime.clock import Clock
from runtime.features.payments.apple import PRODUCTION, Apple
from runtime.features.payments.apple_api import AppleApi
from runtime.features.payments.catalogue import OURS, Catalogue, catalogue_from
from runtime.settings import Settings, variable

PEM = b"-----BEGIN CERTIFICATE-----"


class PaymentsWrong(ValueError):
    """The settings of payments do not go together."""


def catalogue_of(settings: Settings) -> Catalogue:
    return catalogue_from(Path(settings.payments_packages) if settings.payments_packages else OURS)


def apple_from(settings: Settings, clock: Clock) -> Apple | None:
    """Apple's verifier; None where payments are off."""
    if not settings.apple_root_certificates:
        return None
    if find_spec("appstoreserverlibrary") is None:
        raise PaymentsWrong("Payments need Apple's library: install eryao[apple].")
    _require(settings, "apple_bundle_id", because="apple_root_certificates")
    if settings.apple_environment == PRODUCTION:
        _require(settings, "apple_app_id", because="apple_environment")
    return Apple(
        roots=_certificates(Path(settings.apple_root_certificates)),
        bundle_id=settings.apple_bundle_id,
        app_id=settings.apple_app_id,
        clock=clock,
    )


def api_from(settings: Settings) -> AppleApi | None:
    """Apple's server API; None where there is no key for it."""
    if not settings.apple_root_certificates or not settings.apple_api_key_file:
        return None
    for name in ("apple_api_key_id", "apple_api_issuer_id"):
        _require(settings, name, because="apple_api_key_file")
    path = Path(settings.apple_api_key_file)
    try:
        return AppleApi(
            key=path.read_bytes(),
            key_id=settings.apple_api_key_id,
            issuer_id=settings.apple_api_issuer_id,
            bundle_id=settings.apple_bundle_id,
            url=settings.apple_api_url,
        )
    except OSError as exc:
        raise PaymentsWrong(f"{path} cannot be read: {exc.strerror}.") from None
    except (ValueError, TypeError):
        name = variable("apple_api_key_file")
        raise PaymentsWrong(f"{name}: there is no private key in {path}.") from None


def _require(settings: Settings, name: str, *, because: str) -> None:
    if not getattr(settings, name):
        raise PaymentsWrong(f"{variable(name)} is needed as {variable(because)} is set.")


def _certificates(path: Path) -> list[bytes]:
    """Every certificate in a file, or in the files of a folder, as DER."""
    try:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        found = [der for file in inside if not file.is_dir() for der in _in(file)]
    except OSError as exc:
        raise PaymentsWrong(f"{path} cannot be read: {exc.strerror}.") from None
    if not found:
        raise PaymentsWrong(f"{path} holds no certificates.")
    return found


def _in(file: Path) -> list[bytes]:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    content = file.read_bytes()
    try:
        if PEM in content:
            certificates = x509.load_pem_x509_certificates(content)
        else:
            certificates = [x509.load_der_x509_certificate(content)]
    except ValueError:
        raise PaymentsWrong(f"{file} is no certificate, neither PEM nor DER.") from None
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]
