"""Cells changed in place: the field's own control where the table stands, and the row as it is stored afterwards.

Everything that a form heeds holds here too: the right to the row and the field, what is computed or only read, a condition
of the form that hides the field, and what others changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from starlette.responses import HTMLResponse, Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action, FieldRight
from engine.model.entities import Entity, Field
from engine.model.errors import Forbidden, NotFound, Outdated
from engine.model.pages import Item, PageKind
from engine.model.requests import Condition, Record
from engine.runtime.identifiers import decode_id
from engine.runtime.query.lists import list_records
from engine.runtime.query.rights import check_permitted, field_rights
from engine.runtime.records.writing import update
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.conditions import is_visible
from engine.web.conflicts import Panel, decided, panel
from engine.web.form_bodies import FormBody, read_form
from engine.web.form_lines import entered_texts
from engine.web.forms import CHOSEN_KINDS, form_problems
from engine.web.known_entities import known_entity
from engine.web.list_scenes import list_scene, shown_item
from engine.web.pages import record_of_call
from engine.web.record_offers import choices_of, with_link_titles
from engine.web.scenes import scene_for
from engine.web.site import Site
from engine.widgets.contract import FormFilling, Scene
from engine.widgets.controls import Control, control_of
from engine.widgets.default_items import enterable
from engine.widgets.listing import columns_of, request_for
from engine.widgets.properties import text
from engine.widgets.render import translator
from engine.widgets.table.query import table_parts
from engine.widgets.table.rows import table_rows


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /r/{entity}/{record}/cell/{field}: the control of a cell, filled. Raises NotFound, Forbidden with the reason."""
    entity, record = record_of_call(work, call)
    field = _field(work, call, entity)
    _check_writable(work, entity, record, field)
    body = FormBody(entered_texts(entity, record), {}, record.version, None, None)
    return _fragment(work, call, site, entity, record, body, None)


def save(work: Work, call: Call, site: Site) -> Response:
    """POST /r/{entity}/{record}/cell/{field}: store the cell; the row as its list shows it. Raises what `update` raises."""
    entity, record = known_entity(work, call.parameters["entity"]), decode_id(call.parameters["record"])
    field, body = _field(work, call, entity), read_form(call, work.model, entity)
    given = decided(replace(body, values={name: one for name, one in body.values.items() if name == field.name}))
    outcome = update(work, entity.name, record, given.values, body.version, body.key, choice=given.choice)
    return _row(work, call, site, entity, record, outcome.warnings)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The control with what was typed and what is wrong, or what somebody else made of the cell."""
    entity, record = record_of_call(work, call)
    _field(work, call, entity)
    return _fragment(work, call, site, entity, record, read_form(call, work.model, entity), error)


def _field(work: Work, call: Call, entity: Entity) -> Field:
    """The field that the address names; one that the caller may never read is none."""
    found = scene_for(work, call).readable_field(entity.name, (call.parameters["field"],))
    if found is None:
        raise NotFound
    return found


def _check_writable(work: Work, entity: Entity, record: Record, field: Field) -> None:
    check_permitted(work, entity.name, record.id, Action.UPDATE)
    if field.computed:
        raise Forbidden(Message("这一列由公式计算，不能直接改", "This column is computed and not typed"))
    if field.rich:
        raise Forbidden(Message("带格式的文字请在表单里修改", "A text with formatting is changed in its form"))
    if not enterable(field):
        raise Forbidden(Message("这一列不能在这里改", "This column is not changed here"))
    if field_rights(work, entity.name, record.id).get(field.name) is not FieldRight.WRITE:
        raise Forbidden(Message("你的角色不能改这一格", "Your role may not change this cell"))


def _fragment(
    work: Work, call: Call, site: Site, entity: Entity, record: Record, body: FormBody, error: DougongError | None
) -> Response:
    field = entity.fields[call.parameters["field"]]
    problems = form_problems(error, work) if error is not None and not isinstance(error, Outdated) else {}
    value = body.values.get(field.name)
    choices = {field.name: choices_of(work, entity, field, value)} if field.kind in CHOSEN_KINDS else {}
    version = body.version if body.version is not None else record.version
    key = body.key if error is not None and body.key else work.context.request_id
    filling = FormFilling(body.values, problems, version, key, is_new=False, choices=choices)
    scene = scene_for(work, call, entity=entity, record=record, filling=filling)
    item = _item_of(work, scene, entity, field)
    asked = panel(error, entity, body, scene) if isinstance(error, Outdated) else None
    html = site.renderer.environment.get_template("cell.html").render(
        action=f"{call.path}?{_query(call)}",
        filling=filling,
        control=_control(field, entity, scene, value, item),
        clash=asked,
        others=_others(problems, field, asked),
        t=translator(scene.language),
        language=scene.language,
    )
    return HTMLResponse(html, status_code=error.status if error is not None else 200)


def _control(field: Field, entity: Entity, scene: Scene, value: object, item: Item | None) -> Control:
    wished = text(item, "control") if item is not None else ""
    made = control_of(field, entity.name, scene, f"f.{field.name}", value, wished, field.name)
    return replace(made, id=f"cell-{field.name}")


def _others(problems: dict[str, tuple[str, ...]] | object, field: Field, clash: Panel | None) -> tuple[str, ...]:
    """What is wrong besides the cell itself: another field that the change touches, or the row as a whole."""
    if clash is not None or not isinstance(problems, dict):
        return ()
    return tuple(words for name, texts in problems.items() if name != field.name for words in texts)


def _item_of(work: Work, scene: Scene, entity: Entity, field: Field) -> Item | None:
    """The item of the form that enters a field. Raises Forbidden while a condition of the form hides it."""
    form = work.model.form_of(entity.name)
    chains = [one for item in (form.items if form else ()) for one in _chains(item, field.name)]
    if not chains:
        return None
    shown = next((chain for chain in chains if all(is_visible(scene, one) for one in chain)), None)
    if shown is None:
        raise Forbidden(Message("在当前情况下不用填这一项", "This is not asked for as things are"))
    return shown[-1]


def _chains(item: Item, field: str) -> Iterator[Sequence[Item]]:
    """The ways from an item down to those that enter a field."""
    if item.widget == "field" and text(item, "field") == field:
        yield (item,)
    for child in item.items:
        for chain in _chains(child, field):
            yield (item, *chain)


def _query(call: Call) -> str:
    return "&".join(f"{name}={value}" for name, value in call.query if name in {"page", "view", "cols", "freeze"})


def _row(work: Work, call: Call, site: Site, entity: Entity, record: int, warnings: Sequence[str]) -> Response:
    """The row as the list of the address shows it; none when its writer may not see it any more."""
    page = work.model.pages.get(call.first.get("page", ""))
    if page is None or page.kind is not PageKind.LIST or page.entity != entity.name:
        raise NotFound
    scene = list_scene(work, call, page)
    item = shown_item(page, scene)
    if item is None:
        raise NotFound
    request = replace(
        request_for(item, scene, entity),
        where=Condition(("id",), "eq", record),
        formula_filter=None,
        search="",
        cursor=None,
        count=False,
        limit=1,
    )
    found = with_link_titles(work, list_records(work, request))
    columns = columns_of(item, scene, entity)
    html = site.renderer.environment.get_template("row.html").render(
        rows=table_rows(found.records, columns, entity, scene),
        view=table_parts(item, scene, entity),
        warned=warnings,
        t=translator(scene.language),
        language=scene.language,
    )
    return HTMLResponse(html)
