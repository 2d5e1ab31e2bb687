"""Proposals: the row that the words just typed are probably about, as far as the writer may read and choose it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message
from engine.extensions import Worker
from engine.model.entities import Entity, Field
from engine.runtime.access.rights import writable_fields
from engine.runtime.identifiers import encode_id
from engine.runtime.query.picker import pick
from engine.runtime.themes.matching import proposals
from engine.runtime.themes.tables import about_of, learnt
from engine.runtime.work import Work
from engine.runtime.workers import WorkerFailed

SECONDS, MEGABYTES = 3.0, 1_500


def proposed_rows(work: Work, entity: Entity, typed: Mapping[str, object], worker: Worker) -> dict[str, dict[str, str]]:
    """By relation: the row to propose with its title; nothing where a row is chosen, or nothing is near."""
    writable = writable_fields(work.model, work.context, entity.name)
    found: dict[str, dict[str, str]] = {}
    for field in entity.fields.values():
        if field.proposed is not None and field.name in writable and typed.get(field.name) in (None, ""):
            words = typed.get(field.proposed.source)
            one = _proposed(work, entity, field, words.strip() if isinstance(words, str) else "", worker)
            if one is not None:
                found[field.name] = one
    return found


def _proposed(work: Work, entity: Entity, field: Field, words: str, worker: Worker) -> dict[str, str] | None:
    kept = learnt(work.session, about_of(entity.name, field.name)) if words else None
    if kept is None:
        return None
    try:
        answer = worker.call(proposals, kept, (words,), seconds=SECONDS, megabytes=MEGABYTES)
    except WorkerFailed:
        return None
    theme = answer[0] if isinstance(answer, list) else None
    if theme is None:
        return None
    picked = pick(work, entity.name, field.name, "", 1, only=encode_id(theme))
    if not picked:
        return None
    told = Message(f"可能是：{picked[0].label}", f"Probably: {picked[0].label}").text(work.context.language)
    return {"value": encode_id(picked[0].id), "label": picked[0].label, "words": told}
