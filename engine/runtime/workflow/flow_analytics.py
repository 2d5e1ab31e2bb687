"""What the logs of a flow say: how long its steps take, how often they are sent back, where it waits longest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from engine.model.flows import Approval, Flow, Task
from engine.runtime.rows import select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_events import Decided, Entered, Returned
from engine.runtime.workflow.flow_instances import LogEntry, log_of
from engine.runtime.workflow.flow_tables import INSTANCE

SAMPLE = 500
"""The newest instances that are looked at."""
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class StepFigures:
    """A step over many runs: seconds from entering to the last answer, how often it was rejected or sent back."""

    step: str
    runs: int
    median_seconds: float
    longest_seconds: float
    rejected: int
    returned: int
    bottleneck: bool = False


@dataclass(slots=True)
class _Tally:
    """What was seen of a step."""

    seconds: list[float] = field(default_factory=list)
    rejected: int = 0
    returned: int = 0


def step_figures(work: Work, flow: Flow) -> tuple[StepFigures, ...]:
    """The figures of every step that people answer, in the order of the text."""
    rows = select(work.session, INSTANCE, ("id",), {"flow": flow.name}, ("-started_at",), SAMPLE)
    tallies = {step.id: _Tally() for step in flow.every_step() if isinstance(step.action, Approval | Task)}
    for row in rows:
        _count(tallies, log_of(work.session, int(str(row[0]))))
    found = [
        StepFigures(name, len(one.seconds), median(one.seconds), max(one.seconds), one.rejected, one.returned)
        for name, one in tallies.items()
        if one.seconds
    ]
    slowest = max((one.median_seconds for one in found), default=0.0)
    return tuple(
        StepFigures(
            one.step,
            one.runs,
            one.median_seconds,
            one.longest_seconds,
            one.rejected,
            one.returned,
            len(found) > 1 and one.median_seconds == slowest,
        )
        for one in found
    )


def _count(tallies: dict[str, _Tally], log: Iterable[LogEntry]) -> None:
    """Add one instance: a step runs from where it was entered to its last answer before the next entry."""
    entered: dict[str, int] = {}
    answered: dict[str, int] = {}
    for entry in log:
        tally = tallies.get(entry.step)
        if tally is None:
            continue
        match entry.event:
            case Entered(holds=True):
                _close(tally, entered.pop(entry.step, None), answered.pop(entry.step, None))
                entered[entry.step] = entry.at
            case Decided(approved=approved):
                answered[entry.step] = entry.at
                tally.rejected += not approved
            case Returned():
                answered[entry.step] = entry.at
                tally.returned += 1
            case _:
                pass
    for step, at in entered.items():
        _close(tallies[step], at, answered.get(step))


def _close(tally: _Tally, entered: int | None, answered: int | None) -> None:
    if entered is not None and answered is not None:
        tally.seconds.append((answered - entered) / MICROS)
