"""What every command shares: its settings, and sentences for people."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from runtime import log
from runtime.cli.endings import Cause, Trouble, leave_quietly
from runtime.settings import Settings, SettingsWrong, load
from runtime.web.listening import CannotListen
from storage.errors import DataFolderInUse, StorageUnavailable


class CannotServe(Trouble):
    """The address cannot be had; supervisors know this code."""

    exit_code = CannotListen.exit_code


def plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what can go wrong with an installation into one sentence."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except SettingsWrong as exc:
            raise Trouble("\n".join(exc.sentences), Cause.SETTINGS_WRONG) from None
        except CannotListen as exc:
            raise CannotServe(str(exc), Cause.ADDRESS_TAKEN) from None
        except DataFolderInUse as exc:
            raise Trouble(str(exc), Cause.FOLDER_IN_USE) from None
        except ValueError as exc:
            raise Trouble(str(exc)) from None
        except StorageUnavailable as exc:
            said = f"The database did not take it: {exc}"
            raise Trouble(said, Cause.STORAGE_UNAVAILABLE) from None
        except BrokenPipeError:
            leave_quietly()
        except OSError as exc:
            raise Trouble(f"{exc.strerror}: {exc.filename}", Cause.FILE_UNUSABLE) from None

    return wrapped


def prepared() -> Settings:
    """The settings, with logging set up and whatever looks mistaken said once."""
    settings = load()
    log.configure(settings.log_level)
    for sentence in settings.warnings:
        told = json.dumps({"warning": sentence}) if _for_programs() else f"Warning: {sentence}"
        click.echo(told, err=True)
    return settings


def _for_programs() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.params.get("as_json"))
