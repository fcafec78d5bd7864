"""What is sold and whom to believe is checked when the server starts, and said in a sentence."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from runtime.clock import SystemClock
from runtime.features.payments.apple import PRODUCTION, SANDBOX
from runtime.features.payments.catalogue import CatalogueWrong, catalogue_from
from runtime.features.payments.setup import PaymentsWrong, api_from, apple_from
from runtime.settings import Settings
from tests.support.apple import FakeApple, apple_server, make_chain
from tests.support.server import ServerProcess

GOOD = "{code: a, appleProductId: p.a, points: 1, price: x}"


def settings_of(given: dict[str, object], **changes: object) -> Settings:
    lowered = {name.lower(): value for name, value in given.items()}
    return Settings.model_validate({**lowered, **changes})


# --- packages ----------------------------------------------------------------------------------


def test_the_packages_that_come_along_are_right() -> None:
    shelf = catalogue_from()

    assert [package.code for package in shelf.on_sale if package.starter] == ["starter"]
    assert len(shelf.on_sale) == 4


def test_what_is_not_enabled_is_not_on_sale(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    gone = "{code: b, appleProductId: p.b, points: 1, price: x, enabled: false}"
    path.write_text(f"packages: [{GOOD}, {gone}]")
    shelf = catalogue_from(path)

    assert [package.code for package in shelf.on_sale] == ["a"]
    assert (shelf.by_code("b"), shelf.by_product("p.b")) == (None, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("packages: [", "is not YAML"),
        ("", "must begin with packages:"),
        ("[]", "must begin with packages:"),
        ("packages: []\nmore: 1", "more"),
        ("packages: [{}]", "packages.0.code"),
        (f"packages: [{GOOD}, {GOOD}]", "code 'a' stands twice"),
        (
            f"packages: [{GOOD}, {GOOD.replace('code: a', 'code: b')}]",
            "appleProductId 'p.a' stands",
        ),
        (f"packages: [{GOOD.replace('points: 1', 'points: 0')}]", "packages.0.points"),
        (f"packages: [{GOOD.replace('points: 1', 'points: true')}]", "packages.0.points"),
        (f"packages: [{GOOD.replace('x}', 'x, bonus: -1}')}]", "packages.0.bonus"),
        (f"packages: [{GOOD.replace('x}', 'x, colour: red}')}]", "packages.0.colour"),
        (f"packages: [{GOOD.replace('price: x', 'price: 6')}]", "packages.0.price"),
    ],
)
def test_a_wrong_file_of_packages_is_told_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)

    with pytest.raises(CatalogueWrong, match=r"p\.yaml") as wrong:
        catalogue_from(path)

    assert told in str(wrong.value)


def test_a_file_of_packages_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogueWrong, match="cannot be read"):
        catalogue_from(tmp_path / "none.yaml")


# --- whom to believe ---------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ["Xcode", "LocalTesting", "sandbox", ""])
def test_an_environment_that_takes_unsigned_words_is_refused_at_the_start(
    environment: str, data_dir: Path, tmp_path: Path
) -> None:
    given = FakeApple().settings(tmp_path, APPLE_ENVIRONMENT=environment)
    ended = ServerProcess(data_dir, **given).command("serve")

    assert ended.returncode == 1
    assert "ERYAO_APPLE_ENVIRONMENT cannot be" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ({"apple_bundle_id": ""}, "ERYAO_APPLE_BUNDLE_ID is needed"),
        ({"apple_app_id": 0}, "ERYAO_APPLE_APP_ID is needed"),
        ({"apple_root_certificates": "/none"}, "/none cannot be read"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, missing: dict[str, Any], told: str) -> None:
    settings = settings_of(FakeApple().settings(tmp_path), **missing)

    with pytest.raises(PaymentsWrong, match=told):
        apple_from(settings, SystemClock())


def test_the_sandbox_needs_no_number_of_the_app(tmp_path: Path) -> None:
    settings = settings_of(FakeApple(SANDBOX).settings(tmp_path), apple_app_id=0)

    assert apple_from(settings, SystemClock()) is not None


def test_what_is_no_certificate_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("hello")
    settings = settings_of(FakeApple().settings(tmp_path), apple_root_certificates=str(wrong))

    with pytest.raises(PaymentsWrong, match=r"wrong\.pem is no certificate"):
        apple_from(settings, SystemClock())


async def test_certificates_may_be_der_and_several_in_a_folder(tmp_path: Path) -> None:
    roots = tmp_path / "roots"
    roots.mkdir()
    with pytest.raises(PaymentsWrong, match="holds no certificates"):
        apple_from(
            settings_of(FakeApple().settings(tmp_path), apple_root_certificates=str(roots)),
            SystemClock(),
        )
    one, other = FakeApple(), FakeApple(chain=make_chain())
    (roots / "one.cer").write_bytes(one.chain.root.der)
    (roots / "two.pem").write_bytes(other.chain.root.certificate.public_bytes(Encoding.PEM))
    settings = settings_of(one.settings(tmp_path), apple_root_certificates=str(roots))

    apple = apple_from(settings, SystemClock())

    assert apple is not None
    for fake in (one, other):
        assert (await apple.transaction(fake.transaction())).environment == PRODUCTION


def test_without_certificates_payments_are_off() -> None:
    assert apple_from(Settings(), SystemClock()) is None
    assert api_from(Settings(apple_api_key_file="/none")) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"apple_api_key_id": ""}, "ERYAO_APPLE_API_KEY_ID is needed"),
        ({"apple_api_issuer_id": ""}, "ERYAO_APPLE_API_ISSUER_ID is needed"),
        ({"apple_api_key_file": "/none"}, "/none cannot be read"),
        ({"apple_api_key_file": __file__}, "there is no private key in"),
    ],
)
def test_a_key_that_cannot_be_used_is_said(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with apple_server() as server:
        given = FakeApple().settings(tmp_path) | server.settings(tmp_path)

    with pytest.raises(PaymentsWrong, match=told):
        api_from(settings_of(given, **changes))


def test_the_doctor_tells_of_payments(data_dir: Path, tmp_path: Path) -> None:
    off = ServerProcess(data_dir).json("doctor")
    on = ServerProcess(data_dir, **FakeApple().settings(tmp_path)).json("doctor")
    wrong = ServerProcess(data_dir, PAYMENTS_PACKAGES="/none.yaml").command("doctor")

    assert [c["finding"] for c in off if c["name"] == "payments"] == [
        "off: no certificates of Apple's are set."
    ]
    assert [c["finding"] for c in on if c["name"] == "payments"] == [
        "4 packages, Production; Apple's server is not asked."
    ]
    assert wrong.returncode == 1
    assert "FAIL payments: /none.yaml cannot be read" in wrong.stdout
