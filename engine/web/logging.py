"""Logging: one JSON line an event; an error as its type and places in the code, never a value."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import structlog


class Output:
    """Standard error. It may be a file on a full disk: a line that cannot be written is dropped, an answer never is."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


OUTPUT = Output()


class Foreign(logging.Handler):
    """What libraries log becomes a line like ours: their words without the values that they fill in, errors like our own."""

    def emit(self, record: logging.LogRecord) -> None:
        level = logging.getLevelName(record.levelno).lower()
        told = {"exc_info": record.exc_info[1]} if record.exc_info else {}
        words = str(record.msg).strip()
        structlog.get_logger(record.name).log(record.levelno, words, library=record.name, severity=level, **told)


def configure_logging() -> None:
    """Set up the lines; called once by whoever serves."""
    logging.basicConfig(handlers=[Foreign()], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, OUTPUT)),
        cache_logger_on_first_use=True,
    )


def _without_values(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its type and the lines of code that it passed; its text may hold values of records."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["at"] = [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames[-12:]]
    return event


def log_request(request_id: str, method: str, route: str, status: int, seconds: float) -> None:
    """The line of one answered request: `route` is the address's pattern, never the address.

    Written directly: every part is of our own making but the method, which the URL table has matched.
    """
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    OUTPUT.write(
        f'{{"id": "{request_id}", "method": "{method}", "route": "{route}", "status": {status}, '
        f'"ms": {seconds * 1000:.2f}, "event": "request", "level": "info", "timestamp": "{at}"}}\n'
    )
