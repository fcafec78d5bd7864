"""A profile changed by a tool: once for each call, however often the call is repeated."""

from runtime.parts import Eryao


async def told(eryao: Eryao, user_id: str) -> tuple[object, object]:
    found = await eryao.database.read(lambda tx: tx.profiles.get(user_id))
    return (found.birth_year, found.gender) if found else (None, None)


async def test_a_retried_call_does_not_undo_what_was_said_since(eryao: Eryao) -> None:
    user = await eryao.database.run(eryao.sign_in.accounts.enter, "ann@example.org")
    profile = eryao.ports.profile
    assert profile is not None

    await profile.tell("call-1", user_id=user.id, birth_year=1990, gender="male")
    await profile.tell("call-2", user_id=user.id, birth_year=None, gender="female")
    await profile.tell("call-1", user_id=user.id, birth_year=1990, gender="male")

    assert await told(eryao, user.id) == (1990, "female")
