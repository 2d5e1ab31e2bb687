"""The kinds of resources over HTTP: the JSON Schema of each, with its words in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from engine.dsl.kinds import FOLDERS
from engine.dsl.schema_store import schema_of
from engine.model import knowledge
from engine.model.errors import NotFound
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site

PACK = "pack"
FURTHER: Mapping[str, Mapping[str, object]] = {
    "knowledge": {
        "x-ends": {kind: sorted(ends) for kind, ends in knowledge.ENDS.items()},
        "x-words": {
            kind: {"zh": words.zh, "en": words.en}
            for kind, words in (*knowledge.NODE_WORDS.items(), *knowledge.EDGE_WORDS.items())
        },
    }
}
"""What the engine knows of a kind beside its schema: which edges may lead where, and what kinds are called."""


def schema(work: Work, call: Call, site: Site) -> Response:
    """GET /designer/api/kinds/{kind}: the schema of a kind. Raises NotFound."""
    kind = call.parameters["kind"]
    if kind != PACK and kind not in FOLDERS:
        raise NotFound
    return json_response({**schema_of(kind), **FURTHER.get(kind, {})})
