"""The daily report: each day to each reader, once, made up for later, never lost."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import anyio
import pytest

from runtime.features.feedback.parts import reports_from
from runtime.features.feedback.report import LONGEST_SIDE, MOST_ROWS
from runtime.features.feedback.reports import (
    FIRST_PAUSE_SECONDS,
    LEASE_SECONDS,
    DailyReports,
)
from runtime.features.feedback.service import FeedbackKind, Said
from runtime.mail import mailer_from
from runtime.mail.base import Mail, Mailer, MailNotSent
from runtime.parts import Eryao
from runtime.settings import Settings
from storage.sql.transaction import Transaction
from tests.support.clock import StillClock
from tests.support.feedback import pictures_in, rows_of, workbook_of
from tests.support.mailbox import Mailbox
from tests.support.media import noisy, picture

READER = "team@example.com"
DAY = 86_400


@pytest.fixture(params=["sqlite", "postgres"])
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """On either database: what is decided here is decided in SQL."""
    if request.param == "sqlite":
        return settings
    url = request.getfixturevalue("postgres_url")
    return settings.model_copy(update={"database_url": url})


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


Make = Callable[..., DailyReports]


@pytest.fixture
def make(eryao: Eryao, box: Mailbox) -> Make:
    """Another server's reports, on the same database."""

    def reports(mailer: Mailer | None = None, **more: object) -> DailyReports:
        chosen = {
            "feedback_report_to": (READER,),
            "feedback_report_timezone": "Asia/Shanghai",
            "mail_url": box.url,
            "mail_seconds": 3,
            **more,
        }
        settings = eryao.settings.model_copy(update=chosen)
        return reports_from(
            settings,
            database=eryao.database,
            media=eryao.media,
            mailer=mailer or mailer_from(settings, eryao.clock),
            clock=eryao.clock,
        )

    return reports


def set_clock(clock: StillClock, local: str, hours_east: int = 8) -> None:
    """Move on to this time in Shanghai."""
    moment = datetime.fromisoformat(local).replace(tzinfo=UTC) - timedelta(hours=hours_east)
    assert moment >= clock.now()
    clock.move((moment - clock.now()).total_seconds())


async def speak(eryao: Eryao, text: str, *pictures: bytes, **more: str) -> str:
    said = {"user_id": None, "device": None, "app_version": None, "retry_key": None, **more}
    kind = FeedbackKind(said.pop("kind", None) or "bug")
    row = await eryao.feedback.box.submit(
        Said(kind=kind, content=text, **said),
        [BytesIO(content).read for content in pictures],
    )
    return row.id


def days_of(box: Mailbox, number: int) -> list[str]:
    """Which days the reader was told of, once there are so many mails."""
    return [mail["Subject"].split()[2].rstrip(":") for mail in box.mails_to(READER, number)]


async def test_the_report_has_the_days_feedback_with_its_pictures(
    eryao: Eryao, make: Make, box: Mailbox, clock: StillClock
) -> None:
    set_clock(clock, "2026-03-15T00:00:00")
    await speak(eryao, "=1+1", noisy(80, 120), noisy(90, 60), app_version="1.2", device='{"os":15}')
    set_clock(clock, "2026-03-15T23:59:59.999999")
    await speak(eryao, "好用", kind="praise", app_version="<b>2</b>")
    set_clock(clock, "2026-03-16T00:00:00")
    await speak(eryao, "The next day's")
    set_clock(clock, "2026-03-16T08:00:00")
    await make().sweep()
    await eryao.media.aclose()

    [mail] = box.mails_to(READER, 1)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    rows = rows_of(workbook_of(mail))
    assert mail["Subject"] == "Feedback of 2026-03-15: 2"
    assert [attached.get_filename() for attached in mail.iter_attachments()] == [
        "feedback-2026-03-15.xlsx"
    ]
    assert [(row["Time"], row["Kind"], row["Text"], row["Version"]) for row in rows] == [
        ("2026-03-15 00:00", "bug", "=1+1", "1.2"),
        ("2026-03-15 23:59", "praise", "好用", "<b>2</b>"),
    ]
    assert [(row["Device"], row["User"]) for row in rows] == [
        ("os: 15", "anonymous"),
        ("", "anonymous"),
    ]
    assert pictures_in(workbook_of(mail)) == 2
    for count in ("1  bug", "1  praise", "1  1.2", "1  <b>2</b>"):
        assert count in plain.get_content()
    assert "&lt;b&gt;2&lt;/b&gt;" in html.get_content()
    assert "<b>" not in html.get_content()


