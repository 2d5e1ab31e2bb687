"""Forms: entering and editing rows, moving their state, deleting and restoring them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action, FieldRight
from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.errors import BadRequest, DeletedMeanwhile, Forbidden, NotFound, Outdated, ValidationFailed
from engine.model.pages import form_cause
from engine.model.requests import Outcome, Record
from engine.runtime.access.rights import allowed_actions, writable_fields
from engine.runtime.drafts import NEW, drop_draft
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.query.records import find_record
from engine.runtime.query.rights import check_permitted, field_rights
from engine.runtime.records.defaults import with_defaults
from engine.runtime.records.duplicates import PossibleDuplicate
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import create, update
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.web.alike import alike_panel
from engine.web.calls import Call
from engine.web.cards import card_filling, keep_photo, with_card
from engine.web.conditions import is_visible
from engine.web.conflicts import Panel, clash_problems, decided, panel
from engine.web.copies import LIKE, copied_lines, copied_values, new_title
from engine.web.drafts import draft_url, offered_draft, taken_up
from engine.web.form_bodies import FormBody, read_form, without_blank_rows
from engine.web.form_lines import entered_texts, lines_of, parts_of
from engine.web.form_ranges import check_ranges
from engine.web.form_steps import StepDone, problems_so_far, steps_of
from engine.web.known_entities import known_entity
from engine.web.live_formulas import live_formulas, module_url
from engine.web.lookups import to_choose
from engine.web.pages import record_of_call, record_title
from engine.web.record_offers import choices_of
from engine.web.responses import own_path, record_url, see_other
from engine.web.scenes import scene_for
from engine.web.shell import bare_response, page_response
from engine.web.shown_items import without_hidden
from engine.web.site import Site
from engine.web.told_warnings import with_warnings
from engine.web.watches import Answerer
from engine.widgets.contract import FormFilling
from engine.widgets.controls import LOOKUP
from engine.widgets.default_items import enterable, form_items
from engine.widgets.formats import format_instant

CHOSEN_KINDS = REFERENCE_KINDS | {FieldKind.RECORD}
JUDGED = (StepDone, ValidationFailed, PossibleDuplicate, Outdated)
"""What judges a step: nothing is wrong, this is wrong, or it is decided when all is saved. What else happens leaves it unjudged."""


def new_form(work: Work, call: Call, site: Site) -> Response:
    """A form with the defaults of a new row; the address may fill fields (`?customer=…`) or name a row to begin with."""
    entity = known_entity(work, call.parameters["entity"])
    if Action.CREATE not in allowed_actions(work.model, work.context, entity.name):
        raise Forbidden
    like = call.first.get(LIKE, "")
    copied = copied_values(work, entity, like) if like else {}
    given = {
        **_defaults(work, entity),
        **copied,
        **{name: value for name, value in call.query if name in entity.fields},
    }
    lines = copied_lines(work, entity, like) if like else {}
    body = taken_up(work, call, entity, NEW) or FormBody(given, lines, None, None, None)
    return _form_page(work, call, site, entity, None, body, {}, fresh=True)


def edit_form(work: Work, call: Call, site: Site) -> Response:
    """The form of an existing row, filled. Raises Forbidden for who may read the row and not change it."""
    entity, record = record_of_call(work, call)
    check_permitted(work, entity.name, record.id, Action.UPDATE)
    stored = FormBody(entered_texts(entity, record), {}, record.version, None, None)
    body = taken_up(work, call, entity, record.id)
    body = replace(body, values={**stored.values, **body.values}) if body is not None else stored
    return _form_page(work, call, site, entity, record, body, {}, fresh=True)


def submit_new(work: Work, call: Call, site: Site) -> Response:
    """Create the row that a form describes, then show it."""
    entity = known_entity(work, call.parameters["entity"])
    body = read_form(call, work.model, entity)
    _refuse_unfinished(body)
    form = work.model.form_of(entity.name)
    context = work.context.confirming(body.confirmed)
    entered = work.under(context.caused_by(form_cause(form.name)) if form is not None else context)
    shown = without_hidden(work, entity, None, body)
    check_ranges(work, entity, None, shown.values)
    values = _without_blanks(entity, shown.values)
    with _step_by_step(body):
        outcome = create(entered, entity.name, values, key=body.key, children=without_blank_rows(body.children))
    keep_photo(work, entity, outcome.id, body)
    if LOOKUP in call.first:
        return to_choose(work, entity, outcome)
    drop_draft(work, entity.name, NEW)
    return see_other(_after(work, call, record_url(entity.name, outcome.id), outcome))


def submit_edit(work: Work, call: Call, site: Site) -> Response:
    """Change a row to what its form says, then show it."""
    entity, record = known_entity(work, call.parameters["entity"]), decode_id(call.parameters["record"])
    body = read_form(call, work.model, entity)
    _refuse_unfinished(body)
    if body.restore:
        restore(work, entity.name, record)
    given = decided(without_hidden(work, entity, record, body))
    check_ranges(work, entity, record, given.values)
    with _step_by_step(body):
        outcome = update(
            work.under(work.context.confirming(body.confirmed)),
            entity.name,
            record,
            given.values,
            expected_version=body.version,
            key=body.key,
            children=given.children,
            choice=given.choice,
        )
    keep_photo(work, entity, record, body)
    drop_draft(work, entity.name, record)
    shown = record_url(entity.name, record)
    if outcome.merged and body.version is not None:
        last = outcome.version - 1 if outcome.written else outcome.version
        parts = "&parts=1" if any("." in one.path for one in outcome.merged) else ""
        return see_other(with_warnings(work, f"{shown}?merged={body.version}-{last}{parts}", outcome.warnings))
    return see_other(_after(work, call, shown, outcome))


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The form again with what was typed and what is wrong; nothing typed is lost."""
    entity = known_entity(work, call.parameters["entity"])
    body = read_form(call, work.model, entity)
    if isinstance(error, DeletedMeanwhile):
        return _form_of_deleted(work, call, site, entity, body, error)
    record = record_of_call(work, call)[1] if "record" in call.parameters else None
    if body.step and isinstance(error, JUDGED):
        wrong = form_problems(error, work) if isinstance(error, ValidationFailed) else {}
        problems = problems_so_far(work.model.form_of(entity.name), body, wrong)
        status = error.status if problems else 200
        return _form_page(work, call, site, entity, record, body, problems, FormAnswer(status))
    body = replace(body, step="", at=body.step or body.at)
    if isinstance(error, ShownAgain):
        body = with_card(work, entity, record.id if record else None, body)
        return _form_page(work, call, site, entity, record, body, {}, FormAnswer(status=200))
    if isinstance(error, PossibleDuplicate):
        return _form_page(work, call, site, entity, record, body, {}, FormAnswer(error.status, alike=error))
    contested = None
    if isinstance(error, Outdated) and record is not None:
        contested = panel(error, entity, body, scene_for(work, call, entity=entity, record=record))
    return _form_page(
        work, call, site, entity, record, body, form_problems(error, work), FormAnswer(error.status, contested)
    )


