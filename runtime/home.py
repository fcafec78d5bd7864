"""The data folder: who owns it, its key, its database."""

import fcntl
import os
import secrets
from contextlib import ExitStack
from pathlib import Path

from runtime.settings import Settings
from storage.errors import DataFolderInUse
from storage.room import Room
from storage.urls import folder_of, is_sqlite, sqlite_path

KEY_BYTES = 32


def database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{settings.data_dir / 'eryao.db'}"


def alone(settings: Settings) -> bool:
    """Whether one server owns the database; if not, many share it, on as many machines."""
    return is_sqlite(database_url(settings))


def refuse_lonely(settings: Settings) -> None:
    """Servers that share a database must hear of each other's runs."""
    if not alone(settings) and not settings.redis_url:
        raise ValueError(
            "Servers that share a Postgres database share their streams through Redis: "
            "set ERYAO_REDIS_URL, or leave ERYAO_DATABASE_URL empty to run one server on a file."
        )


def files_folder(settings: Settings) -> Path:
    return settings.data_dir / "files"


def room(settings: Settings) -> Room:
    """Of the disks that hold the database and the files; elsewhere, others see to it."""
    database = (sqlite_path(database_url(settings)).parent,) if alone(settings) else ()
    files = folder_of(settings.blob_url, files_folder(settings))
    return Room((*database, *((files,) if files else ())))


def open_folder(settings: Settings) -> None:
    """Make the folder, for its owner only: the database in it holds what people asked."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def lock_folder(settings: Settings, held: ExitStack) -> None:
    """Become the one server of this folder, or raise DataFolderInUse; the lock dies with us."""
    open_folder(settings)
    file = held.enter_context((settings.data_dir / "serving.lock").open("a+"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DataFolderInUse(
            f"Another server is running on {settings.data_dir}; stop it, or set ERYAO_DATA_DIR."
        ) from None


def is_served(settings: Settings) -> bool:
    """Whether a server runs on this folder; looking makes no folder."""
    if not (settings.data_dir / "serving.lock").exists():
        return False
    try:
        with ExitStack() as held:
            lock_folder(settings, held)
    except DataFolderInUse:
        return True
    return False


def signing_key(settings: Settings) -> bytes:
    """The key from the settings, or one made once and kept in the data folder."""
    if given := settings.secret_key.get_secret_value():
        return given.encode()
    open_folder(settings)
    path = settings.data_dir / "secret.key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return _read_key(path)


def signing_keys(settings: Settings) -> tuple[bytes, ...]:
    """The key in use, then those before it, which still open what they made."""
    before = (key.get_secret_value().encode() for key in settings.previous_secret_keys)
    return signing_key(settings), *before


def _read_key(path: Path) -> bytes:
    key = path.read_text().strip()
    if len(key) < KEY_BYTES:
        raise ValueError(f"{path} holds no key; remove it to have a new one made")
    return key.encode()
