"""Upload after upload until it is ended: run as a script, so that its work is not the prober's."""

import sys
from threading import Thread

from tests.support import web
from tests.support.media import mp4, noisy, picture

FILES = (picture(4000, 3000), noisy(1400, 1400), mp4() + bytes(9_000_000), b"\xff" * 5_000_000)


def keep_uploading(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with web.Client(headers=headers, timeout=30) as client:
        while True:
            for content in FILES:
                client.post(f"{url}/api/v1/agent/attachments", files={"file": ("a", content)})


if __name__ == "__main__":
    workers = [Thread(target=keep_uploading, args=sys.argv[1:3]) for _ in range(4)]
    for worker in workers:
        worker.start()
