"""What the user may ask after a reading: an extra, which no reading waits or fails for."""

import logging
from contextlib import suppress
from dataclasses import replace

from runtime.agent.loop import Result
from runtime.agent.models.base import ChatModel, Prompt, Suggested
from runtime.agent.suggestions import offerable
from runtime.runs.journal import Journal, RunTooLarge
from runtime.runs.scene import Stage
from storage.sql.runs import RunKind

log = logging.getLogger(__name__)


class Suggester:
    """Asks a model for them where there is something left to ask."""

    def __init__(
        self, *, model: ChatModel, most: int, seconds: float, session_user_messages: int
    ) -> None:
        self._model = model
        self._most = most
        self._seconds = seconds
        self._session_user_messages = session_user_messages

    async def suggest(self, stage: Stage, prompt: Prompt, result: Result, journal: Journal) -> None:
        """Write suggestions at the end of a reading that has just been given, if there are any."""
        if not self._wanted(stage, journal):
            return
        suggested = await self._ask(replace(prompt, said=result.said))
        result.usage += suggested.usage
        asked = [prompt.scene.question, *(said.text for said in prompt.said if said.role == "user")]
        questions = offerable(suggested.questions, asked=asked, most=self._most)
        if questions:
            # A log that is full has the reading, which is what was asked for.
            with suppress(RunTooLarge):
                journal.suggest(questions)

    def _wanted(self, stage: Stage, journal: Journal) -> bool:
        return (
            self._most > 0
            and stage.began_as == RunKind.DIVINATION
            and stage.used < self._session_user_messages
            and any(message["role"] == "assistant" for message in journal.messages)
        )

    async def _ask(self, prompt: Prompt) -> Suggested:
        try:
            return await self._model.suggest(prompt, most=self._most, seconds=self._seconds)
        except Exception:
            # A mistake of ours here must not take back a reading that is whole.
            log.exception("suggestions could not be made")
            return Suggested()
