"""What is wrong with a cast, as the server tells it."""

from runtime.errors import Flaw
from tools.liuyao.faults import Kind


def test_every_kind_of_fault_in_a_cast_is_one_that_clients_are_told() -> None:
    assert {kind.value for kind in Kind} <= {flaw.value for flaw in Flaw}
