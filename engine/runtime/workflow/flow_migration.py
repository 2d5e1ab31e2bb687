"""Moving running instances to the text of their flow that is served now: a verdict for each, then those that fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.model.flows import START, Flow
from engine.runtime.rows import delete, select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import remark
from engine.runtime.workflow.flow_instances import Instance, Note, flow_of, instance, keep_text, save_instance
from engine.runtime.workflow.flow_shape import shape_of, step_of, waits_for_record
from engine.runtime.workflow.flow_tables import INSTANCE, WAITING

MOST = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an instance can go on with the new text; `missing` are the steps at which it stands that the text lacks."""

    row: Instance
    missing: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return not self.missing


def verdicts(work: Work, flow: Flow) -> tuple[Verdict, ...]:
    """A verdict for each running instance that began with an older text. Nothing is changed."""
    where = {"flow": flow.name, "ended_at is null": None, "fingerprint <>": flow.fingerprint}
    found = (
        instance(work.session, int(str(one[0])))
        for one in select(work.session, INSTANCE, ("id",), where, ("id",), MOST)
    )
    return tuple(Verdict(row, _missing(work, flow, row)) for row in found if row is not None)


def move_instances(work: Work, flow: Flow) -> int:
    """Let every running instance that fits go on with the new text; how many did."""
    keep_text(work, flow)
    moved = 0
    for one in verdicts(work, flow):
        row = instance(work.session, one.row.id, lock=True)
        if row is None or row.ended_at is not None or _missing(work, flow, row):
            continue
        changed = replace(row, fingerprint=flow.fingerprint)
        save_instance(work.session, changed)
        _drop_waits(work, flow, changed)
        remark(work, changed, "migrated", Note(actor=work.context.principal.user_id or None))
        moved += 1
    return moved


def _drop_waits(work: Work, flow: Flow, row: Instance) -> None:
    """Forget what an instance waits for at steps that no longer wait for a record in the new text."""
    for token in row.state.tokens:
        step = step_of(flow, token.step)
        if step is None or not waits_for_record(step):
            delete(work.session, WAITING, {"instance": row.id, "token": token.id})


def _missing(work: Work, flow: Flow, row: Instance) -> tuple[str, ...]:
    """The steps that an instance stands at or goes back to and that the text lacks, has elsewhere, or of another kind."""
    shape, began = shape_of(flow), flow_of(work, row)
    tokens = {token.id: token for token in row.state.tokens}
    found: dict[str, None] = {}
    for token in tokens.values():
        if token.step == START:
            continue
        standing = shape.get(token.step)
        above = tokens[token.parent].step if token.parent in tokens else ""
        before = step_of(began, token.step) if began is not None else None
        if (
            standing is None
            or (standing.above, standing.part) != (above, token.part)
            or before is None
            or type(standing.step.action) is not type(before.action)
        ):
            found[token.step] = None
        if token.resume and token.resume not in shape:
            found[token.resume] = None
    return tuple(found)
