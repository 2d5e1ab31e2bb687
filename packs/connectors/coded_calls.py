"""Calls with a token to systems that tell in the body of an answer how it went: over, too many calls, refused, or done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.extensions import PatientCalls, SourceFault

Answer = Mapping[str, object]
Verdict = Literal["done", "over", "limited", "refused"]


@dataclass(slots=True)
class CodedCalls:
    """A token is asked for (`fresh`) when there is none, and once more when it is over; limits are waited out.

    `judge` says what an answer means, `refusal` what ends the run.
    """

    calls: PatientCalls
    fresh: Callable[[], str]
    judge: Callable[[Answer], Verdict]
    refusal: Callable[[Answer], SourceFault]
    token: str = field(default="", init=False)

    def ask(self, send: Callable[[str], Answer]) -> Answer:
        """The answer to what is sent with a token. Raises SourceFault."""
        renewed = False
        for attempt in self.calls.attempts():
            self.token = self.token or self.fresh()
            answer = send(self.token)
            verdict = self.judge(answer)
            if verdict == "done":
                return answer
            if verdict == "limited":
                self.calls.wait(None, attempt)
            elif verdict == "over" and not renewed:
                self.token, renewed = "", True
            else:
                raise self.refusal(answer)
        raise AssertionError("tries end in a fault")
