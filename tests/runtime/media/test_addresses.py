"""Which texts are addresses of a user's own files, before anything is looked up."""

import pytest

from runtime.errors import Problem
from runtime.media.addresses import Addresses, own_path
from storage.blobs.base import Blobs
from tests.storage.blob_backends import bucket

ME = "0b6e3f52-3e6c-4a54-9e0c-6d5d6e1f7a10"
OWN = f"u/{ME}/files/x"


def at(root: str) -> Addresses:
    blobs: Blobs = bucket(f"s3://files?endpoint={root}")
    return Addresses.of(blobs)


@pytest.mark.parametrize(
    "root", ["https://s3.example.com", "http://127.0.0.1:9000", "https://example.com/api/v1"]
)
def test_an_address_of_ours_is_a_key(root: str) -> None:
    addresses = at(root)

    assert addresses.key_in(f"{root}/files/{OWN}", ME, "") == OWN
    assert addresses.key_in(f"{root}/files/{OWN}?signature=../x", ME, "") == OWN


def test_a_server_that_has_no_address_knows_its_paths() -> None:
    addresses = Addresses("", "/api/v1", "files")

    assert addresses.key_in(f"/api/v1/files/{OWN}", ME, "") == OWN
    for url in (f"//api/v1/files/{OWN}", f"https://x/api/v1/files/{OWN}", f"api/v1/files/{OWN}"):
        with pytest.raises(Problem) as refused:
            addresses.key_in(url, ME, "/p")
        assert refused.value.code.name == "INVALID_BINARY_URL_HOST"


@pytest.mark.parametrize(
    "path",
    [
        *("", "u", "u/", f"u/{ME}", f"u/{ME}/", f"u/{ME}x/files/x", f"u/{ME[:-1]}/files/x"),
        *(f"/{OWN}", f"{OWN}/", f"{OWN}/..", f"u/{ME}/../x", f"u/{ME}//x", f"u/{ME}/./x"),
        *(f"{OWN}%2e", f"{OWN}\\x", f"{OWN}#x", f"{OWN};x", f"{OWN} ", f"{OWN}\n", f"{OWN}\0"),
        *(OWN.upper(), OWN.replace("/", "\uff0f"), f"u/{ME}/files/\u00e4", f"{OWN}{'x' * 600}"),
    ],
)
def test_nothing_leads_out_of_a_users_own_folder(path: str) -> None:
    with pytest.raises(Problem) as refused:
        own_path(path, ME, "/path")
    assert refused.value.code.name == "AGENT_ATTACHMENT_PATH_SCOPE_INVALID"
    with pytest.raises(Problem) as refused:
        at("https://s3.example.com").key_in(f"https://s3.example.com/files/{path}", ME, "/path")
    assert refused.value.code.name == "INVALID_BINARY_URL_PATH_SCOPE"


def test_a_url_without_an_end_is_not_read() -> None:
    root = "https://s3.example.com"
    with pytest.raises(Problem):
        at(root).key_in(f"{root}/files/{OWN}?{'x' * 5_000}", ME, "")
