"""The registry of codes, and the exception that carries them."""

from pathlib import Path

import pytest

from runtime.errors import Code, FieldError, Problem

FROZEN = Path(__file__).parents[1] / "contract" / "error_codes.txt"


def test_the_registry_holds_exactly_the_frozen_codes_with_their_statuses() -> None:
    """Clients map by code for ever: none may vanish or change its status unnoticed."""
    frozen = FROZEN.read_text(encoding="utf-8").split()

    assert sorted(f"{code.name},{code.status}" for code in Code) == sorted(frozen)


def test_every_code_explains_itself_in_whole_sentences() -> None:
    for code in Code:
        assert code.when.endswith("."), code
        assert code.advice.endswith("."), code
        assert not code.title.endswith("."), code


def test_every_429_says_how_long_to_wait() -> None:
    assert all("retryAfter" in code.members for code in Code if code.status == 429)


def test_a_refused_request_is_retryable_only_where_time_may_mend_it() -> None:
    assert Code.AGENT_SSE_CONNECTION_LIMIT.retryable
    assert Code.AGENT_SESSION_BUSY.retryable
    assert Code.STORAGE_UNAVAILABLE.retryable
    assert not Code.AGENT_FORBIDDEN.retryable
    assert not Code.MISSING_RUNTIME_ARGS.retryable


def test_a_problem_carries_exactly_its_codes_members() -> None:
    with pytest.raises(TypeError, match="limit"):
        Problem(Code.AGENT_SESSION_RUN_LIMIT_EXCEEDED, used=2)
    with pytest.raises(TypeError, match="price"):
        Problem(Code.AGENT_FORBIDDEN, price=2)

    problem = Problem(Code.POINTS_INSUFFICIENT_BALANCE, balance=1, price=5)
    assert problem.members == {"balance": 1, "price": 5}


def test_a_problem_without_a_detail_says_its_title() -> None:
    assert Problem(Code.AGENT_FORBIDDEN).detail == Code.AGENT_FORBIDDEN.title
    assert str(Problem(Code.AGENT_FORBIDDEN, "no")) == "no"


@pytest.mark.parametrize(("seconds", "header"), [(0, "1"), (0.2, "1"), (7, "7"), (7.1, "8")])
def test_retry_after_is_a_header_too_in_whole_seconds(seconds: float, header: str) -> None:
    problem = Problem(Code.AGENT_SSE_CONNECTION_LIMIT, retryAfter=seconds)

    assert problem.headers == {"Retry-After": header}


def test_field_errors_travel_with_the_problem() -> None:
    error = FieldError("/a", "wrong")

    assert Problem(Code.REQUEST_VALIDATION_ERROR, errors=[error]).errors == (error,)
