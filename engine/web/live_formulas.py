"""Live formulas: the JavaScript module of an entity's form, served as a file of our own origin (strict CSP, no eval)."""

from __future__ import annotations

import hashlib

from starlette.responses import Response

from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.model.formula import Formula
from engine.runtime.formula.javascript import javascript_module
from engine.runtime.work import Work
from engine.web.assets import FOREVER
from engine.web.calls import Call
from engine.web.site import Site


def form_formulas(model: AppModel, entity: Entity) -> dict[str, Formula]:
    """What a form computes as people type: computed fields of the entity and of its parts, conditions of its items."""
    found = {name: field.formula for name, field in entity.fields.items() if field.formula is not None}
    for collection in entity.collections.values():
        child = model.entities[collection.entity]
        if child.part_of == collection.by:
            found |= {
                f"{collection.name}.{name}": f.formula for name, f in child.fields.items() if f.formula is not None
            }
    form = model.form_of(entity.name)
    if form is not None:
        found |= {f"{item.id}.visible": item.visible_when for item in form.walk() if item.visible_when is not None}
    found |= {f"{name}.required": f.required_when for name, f in entity.fields.items() if f.required_when is not None}
    return found


def module_url(model: AppModel, entity: Entity) -> str | None:
    """The URL of an entity's module; None when it computes nothing."""
    formulas = form_formulas(model, entity)
    if not formulas:
        return None
    digest = hashlib.sha256(
        "\0".join(f"{key}={one.source}" for key, one in sorted(formulas.items())).encode()
    ).hexdigest()
    return f"/formulas/{entity.name}/{digest[:12]}.js"


def module(work: Work, call: Call, site: Site) -> Response:
    """GET /formulas/{entity}/{fingerprint}.js"""
    entity = work.model.entities.get(call.parameters["entity"])
    if entity is None or module_url(work.model, entity) != call.path:
        raise NotFound
    text = javascript_module(form_formulas(work.model, entity), runtime=site.assets.url("shared/formula.js"))
    return Response(
        text,
        media_type="text/javascript; charset=utf-8",
        headers={"cache-control": FOREVER.replace("public", "private")},
    )