def _form_of_deleted(
    work: Work, call: Call, site: Site, entity: Entity, body: FormBody, error: DeletedMeanwhile
) -> Response:
    """What was typed for a record that somebody deleted, with a way to bring it back for who may."""
    deleted = find_record(work, entity.name, decode_id(call.parameters["record"]), deleted=True)
    if deleted is None:
        raise NotFound
    answer = FormAnswer(
        status=error.status,
        title=record_title(entity, deleted),
        action=call.path,
        submit=Message("恢复并保存", "Restore and save") if error.may_restore else None,
        restores=error.may_restore,
        final=not error.may_restore,
    )
    when = format_instant(error.at, work.context.language, work.context.now, work.context.zone) if error.at else ""
    words = Message(
        f"{error.actor} {when} 删除了这条记录，没有保存。你填写的内容还在下面。",
        f"{error.actor} deleted this record, {when}; nothing was saved. What you entered is still below.",
    )
    return _form_page(work, call, site, entity, None, body, {"": (words.text(work.context.language),)}, answer)


def move_state(work: Work, call: Call, site: Site) -> Response:
    """Take a transition; fields that the transition requires may come along."""
    entity, record = known_entity(work, call.parameters["entity"]), decode_id(call.parameters["record"])
    body = read_form(call, work.model, entity)
    values = {name: value for name, value in body.values.items() if value is not None}
    outcome = transition(work, entity.name, record, call.parameters["transition"], values, body.version, body.key)
    return see_other(_after(work, call, record_url(entity.name, record), outcome))


