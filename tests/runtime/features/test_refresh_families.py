"""Refresh tokens against a model: lost answers, replays, time, log-outs, in any order."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from runtime.cli.migrating import migrate_database
from runtime.errors import Problem
from runtime.features.auth.tokens import TokenPair
from runtime.parts import Eryao, build
from runtime.settings import Settings
from tests.support.clock import StillClock

DAY = 86_400.0


@dataclass
class Family:
    """What must be true of one sign-in; `held` are all the pairs that were ever given out."""

    started: float
    rotated: float
    held: list[TokenPair] = field(default_factory=list)
    newest: int = 0
    seen: int = 0
    ended: bool = False
    # How long a lost answer may be asked for again.
    repeat: float = 0.0

    def lives(self, now: float) -> bool:
        within = now < self.started + 90 * DAY and now < self.rotated + 30 * DAY
        return not self.ended and within

    def use(self, generation: int, now: float) -> int | None:
        """The generation that this one is answered with, or None."""
        if not self.lives(now):
            return None
        if generation == self.newest:
            self.newest, self.rotated = self.newest + 1, now
            return self.newest
        fresh = self.seen < self.newest and now - self.rotated < self.repeat
        if generation == self.newest - 1 and fresh:
            return self.newest
        self.ended = True
        return None


class RefreshFamilies(RuleBasedStateMachine):
    """One user, one sign-in, a client and a thief who both hold whatever was given out."""

    template: Path

    @initialize(repeat=st.sampled_from([0.0, 10.0]))
    def sign_in(self, repeat: float) -> None:
        self.repeat = repeat
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.folder / "data")
        self.clock = StillClock()
        self.loop = asyncio.new_event_loop()
        chosen = Settings(data_dir=self.folder / "data", refresh_repeat_seconds=repeat)
        self.eryao: Eryao = build(chosen, clock=self.clock)
        self.start_over()

    def start_over(self) -> None:
        user = self._run(
            self.eryao.database.run(self.eryao.sign_in.accounts.enter, "ann@example.com")
        )
        pair = self._run(self.eryao.database.run(self.eryao.sign_in.tokens.pair, user))
        self.family = Family(self._now(), self._now(), [pair], repeat=self.repeat)

    def teardown(self) -> None:
        if hasattr(self, "eryao"):
            self.eryao.database.close()
            self.loop.close()
            shutil.rmtree(self.folder)

    def _run(self, what: Any) -> Any:
        return self.loop.run_until_complete(what)

    def _now(self) -> float:
        return self.clock.now().timestamp()

    @precondition(lambda self: not self.family.lives(self._now()))
    @rule()
    def sign_in_again(self) -> None:
        """Only once the one before has been seen to be over: most of it is about that."""
        self.refresh(0, lost=False)
        self.start_over()

    @rule(back=st.sampled_from([0, 0, 0, 1, 1, 1, 2, 3]), lost=st.booleans())
    def refresh(self, back: int, lost: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        """With the newest token that the client has, or an older one; the answer may get lost."""
        generation = max(0, len(self.family.held) - 1 - back)
        given = self.family.held[generation].refresh_token

        renewed = self._run(self.eryao.database.run(self.eryao.sign_in.tokens.renew, given))
        expected = self.family.use(generation, self._now())

        assert (renewed is None) == (expected is None)
        if renewed is None or expected is None:
            return
        pair = renewed[1]
        assert int(pair.refresh_token.split(".")[1]) == expected
        if expected < len(self.family.held):
            assert pair.refresh_token == self.family.held[expected].refresh_token
        elif not lost:
            self.family.held.append(pair)

    @rule(back=st.sampled_from([0, 0, 0, 1]))
    def call(self, back: int) -> None:
        """Use an access token: whoever does that has the refresh token beside it."""
        generation = max(0, len(self.family.held) - 1 - back)
        token = self.family.held[generation].access_token
        try:
            self._run(self.eryao.sign_in.gate.authenticate(token))
        except Problem:
            return
        self.family.seen = max(self.family.seen, generation)

    @rule(seconds=st.sampled_from([1.0, 9.0, 11.0, 11.0, 3_600.0, 29 * DAY, 31 * DAY]))
    def wait(self, seconds: float) -> None:
        self.clock.move(seconds)

    @precondition(lambda self: not self.family.ended and self.family.newest > 2)
    @rule()
    def log_out(self) -> None:
        token = self.family.held[-1].refresh_token
        assert self._run(self.eryao.database.run(self.eryao.sign_in.tokens.end, token)) is not None
        self.family.ended = True


@pytest.mark.timeout(120)
def test_refresh_families_do_what_the_model_says(tmp_path: Path) -> None:
    folder = tmp_path / "template"
    migrate_database(Settings(data_dir=folder))
    machine = type("Machine", (RefreshFamilies,), {"template": folder})
    quiet = settings(
        max_examples=50,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(machine, settings=quiet)
