"""Simulation: a plan is carried out on the organisation, looked at, and undone; it is published only when nothing breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.database.trying import trial
from engine.runtime.organisation.units import UnitTree
from engine.runtime.reorganising.applying import apply_changes
from engine.runtime.reorganising.changes import PlannedChange
from engine.runtime.reorganising.findings import Problem, RightsChange, problems_of, rights_changed, standpoint_of
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a plan would do: problems, whose rights change, and the trees to name units by."""

    problems: tuple[Problem, ...]
    rights: tuple[RightsChange, ...]
    before: UnitTree
    after: UnitTree


def simulate(work: Work, changes: Sequence[PlannedChange]) -> Simulated:
    """Try a plan; nothing of it stays. Raises BadRequest for a line that cannot be done."""
    found: list[Simulated] = []
    with trial(work.savepoint()):
        found.append(_carried_out(work, changes))
    return found[0]


def publish(work: Work, changes: Sequence[PlannedChange]) -> Simulated:
    """Carry a plan out for good. Raises BadRequest, with all of it undone, when it would break anything."""
    done = _carried_out(work, changes)
    if done.problems:
        zh = "；".join(one.words.zh for one in done.problems[:5])
        en = "; ".join(one.words.en for one in done.problems[:5])
        raise BadRequest(
            Message(
                f"还有 {len(done.problems)} 个问题，未发布：{zh}", f"{len(done.problems)} problems, not published: {en}"
            ),
            field="plan",
        )
    return done


def _carried_out(work: Work, changes: Sequence[PlannedChange]) -> Simulated:
    before = standpoint_of(work)
    apply_changes(work, changes)
    after = standpoint_of(work)
    return Simulated(tuple(problems_of(work, before)), tuple(rights_changed(before, after)), before.tree, after.tree)
