"""How a source that is live stands: its last run, as of when its rows are, what was refused, what has changed in its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.runtime.sources.refusals import refusal_count
from engine.runtime.sources.shapes import drift_words
from engine.runtime.sources.standing import standing_of
from engine.runtime.sources.tables import runs_of
from engine.runtime.work import Work

PAGE = "/admin/sources"


def standing_body(work: Work, name: str) -> Mapping[str, object]:
    """How a source stands; of one that is not live that it is not."""
    source = work.model.sources.get(name)
    if source is None:
        return {"live": False}
    language = work.context.language
    standing = standing_of(work.session, name)
    runs = runs_of(work.session, name, 1)
    fields = work.model.entities[source.entity].fields
    named = {one: field.label.text(language) for one, field in fields.items()}
    drift = [replace(one, field=named.get(one.field, one.field)) for one in standing.drift]
    return {
        "live": True,
        "as_of": standing.read_at.isoformat() if standing.read_at else None,
        "again_at": standing.retry_at.isoformat() if standing.retry_at else None,
        "run": {
            "started": runs[0].started.isoformat(),
            "ended": runs[0].ended.isoformat() if runs[0].ended else None,
            "error": runs[0].error,
            **runs[0].counts.as_row(),
        }
        if runs
        else None,
        "drift": [drift_words(one).text(language) for one in drift],
        "refused": refusal_count(work.session, name),
        "page": PAGE,
        "refused_page": f"{PAGE}/{name}/refused",
        "administers": work.context.principal.administrator,
    }
