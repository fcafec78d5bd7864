"""What the server counts."""

from runtime.ops.metrics import Metrics


def test_requests_are_counted_by_route_method_and_status() -> None:
    metrics = Metrics()
    for _ in range(2):
        metrics.observe("/a/{id}", "GET", 200, 0.01)

    text = metrics.exposition().decode()

    assert 'eryao_requests_total{method="GET",route="/a/{id}",status="200"} 2.0' in text
    assert 'eryao_request_seconds_count{method="GET",route="/a/{id}"} 2.0' in text


def test_runs_and_refusals_are_counted_by_kind() -> None:
    metrics = Metrics()
    metrics.ended("succeeded", events=7, given_back=False)
    metrics.ended("failed", events=2, given_back=True)
    metrics.refused("AGENT_SESSION_BUSY")
    metrics.active_runs.inc()

    text = metrics.exposition().decode()

    assert 'eryao_runs_ended_total{ending="succeeded"} 1.0' in text
    assert 'eryao_admissions_refused_total{code="AGENT_SESSION_BUSY"} 1.0' in text
    assert "eryao_active_runs 1.0" in text
    assert "eryao_events_logged_total 9.0" in text
    assert "eryao_refunds_total 1.0" in text


def test_two_servers_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.refunds.inc()

    assert "eryao_refunds_total 0.0" in other.exposition().decode()