async def test_a_day_without_feedback_has_a_short_mail(
    make: Make, box: Mailbox, clock: StillClock
) -> None:
    await make().sweep()

    [mail] = box.mails_to(READER, 1)
    assert mail["Subject"] == "Feedback of 2026-03-13: none"
    assert list(mail.iter_attachments()) == []


async def test_a_report_is_sent_at_its_time_and_once(
    make: Make, box: Mailbox, clock: StillClock
) -> None:
    set_clock(clock, "2026-03-15T07:59:59")
    reports = make()
    for _ in range(3):
        await reports.sweep()
    assert days_of(box, 1) == ["2026-03-13"]
    clock.move(1)
    for _ in range(3):
        await reports.sweep()
        await make().sweep()

    assert days_of(box, 2) == ["2026-03-13", "2026-03-14"]
    assert len(box.sent) == 2


async def test_servers_at_the_same_minute_send_one_mail(
    make: Make, box: Mailbox, clock: StillClock
) -> None:
    servers = [make() for _ in range(6)]
    async with anyio.create_task_group() as tasks:
        for server in servers:
            tasks.start_soon(server.sweep)

    assert len(box.sent) == 1


async def test_every_reader_has_a_mail_and_one_that_fails_delays_no_other(
    eryao: Eryao, make: Make, box: Mailbox, clock: StillClock
) -> None:
    choosy = Choosy(mailer_from(eryao.settings.model_copy(update={"mail_url": box.url}), clock))
    reports = make(choosy, feedback_report_to=("a@example.com", READER))
    await reports.sweep()
    assert [mail["To"] for mail in box.sent] == [READER]
    choosy.refuses = False
    clock.move(FIRST_PAUSE_SECONDS)
    await reports.sweep()

    assert [mail["To"] for mail in box.sent] == [READER, "a@example.com"]


async def test_missed_days_have_each_its_report_up_to_a_limit(
    eryao: Eryao, make: Make, box: Mailbox, clock: StillClock
) -> None:
    await make().sweep()
    clock.move(3 * DAY)
    await speak(eryao, "Late")
    await make().sweep()
    assert days_of(box, 4) == ["2026-03-13", "2026-03-14", "2026-03-15", "2026-03-16"]

    clock.move(30 * DAY)
    await make(feedback_report_days=2).sweep()
    assert days_of(box, 6)[4:] == ["2026-04-14", "2026-04-15"]
    assert len(box.sent) == 6


async def test_a_new_reader_begins_with_the_last_day(
    make: Make, box: Mailbox, clock: StillClock
) -> None:
    await make(feedback_report_to=("old@example.com",)).sweep()
    clock.move(3 * DAY)
    await make(feedback_report_to=(READER,)).sweep()

    assert days_of(box, 1) == ["2026-03-16"]
    assert len(box.sent) == 2


async def test_a_mail_server_that_is_away_delays_a_report_and_loses_none(
    make: Make, box: Mailbox, clock: StillClock
) -> None:
    reports = make()
    box.refusal = "451 4.3.0 later"
    await reports.sweep()
    clock.move(2 * DAY)
    await reports.sweep()
    box.refusal = ""
    await reports.sweep()
    assert box.sent == [], "each failure has its pause"
    clock.move(FIRST_PAUSE_SECONDS * 2)
    await reports.sweep()

    assert days_of(box, 3) == ["2026-03-13", "2026-03-14", "2026-03-15"]
    assert len(box.sent) == 3


class Choosy:
    """Takes no mail to one of the readers."""

    def __init__(self, real: Mailer) -> None:
        self._real = real
        self.refuses = True

    async def send(self, mail: Mail) -> None:
        if mail.to == "a@example.com" and self.refuses:
            raise MailNotSent
        await self._real.send(mail)


class Killed(BaseException):
    """A server dies here."""


class LastMail:
    """Sends a mail, and then its server is no more."""

    def __init__(self, real: Mailer) -> None:
        self._real = real

    async def send(self, mail: Mail) -> None:
        await self._real.send(mail)
        raise Killed


