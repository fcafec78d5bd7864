"""What an installation needs, looked at one by one."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable

from runtime.checkup.address import address
from runtime.checkup.check import Check
from runtime.checkup.folder import folder
from runtime.checkup.models import model, second_model
from runtime.clock import SystemClock
from runtime.features.payments.setup import api_from, apple_from, catalogue_of
from runtime.home import alone, database_url, refuse_lonely, room, signing_key
from runtime.mail import mailer_from
from runtime.mail.console import ConsoleMailer
from runtime.settings import Settings, SettingsWrong, load
from storage.errors import StorageUnavailable
from storage.redis.facts import facts_of
from storage.room import MIB
from storage.sql import engine_from, server_version
from storage.sql.revision import current, newest
from storage.urls import sqlite_path

# Said while there is still time: twice what the server itself stops at.
OLDEST_SQLITE = (3, 35)
OLDEST_POSTGRES = (15,)
OLDEST_REDIS = (6, 2)


def examine() -> list[Check]:
    """Everything that can be looked at, also where the settings are wrong."""
    checks = [_python(), _sqlite()]
    try:
        settings = load()
    except SettingsWrong as exc:
        return [*checks, *(Check("setting", ok=False, finding=text) for text in exc.sentences)]
    checks += [Check("setting", ok=False, finding=text) for text in settings.warnings]
    place = _look(folder, settings)
    looks: tuple[Callable[[Settings], Check], ...] = (
        # Where the folder cannot be had, what would be in it cannot either.
        *((_space, _key) if place.ok else ()),
        *((_database,) if place.ok or not alone(settings) else ()),
        *(_redis, _together, address, model, second_model, _mail, _payments),
    )
    return [*checks, place, *(_look(look, settings) for look in looks)]


def _look(look: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return look(settings)
    except (OSError, ValueError) as exc:
        return Check(look.__name__.strip("_").replace("_", " "), ok=False, finding=str(exc))


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    fit = sys.version_info >= (3, 11)
    return Check("python", fit, f"{found}.", "" if fit else "Install Python 3.11 or newer.")


def _sqlite() -> Check:
    fit = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    return Check("sqlite", fit, f"{sqlite3.sqlite_version}.", "" if fit else "3.35 is needed.")


def _space(settings: Settings) -> Check:
    disk = room(settings).tightest()
    if disk is None:
        return Check("disk", ok=True, finding="nothing is kept on this machine.")
    enough = disk.free >= 2 * disk.reserve
    advice = f"Make room: with less than {disk.reserve // MIB} MiB no run is admitted."
    return Check("disk", enough, f"{disk.free // MIB} MiB free.", "" if enough else advice)


def _database(settings: Settings) -> Check:
    url = database_url(settings)
    if not alone(settings):
        return _postgres(url)
    path = sqlite_path(url)
    if not path.exists():
        return Check("database", ok=True, finding=f"{path} will be made at the first start.")
    return _revision(str(path), url)


def _postgres(url: str) -> Check:
    try:
        version = server_version(url)
        if version >= OLDEST_POSTGRES:
            return _revision(f"Postgres {version[0]}", url)
    except StorageUnavailable as failure:
        advice = "See whether it runs, and what ERYAO_DATABASE_URL says."
        return Check("database", ok=False, finding=f"Postgres: {failure}.", advice=advice)
    found = ".".join(map(str, version))
    return Check("database", ok=False, finding=f"Postgres {found}.", advice="15 is needed.")


def _revision(place: str, url: str) -> Check:
    engine = engine_from(url)
    try:
        at, wanted = current(engine), newest()
    finally:
        engine.dispose()
    advice = "" if at == wanted else "Run: eryao migrate"
    return Check("database", at == wanted, f"{place} is at {at}, this version at {wanted}.", advice)


def _redis(settings: Settings) -> Check:
    if not settings.redis_url:
        return Check("redis", ok=True, finding="none is set; one server needs none.")
    try:
        facts = asyncio.run(facts_of(settings.redis_url))
    except StorageUnavailable as failure:
        advice = "See whether it runs, and what ERYAO_REDIS_URL says."
        return Check("redis", ok=False, finding=f"{failure}.", advice=advice)
    found = f"{'.'.join(map(str, facts.version))}, answers in {facts.seconds * 1000:.1f} ms."
    if facts.version < OLDEST_REDIS:
        return Check("redis", ok=False, finding=found, advice="6.2 is needed.")
    if facts.forgets:
        finding = f"{found} With {facts.eviction} it drops runs' logs when its memory is full."
        advice = "Set its maxmemory-policy to noeviction."
        return Check("redis", ok=False, finding=finding, advice=advice)
    return Check("redis", ok=True, finding=found)


def _together(settings: Settings) -> Check:
    refuse_lonely(settings)
    shared = "many servers may share it" if not alone(settings) else "one server owns it"
    return Check("sharing", ok=True, finding=f"the database is such that {shared}.")


def _key(settings: Settings) -> Check:
    if not settings.data_dir.exists() and not settings.secret_key.get_secret_value():
        return Check("signing key", ok=True, finding="one will be made at the first start.")
    signing_key(settings)
    return Check("signing key", ok=True, finding="there is one.")


def _payments(settings: Settings) -> Check:
    on_sale = len(catalogue_of(settings).on_sale)
    if apple_from(settings, SystemClock()) is None:
        return Check("payments", ok=True, finding="off: no certificates of Apple's are set.")
    asked = "is asked" if api_from(settings) else "is not asked"
    finding = f"{on_sale} packages, {settings.apple_environment}; Apple's server {asked}."
    return Check("payments", ok=True, finding=finding)


def _mail(settings: Settings) -> Check:
    mailer = mailer_from(settings, SystemClock())
    if isinstance(mailer, ConsoleMailer):
        text = "One-time codes are printed; set ERYAO_MAIL_URL to have them mailed."
        return Check("mail", ok=True, finding=text)
    return Check("mail", ok=True, finding=f"{settings.mail_url.partition(':')[0]}, as set.")
