"""What users are called, look like and can take away again; nothing started."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runtime.clock import Clock
from runtime.features.profile.avatars import Avatars
from runtime.features.profile.erasure import DropLogs, Erasure, Parting
from runtime.features.profile.service import ProfileService
from runtime.ids import Ids
from runtime.media.parts import Media
from storage.sql.database import Database
from storage.wake.base import Wake


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileParts:
    """A user's words about themselves, their picture, and their leaving."""

    service: ProfileService
    avatars: Avatars
    erasure: Erasure


def profile_from(
    *,
    database: Database,
    media: Media,
    wake: Wake,
    identities: Callable[[str], Sequence[bytes]],
    shut: Callable[[str], None],
    drop_logs: DropLogs,
    partings: Sequence[Parting],
    clock: Clock,
    ids: Ids,
) -> ProfileParts:
    avatars = Avatars(
        database=database,
        blobs=media.blobs,
        pictures=media.pictures,
        ration=media.ration,
        clock=clock,
        ids=ids,
    )
    erasure = Erasure(
        database=database,
        blobs=media.blobs,
        wake=wake,
        clock=clock,
        ids=ids,
        identities=identities,
        shut=shut,
        drop_logs=drop_logs,
        partings=partings,
    )
    service = ProfileService(database=database, clock=clock)
    return ProfileParts(service=service, avatars=avatars, erasure=erasure)
