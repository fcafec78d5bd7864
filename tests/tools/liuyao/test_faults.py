"""Each fault has a kind, which a client says in its own language, and the limit that is missed."""

import pytest

from tests.tools.liuyao.samples import NOW, WRONG, payload
from tools.liuyao.faults import Fault, Kind
from tools.liuyao.payload import CastRefused, parse_cast


def faults(raw: object) -> list[Fault]:
    with pytest.raises(CastRefused) as refused:
        parse_cast(raw, now=NOW)
    return refused.value.errors


@pytest.mark.parametrize(("changes", "kind", "limit"), WRONG.values(), ids=WRONG)
def test_a_fault_has_its_kind(changes: dict[str, object], kind: Kind, limit: float | None) -> None:
    (fault,) = faults(payload(**changes))

    assert (fault.kind, fault.limit) == (kind, limit)


def test_what_is_no_object_is_of_the_wrong_type() -> None:
    assert [fault.kind for fault in faults([])] == [Kind.WRONG_TYPE]


def test_every_kind_is_that_of_some_fault() -> None:
    assert {kind for _, kind, _ in WRONG.values()} == set(Kind)
