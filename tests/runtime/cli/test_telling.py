"""What a command counts is what was kept, however often a store does its work again."""

from pathlib import Path

from runtime.cli.progress import Progress
from runtime.cli.telling import Announcement, announce
from runtime.parts import build
from runtime.runs.notices import Notice
from runtime.settings import Settings
from storage.sql.database import Database
from tests.support.seeded import LoopClock, SeededLanes, SeededLoop, empty_database, on_seed


def test_who_is_told_is_counted_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="a key for tests, of more than 32 bytes")  # type: ignore[arg-type]

    async def scenario(loop: SeededLoop) -> tuple[int, int]:
        lanes = SeededLanes(loop, empty_database(), done_again=1.0)
        eryao = build(settings, clock=LoopClock(loop), database=Database(lanes))
        for name in ("ann", "bob"):
            await eryao.database.run(eryao.sign_in.accounts.enter, f"{name}@example.com")
        news = Announcement(Notice(kind="announcement", title="News", body="Hello"), key="news")
        tally = await announce(eryao, news, (), Progress("users", shown=False))
        return tally.told, tally.before

    assert on_seed(1, scenario) == (2, 0)
