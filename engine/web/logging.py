"""Logging: one JSON line an event; an error as its type and places in the code, never a value."""

from __future__ import annotations

import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog


def configure_logging() -> None:
    """Set up the lines; called once by whoever serves."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _without_values(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its type and the lines of code that it passed; its text may hold values of records."""
    if event.pop("exc_info", None):
        kind, _, trace = sys.exc_info()
        frames = traceback.extract_tb(trace)
        event["error"] = kind.__name__ if kind else ""
        event["at"] = [
            f"{frame.filename.rsplit('/', 3)[-2]}/{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
            for frame in frames[-12:]
        ]
    return event
