"""Where a card of a board may go: the moves of its record, each with the reason why it cannot be taken, and taking one that
is no transition but another choice of a field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action, FieldRight
from engine.model.entities import Entity, Field, FieldKind
from engine.model.errors import Forbidden, NotFound
from engine.model.requests import Record
from engine.runtime.identifiers import decode_id
from engine.runtime.query.rights import field_rights, permitted
from engine.runtime.records.writing import update
from engine.runtime.work import Work
from engine.runtime.workflow.offers import offers_for
from engine.web.calls import Call, whole_number
from engine.web.known_entities import known_entity
from engine.web.pages import record_of_call
from engine.web.responses import own_path, record_url, see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.told_warnings import with_warnings
from engine.widgets.cells import title_of
from engine.widgets.contract import Scene
from engine.widgets.default_items import enterable


@dataclass(frozen=True, slots=True)
class Move:
    """A column that a card may go to, by which act; `reason` says why it may not. `needs` are fields that it asks for."""

    target: str
    label: str
    tone: str
    act: str
    action: str
    reason: str = ""
    needs: tuple[str, ...] = ()


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /r/{entity}/{record}/moves?by=…&next=…: where the record may go. Raises NotFound for a field of no columns."""
    return _page(work, call, site, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The moves again, with why the one that was tried was refused."""
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def move(work: Work, call: Call, site: Site) -> Response:
    """POST /r/{entity}/{record}/moves?by=…: give the field another choice. A state is changed by its transitions alone."""
    entity, record = known_entity(work, call.parameters["entity"]), decode_id(call.parameters["record"])
    field, form = _field(work, call, entity), call.form_first()
    if field.kind is FieldKind.STATE:
        raise Forbidden(Message("状态要按流程一步步走", "A state is changed by its transitions"))
    outcome = update(
        work,
        entity.name,
        record,
        {field.name: form.get("to") or None},
        whole_number(form.get("@version", "")),
        form.get("@key") or None,
    )
    back = own_path(call.first.get("next", ""), record_url(entity.name, record))
    return see_other(with_warnings(work, back, outcome.warnings))


def _field(work: Work, call: Call, entity: Entity) -> Field:
    """The field whose choices are the columns."""
    scene = scene_for(work, call)
    state = entity.state_field
    field = scene.readable_field(entity.name, (call.first.get("by") or (state.name if state else ""),))
    if field is None or not field.choices:
        raise NotFound
    return field


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    entity, record = record_of_call(work, call)
    field, scene = _field(work, call, entity), scene_for(work, call, entity=entity, record=record)
    back = own_path(call.first.get("next", ""), record_url(entity.name, record.id))
    moves = _transitions(work, scene, entity, record, field, back)
    values = {
        "title": Message("移到…", "Move to…").text(scene.language),
        "subject": title_of(entity, record, scene),
        "now": _words(field, record.cells.get(field.name), scene),
        "moves": list(moves if field.kind is FieldKind.STATE else _choices(work, scene, entity, record, field, back)),
        "version": record.version,
        "key": work.context.request_id,
        "back": back,
        "message": message,
    }
    return page_response(work, call, site, "moves.html", values, status=status)


def _words(field: Field, value: object, scene: Scene) -> str:
    choice = field.choice(str(value)) if value else None
    return scene.words(choice.label) if choice else "—"


def _transitions(work: Work, scene: Scene, entity: Entity, record: Record, field: Field, back: str) -> Iterator[Move]:
    for one in offers_for(work, entity.name, record.id):
        choice = field.choice(one.transition.target)
        missing = (entity.fields[name] for name in one.missing if name in entity.fields)
        yield Move(
            one.transition.target,
            scene.words(choice.label) if choice else one.transition.target,
            choice.tone if choice else "neutral",
            scene.words(one.transition.label),
            f"{record_url(entity.name, record.id)}/move/{one.transition.id}?next={quote(back, safe='')}",
            "" if one.allowed or one.reason is None else one.reason.text(scene.language),
            tuple(scene.words(name.label) for name in missing),
        )


def _choices(work: Work, scene: Scene, entity: Entity, record: Record, field: Field, back: str) -> Iterator[Move]:
    rights = field_rights(work, entity.name, record.id)
    may = permitted(work, entity.name, record.id, Action.UPDATE) and enterable(field)
    reason = Message("你的角色不能改这一项", "Your role may not change this")
    written = may and rights.get(field.name) is FieldRight.WRITE
    action = f"{record_url(entity.name, record.id)}/moves?by={field.name}&next={quote(back, safe='')}"
    for choice in field.choices:
        if choice.name != record.cells.get(field.name):
            label = scene.words(choice.label)
            told = "" if written else reason.text(scene.language)
            yield Move(choice.name, label, choice.tone, label, action, told)
