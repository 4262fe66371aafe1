"""What an API process measures of its requests, for Prometheus."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

# Where several processes on one port write what they measure; prometheus_client reads it too.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter(
    "crm_http_requests_total",
    "Requests by route and status",
    ["service", "method", "route", "status"],
)
SECONDS = Histogram(
    "crm_http_request_seconds",
    "Time to answer",
    ["service", "method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)
LOOPS_DIED = Counter("crm_loops_died_total", "Background loops that ended with a fault", ["loop"])
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
UNMATCHED = "unmatched"


def exposition() -> bytes:
    """Return what was measured, by every process that shares this one's port."""
    if SHARED_FOLDER not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class RequestMeter:
    """Counts the requests of one service; keeps its counters at hand, for a lookup costs more."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request under its route's template."""
        key = (method, route, status)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._make(*key)
        kept[0].inc()
        kept[1].observe(seconds)

    def _make(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        named = method if method in METHODS else "OTHER"
        place = route or UNMATCHED
        return (
            REQUESTS.labels(self._service, named, place, str(status)),
            SECONDS.labels(self._service, named, place),
        )