def move_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """A form for what a transition still needs, or the reason why it was refused."""
    entity, record = record_of_call(work, call)
    workflow = work.model.workflow_of(entity.name)
    move = workflow.transition(call.parameters["transition"]) if workflow else None
    if move is None:
        raise NotFound
    body = read_form(call, work.model, entity)
    texts = {**entered_texts(entity, record), **body.values}
    outdated = isinstance(error, Outdated)
    problems = {} if outdated else form_problems(error, work)
    filling = _filling(work, entity, record, FormBody(texts, {}, record.version, None, None), problems)
    scene = scene_for(work, call, entity=entity, record=record, filling=filling)
    problem_fields = tuple(dict.fromkeys([*move.requires, *(one for one in filling.problems if one in entity.fields)]))
    fields = form_items(None, entity, frozenset(problem_fields))
    values = {
        "sheets": site.renderer.sheets(fields),
        "title": move.label.text(scene.language),
        "subtitle": record_title(entity, record),
        "message": () if outdated else filling.problems.get("", (error.message.text(scene.language),)),
        "panel": panel(error, entity, body, scene, asks=False) if isinstance(error, Outdated) else None,
        "restores": False,
        "final": False,
        "body": site.renderer.items(fields, scene, Answerer(work), is_visible),
        "action": f"{call.path}?{urlencode({'next': call.first['next']})}" if call.first.get("next") else call.path,
        "alike": None,
        "draft": None,
        "draft_url": "",
        "submit": move.label.text(scene.language),
        "filling": filling,
        "back": record_url(entity.name, record.id),
        "scene": scene,
    }
    return page_response(work, call, site, "form.html", values, status=error.status)


def delete_record(work: Work, call: Call, site: Site) -> Response:
    """Delete softly; the list offers to restore."""
    entity, record = known_entity(work, call.parameters["entity"]), decode_id(call.parameters["record"])
    delete(work, entity.name, record)
    pages = (p for p in work.model.pages.values() if p.kind == "list" and p.entity == entity.name)
    page = next((p for p in pages if p.roles & work.context.principal.roles), None)
    return see_other(f"/app/{page.name}?deleted={encode_id(record)}" if page else "/")


def restore_record(work: Work, call: Call, site: Site) -> Response:
    entity, record = known_entity(work, call.parameters["entity"]), decode_id(call.parameters["record"])
    restore(work, entity.name, record)
    return see_other(record_url(entity.name, record))


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """How a form comes back: what is contested about it, and for a deleted record its title and what can be done."""

    status: int = 200
    panel: Panel | None = None
    title: str = ""
    action: str = ""
    submit: Message | None = None
    restores: bool = False
    final: bool = False
    alike: PossibleDuplicate | None = None


class ShownAgain(BadRequest):
    """Not a mistake: without JavaScript the form asks for another line of a sub-table, or for the cities of a province."""

    code = "shown_again"
    status = 422


@contextmanager
def _step_by_step(body: FormBody) -> Iterator[None]:
    """A step is judged by saving all and taking it back. Whether somebody may make such a row is asked when it is whole."""
    try:
        yield
    except Forbidden:
        if body.step:
            raise StepDone from None
        raise
    if body.step:
        raise StepDone


def _refuse_unfinished(body: FormBody) -> None:
    if body.back:
        raise ShownAgain(Message("回到上一步", "Back to the step before"))
    if body.add_row:
        raise ShownAgain(Message("增加一行", "Add a line"))
    if body.opened:
        raise ShownAgain(Message("编辑这些行", "Edit these lines"))
    if body.card.act:
        raise ShownAgain(Message("识别名片", "Read the card"))
    if body.cascade:
        raise ShownAgain(Message("更新市、区", "Update city and district"))


def _after(work: Work, call: Call, default: str, outcome: Outcome) -> str:
    """Where to go after a form, with what is to be said of it: a path of ours that the address names, else the record."""
    return with_warnings(work, own_path(call.first.get("next", ""), default), outcome.warnings)


def _defaults(work: Work, entity: Entity) -> dict[str, object]:
    """What a new row gets without a word, in the fields that this reader may write."""
    rights = (
        field_rights(work, entity.name)
        if Action.CREATE in allowed_actions(work.model, work.context, entity.name)
        else {}
    )
    values = with_defaults(work, entity, {})
    return {
        name: json_of(value, entity.fields[name])
        for name, value in values.items()
        if rights.get(name) is FieldRight.WRITE and value is not None
    }


def form_problems(error: DougongError, work: Work) -> Mapping[str, tuple[str, ...]]:
    """What was wrong, in words, by field; "" for the whole."""
    language = work.context.language
    problems: dict[str, list[str]] = {}
    if isinstance(error, ValidationFailed):
        for one in error.problems:
            problems.setdefault(one.field, []).append(one.message.text(language))
    elif isinstance(error, Outdated) and error.clashes:
        return clash_problems(work, error.clashes)
    else:
        problems[""] = [error.message.text(language)]
    return {name: tuple(texts) for name, texts in problems.items()}


