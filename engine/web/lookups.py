"""Lookups: a row made over a form, to be chosen there."""

from __future__ import annotations

from starlette.responses import Response

from engine.model.entities import Entity
from engine.model.requests import Outcome
from engine.runtime.identifiers import encode_id
from engine.runtime.query.picker import pick_record
from engine.runtime.work import Work
from engine.web.responses import json_response


def to_choose(work: Work, entity: Entity, outcome: Outcome) -> Response:
    """The row that was just made, as pickers are told rows; without a label for a writer who may not read it."""
    found = pick_record(work, entity.name, "", 1, only=outcome.id)
    label = found[0].label if found else ""
    return json_response({"id": encode_id(outcome.id), "label": label, "warnings": outcome.warnings}, 201)
