"""Keys of dimensions as addresses write them."""

from __future__ import annotations

from engine.model.errors import BadRequest, ValidationFailed
from engine.model.metrics import Metric
from engine.runtime.metrics.sources import dimension_of
from engine.runtime.query.names import Reader, resolve
from engine.runtime.storage.json import parse_json
from engine.runtime.work import Work
from engine.widgets.drill_links import NOTHING


def key_of(work: Work, base: Metric, name: str, text: str) -> object:
    """The key by which a base metric is grouped, None for the group without one. Raises BadRequest."""
    reader = Reader(work.model, work.context)
    found = resolve(reader, base.entity or "", dimension_of(reader, base, name).path)
    try:
        return None if text == NOTHING else parse_json(text, found.field, work.context.zone)
    except ValidationFailed as error:
        raise BadRequest(error.problems[0].message) from error
