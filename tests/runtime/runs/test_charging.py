"""The engine without the product: runs on a server that charges nothing."""

from runtime.parts import Eryao
from runtime.runs.assembly import runs_from
from runtime.runs.charging import FreeWallet
from runtime.runs.input import RunInput
from runtime.runs.payload import read_ask
from storage.leases.memory import MemoryLeases
from tests.support.api import Body


async def test_where_nothing_is_charged_a_run_is_taken_and_no_point_moves(eryao: Eryao) -> None:
    free = runs_from(
        eryao.settings,
        database=eryao.database,
        events=eryao.events,
        wake=eryao.wake,
        leases=MemoryLeases(),
        media=eryao.media,
        wallet=FreeWallet(),
        notices=eryao.notices,
        tools=eryao.tools,
        clock=eryao.clock,
        ids=eryao.ids,
    )
    user = await eryao.database.run(eryao.sign_in.accounts.enter, "ann@example.com")
    body = Body("say 2")
    ask = read_ask(RunInput.model_validate(body.json()), eryao.clock.now())

    admitted = await free.coordinator.start(user.id, ask)

    assert (admitted.run.id, admitted.balance) == (body.run, 0)
    assert await eryao.database.read(eryao.wallet.balance, user.id) == 100
