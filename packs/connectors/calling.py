"""Calls to the other side: through the egress gate alone, patient with limits, clear about faults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.diagnostics import DougongError, Message
from engine.extensions import EgressRequest, EgressResponse, SourceReach
from engine.model.context import Context
from engine.model.sources import Destination

MOST_TRIES = 5
LONGEST_WAIT, MOST_WAITING = 60, 300
"""Seconds: one wait, and all waits of a run together."""
TRIED_AGAIN = frozenset({429, 502, 503, 504})


class ConnectorFault(DougongError):
    """The other side cannot be read; `reason` is the stable word that the run records."""

    code = "source_fault"
    status = 422

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(Message(zh, en), reason=reason)
        self.reason = reason


class TryAgain(Exception):
    """An answer that says to come back: after so many seconds, or when the caller sees fit."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class Calls:
    """The calls of one run: its destination, and how long it has waited."""

    context: Context
    reach: SourceReach
    waits: list[float] = field(default_factory=list)

    @property
    def destination(self) -> Destination:
        """Where the run goes. Raises ConnectorFault when none is declared."""
        if self.reach.destination is None:
            raise ConnectorFault("no_destination", "没有声明远端去向", "No destination is declared")
        return self.reach.destination

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> EgressResponse:
        """One GET; limits and passing faults are waited out a bounded number of times."""
        return self._send(EgressRequest(self.destination.name, "GET", path, self.context.purpose, headers=headers))

    def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> EgressResponse:
        """One POST of JSON that reads; it is repeated as a GET would be."""
        sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        told = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        return self._send(
            EgressRequest(self.destination.name, "POST", path, self.context.purpose, headers=told, body=sent)
        )

    def _send(self, request: EgressRequest) -> EgressResponse:
        for attempt in range(1, MOST_TRIES + 1):
            response = self.reach.egress.send(self.context, request)
            if response.status not in TRIED_AGAIN or attempt == MOST_TRIES:
                break
            self.wait(_asked(response, self.reach.clock.now()), attempt)
        return _passed(response)

    def wait(self, seconds: float | None, attempt: int) -> None:
        """Wait as long as asked, or twice as long each time. Raises ConnectorFault when that is too long, this time or together."""
        wanted = float(2 ** (attempt - 1)) if seconds is None else seconds
        if wanted > LONGEST_WAIT or sum(self.waits) + wanted > MOST_WAITING:
            raise ConnectorFault(
                "rate_limited",
                f"对方要求再等待 {int(wanted)} 秒，请稍后再运行",
                f"The other side asks to wait {int(wanted)} s more; run it later",
            )
        self.waits.append(wanted)
        self.reach.wait(wanted)

    def attempts(self) -> Iterator[int]:
        """Numbers of tries, for a vendor who tells limits in the body of an answer; ends in a fault."""
        yield from range(1, MOST_TRIES + 1)
        raise ConnectorFault(
            "rate_limited", "对方限流，多次等待后仍未放行", "The other side limits us, after several waits still"
        )


def json_of(response: EgressResponse) -> object:
    """The body of an answer; decimals stay texts, so that no digit is lost. Raises ConnectorFault."""
    try:
        parsed: object = json.loads(response.body.decode("utf-8-sig"), parse_float=str, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise ConnectorFault("bad_json", "回应不是有效的 JSON", "The answer is not valid JSON") from None
    return parsed


def map_of(value: object) -> Mapping[str, object]:
    """A value that must be a map. Raises ConnectorFault."""
    if not isinstance(value, dict):
        raise ConnectorFault("bad_answer", "回应的结构与文档不符", "The answer is not built as documented")
    return value


def list_of(value: object) -> list[object]:
    """A value that must be a list; none for null. Raises ConnectorFault."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ConnectorFault("bad_answer", "回应的结构与文档不符", "The answer is not built as documented")
    return value


def _passed(response: EgressResponse) -> EgressResponse:
    if response.status == 429:
        raise ConnectorFault(
            "rate_limited", "对方限流，多次等待后仍未放行", "The other side limits us, after several waits still"
        )
    if response.status in {401, 403}:
        raise ConnectorFault(
            "not_authorised", f"对方拒绝访问({response.status})", f"Access is denied ({response.status})"
        )
    if response.status != 200:
        raise ConnectorFault("bad_status", f"对方回应 {response.status}", f"The other side answers {response.status}")
    return response


def _asked(response: EgressResponse, now: datetime) -> float | None:
    """Seconds that Retry-After says (a number or a date)."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    if not text:
        return None
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _refused(name: str) -> object:
    raise ValueError(name)
