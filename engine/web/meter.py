"""Metering: how many requests were answered, how and how fast, and what waits; for a Prometheus server to scrape.

Nothing of a request is counted but its route's pattern, method and status: no address, no account, no value.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from engine.runtime.jobs import waiting
from engine.runtime.work import Work

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meter:
    """The figures of one serving process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "dougong_request_seconds",
            "Seconds from a request's first byte to its answer",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._jobs = Gauge("dougong_jobs", "Jobs that wait, and dead letters", ("state",), registry=self.registry)
        self._statements = Gauge(
            "dougong_statement_cache", "Statements found and made", ("result",), registry=self.registry
        )
        self._model = Gauge("dougong_model", "The served model", ("fingerprint",), registry=self.registry)
        self._series: dict[tuple[str, str, int], Histogram] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        key = (route, method, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._requests.labels(route, method, str(status))
        series.observe(seconds)

    def text(self, work: Work) -> bytes:
        """Everything, in Prometheus' text form."""
        jobs = waiting(work.session)
        self._jobs.labels("waiting").set(sum(not one.dead for one in jobs))
        self._jobs.labels("dead").set(sum(one.dead for one in jobs))
        self._statements.labels("hit").set(work.statements.hits)
        self._statements.labels("miss").set(work.statements.misses)
        self._model.clear()
        self._model.labels(work.model.fingerprint[:12]).set(1)
        return generate_latest(self.registry)
