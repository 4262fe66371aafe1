"""Logs: one JSON object a line, known keys only, never a value that somebody typed."""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# What may stand in a line. A key that is not here is left out: personal data has no name here.
ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "service", "trace_id", "span_id", "method",
        "route", "status", "duration_ms", "actor_id", "error", "sqlstate", "frames", "job",
        "durable", "stream", "stream_seq", "event_id", "event_type", "subject", "aggregate_id",
        "revision", "attempts", "count", "rows", "lag_s", "seconds", "port", "pid", "process",
        "loop", "delay_s", "rule_id", "rule_version", "outcome", "state", "version", "reason_code",
    }
)  # fmt: skip
MAX_FRAMES = 12


def configure_logging(service: str, level: str = "info") -> None:
    """Send every log of this process, our own and others', to standard error as JSON."""
    chain: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_message_of_errors,
        _allow_listed(service),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *chain,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True
    # it tells whole addresses at info, with whatever stands in their queries
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_told_already)


def get_logger(name: str) -> Any:
    """Return a logger: `log.info("relay started", stream=…)`."""
    return structlog.stdlib.get_logger(name)


def told_without_values(error: BaseException) -> dict[str, Any]:
    """Describe an error for the log by its class, state and frames; its text may quote input."""
    names: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(names) < MAX_FRAMES:
        names.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    told: dict[str, Any] = {
        "error": " < ".join([type(error).__name__, *names]),
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return {**told, "sqlstate": state} if state else told


def _told_already(record: logging.LogRecord) -> bool:
    # our middleware has logged the failure, with its trace
    return "Exception in ASGI application" not in record.getMessage()


def _without_message_of_errors(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event.update(told_without_values(raised))
    return event


def _allow_listed(service: str) -> Any:
    def keep(
        _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        kept = {key: value for key, value in event.items() if key in ALLOWED or key.startswith("_")}
        kept["service"] = service
        return kept

    return keep
