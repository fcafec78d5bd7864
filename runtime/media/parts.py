"""All that handles files, from the settings; nothing started."""

import logging
from dataclasses import dataclass

from runtime.clock import Clock
from runtime.home import files_folder, signing_keys
from runtime.ids import Ids
from runtime.media.addresses import ADDRESS
from runtime.media.attachments import Attachments
from runtime.media.decoders import Decoders
from runtime.media.intake import Intake
from runtime.media.pictures import Pictures
from runtime.media.ration import Ration
from runtime.media.recordings import Recordings
from runtime.media.speech import NoSpeech, Speech
from runtime.settings import Settings
from storage.blobs import blobs_from
from storage.blobs.base import Blobs
from storage.blobs.signing import UrlSigner
from storage.errors import BlobsUnavailable
from storage.sql.database import Database
from storage.throttles.base import Throttles

MIB = 1_048_576

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Media:
    """Where files are, who opens them, who listens to them, who counts them."""

    signer: UrlSigner
    blobs: Blobs
    decoders: Decoders
    pictures: Pictures
    speech: Speech
    recordings: Recordings
    attachments: Attachments
    ration: Ration

    def tidy(self) -> None:
        """On a start, as only whoever is killed leaves halves; nobody is kept from it by them."""
        try:
            self.blobs.tidy()
        except BlobsUnavailable as failure:
            log.warning("the store of files was not tidied", extra={"reason": str(failure)})

    async def aclose(self) -> None:
        await self.decoders.aclose()
        await self.speech.aclose()


def media_from(
    settings: Settings,
    *,
    database: Database,
    throttles: Throttles,
    clock: Clock,
    ids: Ids,
) -> Media:
    signer = UrlSigner(
        keys=signing_keys(settings), root=f"{settings.public_url}{ADDRESS}", now=clock.now
    )
    blobs = _blobs(settings, signer, clock)
    ration = Ration(throttles, per_minute=settings.media_per_minute)
    decoders = Decoders(processes=settings.media_processes)
    pictures, speech = Pictures(decoders), _speech(settings)
    return Media(
        signer=signer,
        blobs=blobs,
        decoders=decoders,
        pictures=pictures,
        speech=speech,
        recordings=Recordings(
            decoders=decoders, speech=speech, longest_seconds=settings.audio_seconds
        ),
        attachments=Attachments(
            database=database,
            blobs=blobs,
            intake=Intake(pictures),
            ration=ration,
            clock=clock,
            ids=ids,
            most=settings.attachments_per_user,
            most_bytes=settings.attachments_mb_per_user * MIB,
        ),
        ration=ration,
    )


def _blobs(settings: Settings, signer: UrlSigner, clock: Clock) -> Blobs:
    return blobs_from(
        settings.blob_url,
        files_folder(settings),
        signer=signer,
        access_key=settings.blob_access_key.get_secret_value(),
        secret_key=settings.blob_secret_key.get_secret_value(),
        seconds=settings.blob_seconds,
        now=clock.now,
    )


def _speech(settings: Settings) -> Speech:
    if not settings.asr_url:
        return NoSpeech()
    # Only now: the embedded server needs no HTTP client.
    from runtime.media.transcriber import Transcriber  # noqa: PLC0415

    return Transcriber(
        url=settings.asr_url,
        model=settings.asr_model,
        key=settings.asr_api_key.get_secret_value(),
        seconds=settings.asr_seconds,
    )