async def test_a_server_that_dies_after_sending_costs_one_more_mail_and_no_report(
    eryao: Eryao, make: Make, box: Mailbox, clock: StillClock
) -> None:
    """The honest limit: and both have one Message-ID, so that mail programs may show one."""
    real = mailer_from(eryao.settings.model_copy(update={"mail_url": box.url}), clock)
    with pytest.raises(Killed):
        await make(LastMail(real)).sweep()
    for _ in range(3):
        await make().sweep()
    assert len(box.sent) == 1, "the dead server's lease is respected"
    clock.move(LEASE_SECONDS)
    for _ in range(3):
        await make().sweep()

    assert len(box.sent) == 2
    assert len({mail["Message-ID"] for mail in box.sent}) == 1


async def test_who_comes_back_after_the_lease_marks_nothing(eryao: Eryao) -> None:
    def race(tx: Transaction) -> list[bool]:
        reports = tx.feedback_reports
        reports.plan(["2026-03-13"], READER)
        [due] = reports.open(oldest="2026-03-01", now=0)
        slow = reports.claim(due, now=0, until=10)
        assert slow is not None
        assert reports.claim(due, now=0, until=10) is None
        [again] = reports.open(oldest="2026-03-01", now=10)
        fast = reports.claim(again, now=10, until=20)
        assert fast is not None
        return [reports.sent(slow, now=11), reports.sent(fast, now=12), reports.sent(fast, now=13)]

    assert await eryao.database.run(race) == [False, True, False]


# On one database: what fits into a mail is decided when its rows were found.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_flood_is_counted_and_the_mail_stays_small(
    eryao: Eryao, make: Make, box: Mailbox, clock: StillClock
) -> None:
    """Of 20 MB of noise a day, the mail brings what fits, and says what does not."""
    large = noisy(LONGEST_SIDE, LONGEST_SIDE, "JPEG")  # as large as it is sent, and no larger
    for _ in range(15):
        await speak(eryao, "See", large, large, large)
    set_clock(clock, "2026-03-15T08:00:00")
    await make().sweep()
    await eryao.media.aclose()

    [mail] = [mail for mail in box.mails_to(READER, 1) if "15" in mail["Subject"].split()[-1]]
    workbook = workbook_of(mail)
    rows = rows_of(workbook)
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert len(rows) == 15 < MOST_ROWS
    assert len(bytes(mail)) < 10 * 1024 * 1024
    assert "Left out: " in plain.get_content()
    assert rows[-1]["Picture 3"] == "left out"


async def test_the_feedback_of_an_account_goes_with_it(eryao: Eryao, clock: StillClock) -> None:
    def enter(tx: Transaction) -> str:
        return eryao.sign_in.accounts.enter(tx, "ann@example.com").id

    ann = await eryao.database.run(enter)
    await speak(eryao, "I am Ann, 12 High Street", picture(), picture(), user_id=ann)
    stays = await speak(eryao, "Anybody's", picture())
    await eryao.feedback.box.sweep()
    assert len(await eryao.media.blobs.keys("feedback/")) == 3

    assert await eryao.database.run(lambda tx: tx.feedback.forget_person(ann)) == 1
    clock.move(3_600)
    await eryao.feedback.box.sweep()
    await eryao.media.aclose()

    assert await eryao.media.blobs.keys("feedback/") == [f"feedback/{stays}/1.jpg"]
    rows = await eryao.database.read(lambda tx: tx.feedback.within(0, 2**60, most=9))
    assert [(row.id, row.user_id) for row in rows] == [(stays, None)]


async def test_pictures_of_a_server_that_died_half_way_are_swept(
    eryao: Eryao, clock: StillClock
) -> None:
    path = "feedback/01/1.jpg"
    now = int(clock.now().timestamp() * 1_000_000)
    await eryao.database.run(lambda tx: tx.feedback.reserve([path], expires_at=now + 1))
    await eryao.media.blobs.put(path, b"x")
    await eryao.feedback.box.sweep()
    assert await eryao.media.blobs.keys("feedback/") == [path]
    clock.move(1)
    await eryao.feedback.box.sweep()

    assert await eryao.media.blobs.keys("feedback/") == []
    assert await eryao.database.run(lambda tx: tx.feedback.strays(now=2**60, most=9)) == []
