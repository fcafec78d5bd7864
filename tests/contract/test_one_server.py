"""The files for one server that runs for long: its unit, and the proxies before it."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from runtime.settings import Settings
from tests.support.commands import check

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "docs" / "eryao.service").read_text()
NGINX = (ROOT / "docs" / "nginx.conf").read_text()
CADDY = (ROOT / "docs" / "Caddyfile").read_text()
OURS = Settings()


def service() -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT)
    return dict(parser["Service"])


def test_the_unit_starts_the_server_and_lets_it_drain() -> None:
    told = service()

    check(told["ExecStart"].partition("/eryao serve")[1].split()[1:])
    assert float(told["TimeoutStopSec"]) > OURS.grace_seconds
    assert told["KillMode"] == "mixed", "a signal to the whole group would end its helpers first"
    assert told["Environment"] == f"ERYAO_DATA_DIR=/var/lib/{told['StateDirectory']}"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze")
    here = UNIT.replace("/opt/eryao/.venv/bin/eryao", "/bin/true").replace("User=eryao\n", "")
    (tmp_path / "eryao.service").write_text(here)

    done = subprocess.run(
        [analyze, "verify", str(tmp_path / "eryao.service")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_proxies_lead_to_where_the_server_is_and_hold_no_word_back() -> None:
    where = f"{OURS.host}:{OURS.port}"

    assert f"proxy_pass http://{where};" in NGINX
    assert f"reverse_proxy {where} " in CADDY
    assert "proxy_buffering off;" in NGINX
    assert "flush_interval -1" in CADDY
    assert "X-Forwarded-For $remote_addr;" in NGINX
    (patience,) = re.findall(r"proxy_read_timeout (\d+)s;", NGINX)
    assert int(patience) > 2 * OURS.heartbeat_seconds
    assert OURS.host in OURS.forwarded_allow_ips
