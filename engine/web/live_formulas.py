"""Live formulas: the JavaScript module of an entity's form, served as a file of our own origin (strict CSP, no eval)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.model.formula import Formula
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.formula.javascript import javascript_module
from engine.runtime.work import Work
from engine.web.assets import FOREVER
from engine.web.calls import Call
from engine.web.site import Site


@dataclass(frozen=True, slots=True)
class LiveFormulas:
    """Formulas that a browser computes, by place of the form, and whether some of the form needs the server."""

    formulas: Mapping[str, Formula]
    needs_server: bool


def live_formulas(model: AppModel, context: Context, entity: Entity) -> LiveFormulas:
    """What the form of an entity computes as one types: computed fields of it and of its parts, conditions of its items.

    A formula goes to the browser when everything it reads stands on the form and may be read by this reader on every
    row: the text of a formula over a hidden field would tell that field.
    """
    plain = _plain_names(model, context, entity)
    found = dict(_computed(entity, "", plain))
    local = {name for name, one in found.items() if _on_the_form(one, plain)}
    fills = any(one.default_formula is not None or one.proposed is not None for one in entity.fields.values())
    needs_server = fills or bool(entity.from_figures or entity.duplicates)
    for collection in entity.collections.values():
        child = model.entities[collection.entity]
        if child.part_of != collection.by:
            continue
        here = _plain_names(model, context, child)
        lines = dict(_computed(child, f"{collection.name}.", here))
        found |= lines
        local |= {name for name, one in lines.items() if _on_the_form(one, here)}
        needs_server = needs_server or any(field.default_formula is not None for field in child.fields.values())
    conditions = dict(_conditions(model, entity))
    found |= conditions
    local |= {name for name, one in conditions.items() if _on_the_form(one, plain)}
    kept = {name: found[name] for name in _closed(found, local)}
    return LiveFormulas(kept, needs_server or len(kept) < len(found))


def _plain_names(model: AppModel, context: Context, entity: Entity) -> frozenset[str]:
    """Fields that the reader reads on every row, and, dotted, those of the rows of its parts."""
    decision = decide(model, context, entity.name, Action.READ)
    if not isinstance(decision, Allow):
        return frozenset()
    names = {name for name in entity.fields if decision.field(name).plain}
    shown = _shown_collections(model, entity)
    for collection in entity.collections.values():
        if collection.name not in shown:
            continue
        child = model.entities[collection.entity]
        inner = decide(model, context, child.name, Action.READ)
        if child.part_of == collection.by and isinstance(inner, Allow):
            names |= {collection.name}
            names |= {f"{collection.name}.{name}" for name in child.fields if inner.field(name).plain}
    return frozenset(names)


def _shown_collections(model: AppModel, entity: Entity) -> frozenset[object]:
    """The collections whose rows stand on the form: a formula over others cannot be computed from it."""
    form = model.form_of(entity.name)
    return frozenset(item.properties.get("collection") for item in form.walk()) if form is not None else frozenset()


def _computed(entity: Entity, prefix: str, plain: frozenset[str]) -> Iterator[tuple[str, Formula]]:
    for field in entity.computed_fields:
        if field.formula is not None and field.name in plain:
            yield f"{prefix}{field.name}", field.formula


def _conditions(model: AppModel, entity: Entity) -> Iterator[tuple[str, Formula]]:
    form = model.form_of(entity.name)
    for item in form.walk() if form is not None else ():
        if item.visible_when is not None:
            yield f"{item.id}.visible", item.visible_when
    for field in entity.fields.values():
        if field.required_when is not None:
            yield f"{field.name}.required", field.required_when


def _on_the_form(formula: Formula, plain: frozenset[str]) -> bool:
    return not formula.uses_user and formula.references <= plain


def _closed(found: Mapping[str, Formula], local: set[str]) -> list[str]:
    """Formulas that read no computed field which the browser cannot compute, however deep."""
    kept = set(local)
    while True:
        missing = found.keys() - kept
        spoilt = {name for name in kept if any(f"{_scope(name)}{one}" in missing for one in found[name].references)}
        if not spoilt:
            return [name for name in found if name in kept]
        kept -= spoilt


def _scope(name: str) -> str:
    """The prefix of the names that the formula of `name` reads: a line's own fields, or the form's."""
    collection, _, field = name.partition(".")
    return f"{collection}." if field not in {"", "visible", "required"} else ""


def module_url(formulas: LiveFormulas, entity: Entity) -> str | None:
    """The URL of the module; None when the browser computes nothing."""
    if not formulas.formulas:
        return None
    texts = "\0".join(f"{key}={one.source}" for key, one in sorted(formulas.formulas.items()))
    return f"/formulas/{entity.name}/{hashlib.sha256(texts.encode()).hexdigest()[:12]}.js"


def module(work: Work, call: Call, site: Site) -> Response:
    """GET /formulas/{entity}/{fingerprint}.js"""
    entity = work.model.entities.get(call.parameters["entity"])
    if entity is None:
        raise NotFound
    live = live_formulas(work.model, work.context, entity)
    if module_url(live, entity) != call.path:
        raise NotFound
    text = javascript_module(live.formulas, runtime=site.assets.url("shared/formula.js"))
    return Response(
        text,
        media_type="text/javascript; charset=utf-8",
        headers={"cache-control": FOREVER.replace("public", "private")},
    )
