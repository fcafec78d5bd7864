"""A real S3 server on a folder, which tests may stop, freeze and leave without room."""

import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from storage.blobs.presigning import Credentials, presign
from tests.support import web

REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "AKIDTESTS", "a secret for tests only"
RCLONE = str(Path(sys.executable).parent / "rclone")
START_SECONDS = 15
_OPEN = "Starting s3 server on ["


class S3Server:
    """One server process; its buckets are the folders under its root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = _free_port()
        self.lines: list[str] = []
        self._open = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "S3Server":
        """Start it and wait until it says that it is open; again on the same port."""
        self.root.mkdir(parents=True, exist_ok=True)
        self._open.clear()
        self._process = subprocess.Popen(
            [
                *(RCLONE, "serve", "s3", str(self.root), "--addr", f"127.0.0.1:{self.port}"),
                *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", "/dev/null"),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        heard = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        heard.start()
        assert self._open.wait(START_SECONDS), f"the S3 server did not start: {self.lines}"
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def bucket(self, name: str) -> str:
        """The URL of a bucket, made if there is none, as the settings have it."""
        if self._process is None:
            self.start()
        credentials = Credentials(ACCESS_KEY, SECRET_KEY, REGION)
        address, now = f"{self.endpoint}/{name}", datetime.now(UTC)
        # Through the server: a folder that is made behind its back it notices late.
        made = web.put(presign(credentials, "PUT", address, seconds=60, now=now))
        assert made.status_code in {200, 409}, made.text
        return self.url(name)

    def url(self, name: str) -> str:
        return f"s3://{name}?" + urlencode({"endpoint": self.endpoint, "region": REGION})

    def settings(self, bucket: str) -> dict[str, str]:
        return {
            "BLOB_URL": self.bucket(bucket),
            "BLOB_ACCESS_KEY": ACCESS_KEY,
            "BLOB_SECRET_KEY": SECRET_KEY,
        }

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections, as its kernel does, and says nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def cramped(self, room: int) -> Iterator[None]:
        """It may write no longer files, as on a full disk."""
        assert self._process is not None
        old = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (room, -1))
        try:
            yield
        finally:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, old)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """To the end: a server whose words nobody takes falls silent."""
        assert process.stderr is not None
        with process.stderr as stderr:
            for line in stderr:
                self.lines.append(line)
                if _OPEN in line:
                    self._open.set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
