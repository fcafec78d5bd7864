"""Admission: a run is taken whole, charged and queued, or refused with nothing kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from runtime.clock import Clock, micros
from runtime.errors import Code, Problem
from runtime.ids import Ids
from runtime.runs import frontend
from runtime.runs.approvals import Approvals
from runtime.runs.charging import Wallet
from runtime.runs.interrupts import interrupts_of
from runtime.runs.limits import RunLimit
from runtime.runs.payload import Ask, UserMessage
from runtime.runs.topics import WORK
from storage.crashpoints import crashpoint, register
from storage.errors import StorageUnavailable
from storage.room import Room
from storage.sql.database import Database
from storage.sql.messages import MessageRow
from storage.sql.runs import RunKind, RunRow, RunStatus
from storage.sql.sessions import SessionRow
from storage.sql.transaction import Transaction
from storage.wake.base import Wake
from tools.base import Tool
from tools.liuyao.cast import Cast, Querent
from tools.liuyao.vocabulary import Category, Gender

TITLE_LENGTH = 60
# Runs that one paid run may go on in, where the client's own tools are asked.
MOST_TURNS = 8

register("admit.session", "admit.charged", "admit.queued", "admit.committed", "admit.rung")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A run that has its place, and what the user has left."""

    run: RunRow
    balance: int


