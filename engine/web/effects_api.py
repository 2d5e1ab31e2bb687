"""Effects over the interface: what one more step of a treatment does, with every check, and which version answers."""

from __future__ import annotations

from starlette.responses import Response

from engine.model.errors import NotFound
from engine.runtime.modeling.model_bodies import act_body, effect_body
from engine.runtime.modeling.model_tables import EFFECT_KEY, acts_of, versions_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site


def read_effect(work: Work, call: Call, site: Site) -> Response:
    """GET /api/effects/{name}: its versions with their cards, the newest first, and its history."""
    key, language = EFFECT_KEY + call.parameters["name"], work.context.language
    versions = versions_of(work.session, key)
    if not versions:
        raise NotFound
    data = {
        "name": call.parameters["name"],
        "versions": [effect_body(one, language) for one in versions],
        "history": [act_body(one) for one in acts_of(work.session, key)],
    }
    return json_response({"data": data})
