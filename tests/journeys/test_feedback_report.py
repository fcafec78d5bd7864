"""The report as an operator and its readers get it, from a real server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.feedback import pictures_in, rows_of, say, workbook_of
from tests.support.mailbox import Mailbox
from tests.support.media import picture
from tests.support.server import Serve, ServerProcess

READERS = "team@example.com, 客服@example.com"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


def test_a_server_mails_the_report_that_is_due_by_itself(
    unstarted: ServerProcess, box: Mailbox
) -> None:
    """And one that is started after it does not again."""
    settings = {"MAIL_URL": box.url, "FEEDBACK_REPORT_TO": READERS, "FEEDBACK_REPORT_AT": "00:00"}
    first = unstarted.start(**settings)
    [mail] = box.mails_to("team@example.com", 1)
    box.mails_to("客服@example.com", 1)
    first.kill()
    unstarted.start(**settings)
    assert say(unstarted, "Hello").status_code == 201
    unstarted.terminate()
    unstarted.wait()

    assert mail["Subject"].endswith(": none")
    assert len(box.sent) == 2


def test_an_operator_has_any_days_report(serve: Serve, box: Mailbox, tmp_path: Path) -> None:
    server = serve(MAIL_URL=box.url, FEEDBACK_REPORT_TO=READERS, FEEDBACK_REPORT_AT="23:59")
    token = server.beside.sign_in("ann@example.com").token
    said = say(server, "=cmd()", picture(), token=token, appVersion="2.0").json()
    day, out = said["createdAt"][:10], tmp_path / "report.xlsx"

    told = server.json("report", "--date", day, "--out", str(out), "--send")
    words = server.command("report", "--date", day).stdout

    assert told.pop("bytes") == len(out.read_bytes())
    assert told == {
        "day": day,
        "timezone": "UTC",
        "total": 1,
        "kinds": {"bug": 1},
        "versions": {"2.0": 1},
        "pictures": 1,
        "sentTo": 2,
    }
    [row] = rows_of(out.read_bytes())
    assert (row["Id"], row["Text"]) == (said["id"], "=cmd()")
    assert pictures_in(out.read_bytes()) == 1
    [mail] = [mail for mail in box.mails_to("team@example.com", 1) if day in mail["Subject"]]
    assert workbook_of(mail) == out.read_bytes()
    assert words == f"{day} (UTC): 1 feedback (1 bug), pictures: 1\n"


def test_a_day_without_feedback_is_said_to_be_one(server: ServerProcess, tmp_path: Path) -> None:
    out = tmp_path / "none.xlsx"
    done = server.command("report", "--date", "2020-02-29", "--out", str(out))

    assert done.stdout == "2020-02-29 (UTC): no feedback\nThere is nothing to write.\n"
    assert not out.exists()
    last = server.json("report")["day"]
    assert datetime.now(UTC).date() - datetime.fromisoformat(last).date() <= timedelta(days=2)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--send"], "names nobody to send it to"),
        (["--date", "yesterday"], "does not match the format"),
        (["--date", "2020-02-30"], "does not match the format"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    unstarted: ServerProcess, args: list[str], said: str
) -> None:
    done = unstarted.command("report", *args)

    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mail_server_that_is_away_is_said_to_be(unstarted: ServerProcess) -> None:
    unstarted.settings |= {"FEEDBACK_REPORT_TO": "a@example.com", "MAIL_URL": "smtp://127.0.0.1:9"}
    done = unstarted.command("report", "--send")

    assert "The mail could not be sent" in done.stderr


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("FEEDBACK_REPORT_TO", "team"),
        ("FEEDBACK_REPORT_AT", "24:00"),
        ("FEEDBACK_REPORT_AT", "8:00"),
        ("FEEDBACK_REPORT_TIMEZONE", "Mars/Olympus"),
        ("FEEDBACK_REPORT_TIMEZONE", "../etc/passwd"),
        ("FEEDBACK_REPORT_DAYS", "0"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_at_the_start(
    unstarted: ServerProcess, setting: str, value: str
) -> None:
    unstarted.settings[setting] = value
    done = unstarted.command("report")

    assert done.returncode != 0
    assert f"ERYAO_{setting} cannot be" in done.stderr