class Coordinator:
    """Decides which runs there are."""

    def __init__(
        self,
        *,
        database: Database,
        room: Room,
        wake: Wake,
        wallet: Wallet,
        approvals: Approvals,
        tools: Mapping[str, Tool],
        limit: RunLimit,
        prices: Mapping[RunKind, int],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._database = database
        self._room = room
        self._wake = wake
        self._wallet = wallet
        self._approvals = approvals
        self._tools = tools
        self._limit = limit
        self._prices = prices
        self._clock = clock
        self._ids = ids

    async def start(self, user_id: str, ask: Ask) -> Admitted:
        admitted = await self._database.run(self._admit, user_id, ask)
        crashpoint("admit.committed")
        # The committed row is the run's place in the queue; the ring only saves a poll.
        await self._wake.ring(WORK)
        crashpoint("admit.rung")
        return admitted

    def _admit(self, tx: Transaction, user_id: str, ask: Ask) -> Admitted:
        """Refusals first, in the contract's order; then the charge, then the place in the queue."""
        session = self._enter(tx, user_id, ask)
        if known := tx.runs.get(ask.run_id):
            return self._same_again(tx, known, user_id, ask)
        if ask.kind is RunKind.RESUME:
            return self._admit_resume(tx, user_id, ask)
        if session is not None:
            earlier = tx.runs.of_session(ask.session_id)
            self._refuse_busy(tx, ask, earlier)
            self._limit.check(tx, ask.session_id)
            _refuse_out_of_turn(ask, earlier)
        return self._take(tx, user_id, ask, session)

    def _enter(self, tx: Transaction, user_id: str, ask: Ask) -> SessionRow | None:
        """The session, if it is the user's; None where a divination has just opened it."""
        session = tx.sessions.lock(ask.session_id)
        if session is None:
            if ask.answers:
                # There is no call in it that they could answer.
                raise frontend.nothing_asked(ask.answers[0])
            if ask.cast is None:
                raise Problem(Code.AGENT_SESSION_NOT_FOUND, "There is no such session.")
            # Of several that open it at once, one does; the others wait here for what it decides.
            if self._open_session(tx, user_id, ask, ask.cast):
                return None
            session = tx.sessions.lock(ask.session_id)
        if session is None:
            raise StorageUnavailable("the session was forgotten just now")
        if session.user_id != user_id:
            raise Problem(Code.AGENT_FORBIDDEN, "This session belongs to another user.")
        return session

    def _same_again(self, tx: Transaction, known: RunRow, user_id: str, ask: Ask) -> Admitted:
        if known.user_id != user_id:
            raise Problem(Code.AGENT_FORBIDDEN, "This run belongs to another user.")
        if known.digest != ask.digest():
            raise Problem(
                Code.AGENT_PAYLOAD_INVALID,
                "This runId was used before with another body; a new run needs a new runId.",
            )
        return Admitted(known, self._wallet.balance(tx, user_id))

    def _refuse_busy(self, tx: Transaction, ask: Ask, earlier: list[RunRow]) -> None:
        busy = next((run.id for run in earlier if run.under_way), None)
        waiting = tx.tool_calls.open_in(ask.session_id)
        if busy or waiting:
            raise Problem(
                Code.AGENT_SESSION_BUSY,
                "This session waits for your decision."
                if waiting
                else "A run of this session is still under way.",
                runId=busy or waiting[0].run_id,
                interrupts=interrupts_of(waiting, self._tools),
            )

    def _take(
        self, tx: Transaction, user_id: str, ask: Ask, session: SessionRow | None
    ) -> Admitted:
        if not self._room.takes():
            raise Problem(
                Code.STORAGE_UNAVAILABLE,
                "There is no room for another run now, and none was begun: send it again later.",
            )
        now = micros(self._clock.now())
        if session is not None:
            self._enter_anew(tx, user_id, ask, now)
        crashpoint("admit.session")
        run = self._row(user_id, ask, now)
        self._add(tx, user_id, ask, run)
        balance = self._wallet.charge(tx, run)
        crashpoint("admit.charged")
        if session:
            frontend.leave_unanswered(tx, run, self._ids)
        if ask.message:
            _claim_files(tx, ask.message, run)
            message = self._under_own_id(tx, ask.message, run) if session else ask.message
            _keep_message(tx, message, run)
        crashpoint("admit.queued")
        return Admitted(run, balance)

    def _under_own_id(self, tx: Transaction, message: UserMessage, run: RunRow) -> UserMessage:
        """What a failed run left is said anew; beside what was answered, it has an id of ours."""
        known = tx.messages.get(run.session_id, message.id)
        if known is None:
            return message
        first = tx.runs.get(known.run_id)
        if first is None or not first.refunded or known.role != "user":
            return replace(message, id=self._ids.new())
        tx.messages.remove(run.session_id, message.id)
        return message

    def _open_session(self, tx: Transaction, user_id: str, ask: Ask, cast: Cast) -> bool:
        now = micros(self._clock.now())
        title, kept = cast.question[:TITLE_LENGTH], _kept(tx, user_id, cast)
        return tx.sessions.add(SessionRow(ask.session_id, user_id, title, kept, None, now, now))

    def _enter_anew(self, tx: Transaction, user_id: str, ask: Ask, now: int) -> None:
        if ask.cast is None:
            tx.sessions.touch(ask.session_id, now)
            return
        title, kept = ask.cast.question[:TITLE_LENGTH], _kept(tx, user_id, ask.cast)
        tx.sessions.recast(ask.session_id, title=title, cast=kept, now=now)

    def _add(self, tx: Transaction, user_id: str, ask: Ask, run: RunRow) -> None:
        """The run's place; a run of this id that another session took meanwhile is in the way."""
        if not tx.runs.add(run):
            known = tx.runs.get(run.id)
            if known is not None:
                self._same_again(tx, known, user_id, ask)
            raise StorageUnavailable("a run of this id is being forgotten")

    def _admit_resume(self, tx: Transaction, user_id: str, ask: Ask) -> Admitted:
        """Go on in the run that the client named, once all that was asked for is answered."""
        now = micros(self._clock.now())
        if ask.answers:
            parent = frontend.parent_of(tx, ask.session_id)
            run = self._row(user_id, ask, now, parent=parent)
            _refuse_endless(tx, run)
            frontend.take_answers(tx, ask.session_id, ask.answers, run, self._ids)
        else:
            # The decision call's own path.
            answers, run_id = ask.resume, ask.run_id
            parent = self._approvals.resolve(tx, ask.session_id, answers, continued_by=run_id)
            run = self._row(user_id, ask, now, parent=parent)
        self._add(tx, user_id, ask, run)
        tx.sessions.touch(ask.session_id, now)
        crashpoint("admit.queued")
        return Admitted(run, self._wallet.balance(tx, user_id))

    def _row(self, user_id: str, ask: Ask, now: int, parent: RunRow | None = None) -> RunRow:
        return RunRow(
            id=ask.run_id,
            session_id=ask.session_id,
            user_id=user_id,
            kind=ask.kind,
            digest=ask.digest(),
            input=ask.stored(),
            parent_run_id=parent.id if parent else None,
            root_run_id=parent.root_run_id if parent else ask.run_id,
            price=self._prices.get(ask.kind, 0),
            showed_text=parent.showed_text if parent else False,
            log_tag=self._ids.tag(),
            created_at=now,
        )


def _kept(tx: Transaction, user_id: str, cast: Cast) -> str:
    """The cast as it is kept: what it says of the querent, or else what the profile knows.

    Only a question about love looks at it, so no other cast is given what it does not need.
    """
    profile = tx.profiles.get(user_id) if cast.category is Category.LOVE else None
    if not cast.querent and profile is not None and profile.gender is not None:
        cast = replace(cast, querent=Querent(Gender(profile.gender)))
    return json.dumps(cast.to_json())


def _refuse_out_of_turn(ask: Ask, earlier: list[RunRow]) -> None:
    """One reading a session, and follow-ups only on a reading: each has its own price."""
    given_back = {run.id for run in earlier if run.refunded}
    paid = [run for run in earlier if run.root_run_id not in given_back]
    answered = any(run.status == RunStatus.SUCCEEDED for run in paid)
    if ask.kind is RunKind.DIVINATION and answered:
        raise Problem(
            Code.AGENT_SESSION_HAS_READING,
            "This session has its reading: follow up on it, or start a new session.",
        )
    if ask.kind is RunKind.FOLLOW_UP and not any(run.showed_text for run in paid) and not answered:
        raise Problem(
            Code.AGENT_SESSION_WITHOUT_READING,
            "This session has no reading to follow up on: send its divination again.",
        )


def _refuse_endless(tx: Transaction, run: RunRow) -> None:
    """A client's tools may go to and fro, but one paid run does not pay for any number of turns."""
    used = sum(one.root_run_id == run.root_run_id for one in tx.runs.of_session(run.session_id))
    if used >= MOST_TURNS:
        raise Problem(
            Code.AGENT_SESSION_RUN_LIMIT_EXCEEDED,
            f"This reading has gone on {MOST_TURNS} times, which is the most.",
            limit=MOST_TURNS,
            used=used,
        )


def _claim_files(tx: Transaction, message: UserMessage, run: RunRow) -> None:
    """From now on the files are the session's, and go when it goes."""
    for number, file in enumerate(message.files):
        if not tx.attachments.claim(
            file.id, user_id=run.user_id, session_id=run.session_id, now=run.created_at
        ):
            text = f"File {number + 1} is gone, or belongs to another of your sessions."
            raise Problem(Code.AGENT_ATTACHMENT_PATH_SCOPE_INVALID, f"{text} Upload it again.")


def _keep_message(tx: Transaction, message: UserMessage, run: RunRow) -> None:
    body = json.dumps(message.body(), ensure_ascii=False)
    tx.messages.add(MessageRow(run.session_id, message.id, run.id, "user", body, run.created_at))
