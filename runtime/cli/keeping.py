"""A copy of one server's data, to be kept elsewhere."""

import errno
import json
import os
import signal
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from runtime.cli.endings import Cause, Trouble, as_json
from runtime.cli.plain import plainly, prepared
from runtime.cli.progress import Progress
from runtime.home import alone, database_url, files_folder
from runtime.settings import Settings
from storage.blobs.local import PARTS
from storage.sql.copying import copy_database
from storage.urls import FILE, S3, sqlite_path

KEY = "secret.key"
DATABASE = "eryao.db"
FILES = "files"
# How file systems say that they have no second names for a file.
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
@plainly
def backup(*, file: Path, as_json: bool) -> None:
    """Copy database, files and key into FILE, a tar, while the server runs on."""
    settings = prepared()
    if not alone(settings):
        raise Trouble("This database is not in a file: take its copy with pg_dump.")
    _refuse_place(settings, file)
    database = sqlite_path(database_url(settings))
    if not database.exists():
        raise Trouble(f"There is no database at {database} yet.", Cause.FILE_UNUSABLE)
    progress = Progress("files", shown=not as_json)
    with _ending_tidily():
        kept = _keep(settings, database, file, progress)
    told = {"file": str(file), "bytes": file.stat().st_size, "files": kept}
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"Written to {file}: the database and {kept} files.")
    if settings.blob_url.startswith(S3):
        click.echo("The files in the bucket are not in it.")
    if settings.secret_key.get_secret_value():
        click.echo("The key of ERYAO_SECRET_KEY is not in it: keep that too.")


def _refuse_place(settings: Settings, file: Path) -> None:
    if os.path.lexists(file):
        raise _there_already(file)
    if file.resolve().is_relative_to(settings.data_dir.resolve()):
        raise Trouble(f"{file} is in the data folder that it is to save.", Cause.FILE_UNUSABLE)


def _there_already(file: Path) -> Trouble:
    return Trouble(f"{file} is there already; a backup replaces none.", Cause.FILE_UNUSABLE)


@contextmanager
def _ending_tidily() -> Iterator[None]:
    """Told to end, we leave nothing half done behind."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _keep(settings: Settings, database: Path, file: Path, progress: Progress) -> int:
    """Beside its place first, and for its owner only: it holds what people asked, and the key."""
    with tempfile.TemporaryDirectory(prefix=".eryao-", dir=file.absolute().parent) as beside:
        part, copy = Path(beside, "part"), Path(beside, DATABASE)
        # The database first: a file that came after it is one too many, and none is missed.
        copy_database(database, copy)
        try:
            kept = _pack(settings, part, copy, progress)
        except OSError as exc:
            if exc.filename:
                raise
            raise Trouble(f"{file} was not written: {exc.strerror}", Cause.FILE_UNUSABLE) from None
        _put(part, file)
    return kept


def _pack(settings: Settings, part: Path, copy: Path, progress: Progress) -> int:
    with tarfile.open(part, "w") as tar:
        part.chmod(0o600)
        tar.add(copy, DATABASE)
        _add(tar, settings.data_dir / KEY, KEY)
        kept = _add_files(tar, settings, progress)
    _sync(part)
    return kept


def _put(part: Path, file: Path) -> None:
    """Under its name, unless something has that by now."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise _there_already(file) from None
    except OSError as exc:
        if exc.errno not in NO_LINKS:
            raise
        if os.path.lexists(file):
            raise _there_already(file) from None
        part.rename(file)


def _add_files(tar: tarfile.TarFile, settings: Settings, progress: Progress) -> int:
    if settings.blob_url.startswith(S3):
        return 0
    url = settings.blob_url
    folder = Path(url.removeprefix(FILE)) if url else files_folder(settings)
    paths, kept = [*_files(folder)], 0
    for done, path in enumerate(paths, 1):
        kept += _add(tar, path, f"{FILES}/{path.relative_to(folder).as_posix()}")
        progress(done, len(paths))
    return kept


def _files(folder: Path) -> Iterator[Path]:
    """All but those that are still being written."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != PARTS]
        yield from (Path(place, name) for name in names)


def _add(tar: tarfile.TarFile, path: Path, name: str) -> bool:
    """Whether it was there: users may forget their files meanwhile."""
    try:
        tar.add(path, name)
    except FileNotFoundError:
        return False
    return True


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
