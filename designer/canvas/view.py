"""Views of a canvas: who looks, at which record, through which role."""

from __future__ import annotations

from dataclasses import dataclass, replace

from designer.canvas.samples import whole_record
from engine.diagnostics import DougongError
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import Entity
from engine.model.pages import Form, Page
from engine.model.replacing import replaced
from engine.model.requests import QueryRequest, Record
from engine.runtime.database.errors import SchemaChanged
from engine.runtime.identifiers import BadIdentifier, decode_id
from engine.runtime.query.lists import list_records
from engine.runtime.query.records import get_record
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.scenes import scene_for
from engine.widgets.contract import Scene


@dataclass(frozen=True, slots=True)
class Looking:
    """What is shown: the drafted work for rights and names, the live one for rows."""

    drafted: Work
    live: Work
    through: str = ""
    """The role that it is shown as; empty for all that open the page."""


def looking(work: Work, model: AppModel, role: str, roles: frozenset[str]) -> Looking:
    """The page as one role sees it, or as all of those do that may open it. Rows are read through other roles by who administers alone."""
    chosen = frozenset({role}) if role in model.roles else roles or frozenset(model.roles)
    principal = work.context.principal
    shown = _as(work.context, chosen)
    asked = shown if principal.administrator else work.context
    return Looking(replaced(work, model=model, context=shown), work.under(asked), role if role in model.roles else "")


def _as(context: Context, roles: frozenset[str]) -> Context:
    principal = replace(context.principal, roles=roles, administrator=False, designer=False)
    return replace(context, principal=principal)


def scene_of(look: Looking, call: Call, about: Page | Form, entity: Entity | None) -> Scene:
    """The scene of a page or form of the draft; the address says nothing but which of a list's views is shown."""
    view = call.first.get("view", "")
    bare = replace(call, query=(("view", view),) if view else ())
    page, form = (about, None) if isinstance(about, Page) else (None, about)
    return replace(scene_for(look.drafted, bare, page=page, entity=entity, form=form), design=True)


def record_of(look: Looking, scene: Scene, wished: str) -> tuple[Record | None, bool]:
    """The record that is shown, and whether it is a sample: the wished one, else the first that there is."""
    entity = scene.entity
    if entity is None:
        return None, False
    try:
        if entity.name not in look.live.model.entities:
            return whole_record(entity, scene), True
        identity = decode_id(wished) if wished else _first(look, entity)
        if identity is not None:
            return get_record(look.live, entity.name, identity), False
    except SchemaChanged:
        raise
    except (DougongError, BadIdentifier, LookupError):
        return whole_record(entity, scene), True
    return whole_record(entity, scene), True


def _first(look: Looking, entity: Entity) -> int | None:
    found = list_records(look.live, QueryRequest(entity.name, (("id",),), limit=1)).records
    return found[0].id if found else None
