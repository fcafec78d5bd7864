"""What the server counts about itself, for Prometheus."""

from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600)


class Metrics:
    """One registry for each server, so that two in a process do not share their numbers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "eryao_requests", "Requests", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "eryao_request_seconds",
            "Time to a complete answer; streams count until they end",
            ("route", "method"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._runs = Counter(
            "eryao_runs_ended", "Runs by how they ended", ("ending",), registry=registry
        )
        self._refused = Counter(
            "eryao_admissions_refused", "Runs not admitted, by code", ("code",), registry=registry
        )
        self.active_runs = Gauge(
            "eryao_active_runs", "Runs that this process drives now", registry=registry
        )
        self.open_streams = Gauge(
            "eryao_open_streams", "Event streams open on this process now", registry=registry
        )
        self.events = Counter(
            "eryao_events_logged", "Events in the logs of runs that ended", registry=registry
        )
        self.refunds = Counter("eryao_refunds", "Charges given back", registry=registry)
        self._sign_ins, self.codes_alarm = _of_signing_in(registry)
        # Looking a label set up costs four times what counting does.
        self._requests_of = cache(self._requests.labels)
        self._seconds_of = cache(self._seconds.labels)

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request; the shape that the web kit's middleware calls."""
        self._requests_of(route, method, status).inc()
        self._seconds_of(route, method).observe(seconds)

    def ended(self, ending: str, *, events: int, given_back: bool) -> None:
        """A run came to this end, with so many events."""
        self._runs.labels(ending).inc()
        self.events.inc(events)
        if given_back:
            self.refunds.inc()

    def refused(self, code: str) -> None:
        """A run was not admitted."""
        self._refused.labels(code).inc()

    def signing_in(self, event: str) -> None:
        """A code was asked for, or was wrong, or led in."""
        self._sign_ins.labels(event).inc()

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


def _of_signing_in(registry: CollectorRegistry) -> tuple[Counter, Gauge]:
    codes = "One-time codes, by what became of them"
    alarm = "1 while new codes are longer, as many were wrong"
    return (
        Counter("eryao_sign_ins", codes, ("event",), registry=registry),
        Gauge("eryao_codes_alarm", alarm, registry=registry),
    )
