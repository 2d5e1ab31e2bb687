"""Patience: the calls of one run through the egress gate; limits and passing faults are waited out a bounded number of times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.extensions import Clock, EgressClient, EgressRequest, EgressResponse, SourceFault
from engine.model.context import Context
from engine.model.sources import Destination

MOST_TRIES = 5
LONGEST_WAIT, MOST_WAITING = 60, 300
"""Seconds: one wait, and all waits of a run together."""
TRIED_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one run; satisfies engine.extensions.PatientCalls."""

    egress: EgressClient
    context: Context
    destination: Destination | None
    clock: Clock
    pause: Callable[[float], None]
    waits: list[float] = field(default_factory=list)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> EgressResponse:
        """One exchange that succeeded. Raises SourceFault for any other answer, and what the gate raises."""
        if self.destination is None:
            raise SourceFault("no_destination", "没有声明远端去向", "No destination is declared")
        request = EgressRequest(self.destination.name, method, path, self.context.purpose, headers=headers, body=body)
        for attempt in range(1, MOST_TRIES + 1):
            response = self.egress.send(self.context, request)
            if response.status not in TRIED_AGAIN or attempt == MOST_TRIES:
                break
            self.wait(_asked(response, self.clock.now()), attempt)
        return _succeeded(response)

    def wait(self, seconds: float | None, attempt: int) -> None:
        """Wait as long as asked, or twice as long each time. Raises SourceFault when that is too long, this time or together."""
        wanted = float(2 ** (attempt - 1)) if seconds is None else seconds
        if wanted > LONGEST_WAIT or sum(self.waits) + wanted > MOST_WAITING:
            raise SourceFault(
                "rate_limited",
                f"对方要求再等待 {int(wanted)} 秒，请稍后再运行",
                f"The other side asks to wait {int(wanted)} s more; run it later",
            )
        self.waits.append(wanted)
        self.pause(wanted)

    def attempts(self) -> Iterator[int]:
        """Numbers of tries, for a vendor who tells limits in the body of an answer; ends in a fault."""
        yield from range(1, MOST_TRIES + 1)
        raise _limited()


def _succeeded(response: EgressResponse) -> EgressResponse:
    if response.status == 429:
        raise _limited()
    if response.status in {401, 403}:
        raise SourceFault("not_authorised", f"对方拒绝访问({response.status})", f"Access is denied ({response.status})")
    if response.status != 200:
        raise SourceFault("bad_status", f"对方回应 {response.status}", f"The other side answers {response.status}")
    return response


def _limited() -> SourceFault:
    return SourceFault(
        "rate_limited", "对方限流，多次等待后仍未放行", "The other side limits us, after several waits still"
    )


def _asked(response: EgressResponse, now: datetime) -> float | None:
    """Seconds that Retry-After asks for: a number, or a date."""
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
