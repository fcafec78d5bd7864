"""Tell users something: one of them, or all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import click

from runtime.cli.endings import Trouble, as_json
from runtime.cli.migrating import migrate_database
from runtime.cli.plain import plainly, prepared
from runtime.cli.progress import Progress
from runtime.cli.within import using
from runtime.features.auth.accounts import normal
from runtime.parts import Eryao
from runtime.runs.notices import Notice
from storage.sql.transaction import Transaction

# So many users a transaction: runs go on beside it.
AT_ONCE = 200
LONGEST_TITLE = 100
LONGEST_BODY = 1_000


@dataclass(frozen=True, slots=True)
class Announcement:
    """What to tell; under its key each user is told once, however often it is sent."""

    notice: Notice
    key: str


@dataclass(slots=True)
class Tally:
    """How far it has come."""

    told: int = 0
    before: int = 0

    def add(self, told: Sequence[bool]) -> None:
        self.told += sum(told)
        self.before += len(told) - sum(told)

    @property
    def done(self) -> int:
        return self.told + self.before


@click.command()
@click.option("--all", "everybody", is_flag=True, help="Tell every user.")
@click.option("--email", "emails", multiple=True, help="Tell the user with this address.")
@click.option("--title", required=True)
@click.option("--body", required=True)
@click.option("--route", help="A place in the app that a tap opens, like /points.")
@click.option("--url", help="A page that a tap opens, https only.")
@click.option("--key", help="Names the announcement; without it, its words do.")
@as_json
@plainly
def notify(
    *,
    everybody: bool,
    emails: tuple[str, ...],
    title: str,
    body: str,
    route: str | None,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Tell one user or all of them; sent again under the same key, it tells only the rest."""
    if everybody == bool(emails):
        raise Trouble("Say whom to tell: --all, or --email once for each user.")
    notice = _checked(title, body, route, url)
    words = "\0".join((title, body, route or "", url or ""))
    announcement = Announcement(notice, key or sha256(words.encode()).hexdigest()[:32])
    settings = prepared()
    migrate_database(settings)
    progress = Progress("users", shown=not as_json)
    tally = using(settings, lambda eryao: announce(eryao, announcement, emails, progress))
    if as_json:
        click.echo(json.dumps({"told": tally.told, "toldBefore": tally.before}))
    else:
        click.echo(f"{tally.told} told, {tally.before} told before.")


def _checked(title: str, body: str, route: str | None, url: str | None) -> Notice:
    if not 0 < len(title.strip()) <= LONGEST_TITLE or not 0 < len(body.strip()) <= LONGEST_BODY:
        raise Trouble(f"A title has 1 to {LONGEST_TITLE} characters, a body 1 to {LONGEST_BODY}.")
    if route and url:
        raise Trouble("A tap opens one thing: --route or --url.")
    if route is not None and not route.startswith("/"):
        raise Trouble("A route begins with a slash, like /points.")
    if url is not None and not url.startswith("https://"):
        raise Trouble("A URL begins with https://.")
    return Notice(kind="announcement", title=title, body=body, route=route, url=url)


async def announce(
    eryao: Eryao, announcement: Announcement, emails: Sequence[str], progress: Progress
) -> Tally:
    tally = Tally()
    if emails:
        user_ids = await eryao.database.read(_of, [normal(email) for email in emails])
        tally.add(await eryao.database.run(_tell, eryao, announcement, user_ids))
        return tally
    total = await eryao.database.read(_count)
    last = ""
    while user_ids := await eryao.database.read(_next, last):
        tally.add(await eryao.database.run(_tell, eryao, announcement, user_ids))
        last = user_ids[-1]
        progress(tally.done, total)
    return tally


def _of(tx: Transaction, emails: Sequence[str]) -> list[str]:
    found = {email: tx.users.by_email(email) for email in emails}
    if strangers := [email for email, user in found.items() if user is None]:
        raise Trouble(f"There is no user with the address {', '.join(strangers)}; nobody was told.")
    return [user.id for user in found.values() if user]


def _count(tx: Transaction) -> int:
    return tx.users.count()


def _next(tx: Transaction, last: str) -> list[str]:
    return tx.users.ids_after(last, AT_ONCE)


def _tell(
    tx: Transaction, eryao: Eryao, announcement: Announcement, user_ids: Sequence[str]
) -> list[bool]:
    """For each user whether this told them, or an earlier call had."""
    return [
        eryao.notices.announce(tx, user_id, announcement.notice, key=announcement.key)
        for user_id in user_ids
    ]