def _form_page(
    work: Work,
    call: Call,
    site: Site,
    entity: Entity,
    record: Record | None,
    body: FormBody,
    problems: Mapping[str, tuple[str, ...]],
    answer: FormAnswer | None = None,
    fresh: bool = False,
) -> Response:
    answer = answer or FormAnswer()
    about, over = record.id if record else NEW, LOOKUP in call.first and record is None
    form = work.model.form_of(entity.name)
    steps = steps_of(work, entity, record.id if record else None, form, body, problems)
    filling = replace(_filling(work, entity, record, body, problems), step=steps.at if steps else "")
    scene = scene_for(work, call, entity=entity, record=record, form=form, filling=filling)
    if (Action.UPDATE if record or answer.title else Action.CREATE) not in scene.allowed[entity.name]:
        raise Forbidden
    rights = field_rights(work, entity.name, record.id if record else None)
    writable = frozenset(
        name for name, right in rights.items() if right is FieldRight.WRITE and enterable(entity.fields[name])
    )
    label = entity.label.text(scene.language)
    default = Message(f"保存{label}", f"Save {label.lower()}").text(scene.language)
    items = form_items(form, entity, writable)
    values = {
        "sheets": site.renderer.sheets(items),
        "title": record_title(entity, record)
        if record
        else answer.title or new_title(entity, body.values, scene.language),
        "subtitle": label if record or answer.title else "",
        "message": problems.get("", ()),
        "body": site.renderer.items(items, scene, Answerer(work), is_visible),
        "action": record_url(entity.name, record.id)
        if record
        else answer.action or f"/r/{entity.name}{f'?{LOOKUP}=1' if over else ''}",
        "submit": answer.submit.text(scene.language)
        if answer.submit
        else (form.submit.text(scene.language) if form else "") or default,
        "panel": answer.panel,
        "draft": offered_draft(work, call, entity, about) if fresh and not over else None,
        "draft_url": "" if answer.final or answer.restores or over else draft_url(entity, about),
        "over": over,
        "steps": steps,
        "alike": alike_panel(answer.alike, scene.language),
        "restores": answer.restores,
        "final": answer.final,
        "filling": filling,
        "back": record_url(entity.name, record.id) if record else "/",
        "scene": scene,
    }
    respond = bare_response if over else page_response
    return respond(work, call, site, "form.html", values, status=answer.status)


def _filling(
    work: Work, entity: Entity, record: Record | None, body: FormBody, problems: Mapping[str, tuple[str, ...]]
) -> FormFilling:
    choices = {name: choices_of(work, entity, field, body.values.get(name)) for name, field in _chosen(work, entity)}
    for collection in parts_of(work, entity).values():
        child = work.model.entities[collection.entity]
        for name, field in _chosen(work, child):
            if name != collection.by:
                choices[f"{collection.name}.{name}"] = choices_of(work, child, field, None)
    live = live_formulas(work.model, work.context, entity)
    return FormFilling(
        values=body.values if record else {**_only_choices(entity, choices), **_entered(body.values)},
        problems=problems,
        version=body.version if body.version is not None else (record.version if record else None),
        key=body.key or work.context.request_id,
        action="",
        is_new=record is None,
        choices=choices,
        children=lines_of(work, entity, record.id if record else None, body),
        opened=body.opened,
        module=module_url(live, entity),
        preview=_preview_url(entity, record) if live.needs_server else None,
        told=_told(entity, body.values) if record is None and not problems else (),
        card=card_filling(work, entity, record.id if record else None, body),
    )


def _told(entity: Entity, values: Mapping[str, object]) -> tuple[str, ...]:
    """Fields that a new form fills in by formulas or figures: they follow what is entered until somebody writes there."""
    figures = {one.field for one in entity.from_figures}
    return tuple(
        name
        for name, field in entity.fields.items()
        if values.get(name) not in (None, "") and (field.default_formula is not None or name in figures)
    )


def _without_blanks(entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
    """What was entered for a new row: a control left blank says nothing, unless it was emptied of what stood there."""
    return {
        name: value
        for name, value in values.items()
        if value not in (None, "") or name not in entity.fields or entity.fields[name].default is not None
    }


def _only_choices(entity: Entity, choices: Mapping[str, tuple[tuple[str, str], ...]]) -> dict[str, object]:
    """The one row that can be chosen where a choice must be made: nobody needs to make it."""
    must = {name: choices.get(name, ()) for name, field in entity.fields.items() if field.required}
    return {name: listed[0][0] for name, listed in must.items() if len(listed) == 1}


def _entered(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _chosen(work: Work, entity: Entity) -> list[tuple[str, Field]]:
    """The fields of a form that are chosen from rows, as far as the caller may write them."""
    writable = writable_fields(work.model, work.context, entity.name)
    return [
        (name, field)
        for name, field in entity.fields.items()
        if field.kind in CHOSEN_KINDS and enterable(field) and name in writable
    ]


def _preview_url(entity: Entity, record: Record | None) -> str:
    return f"/preview/{entity.name}" + (f"?record={encode_id(record.id)}" if record is not None else "")
