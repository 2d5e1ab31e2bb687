"""Consequences of acts on the organisation, found before they happen: whose pages, rights, rows, figures and open work change.

The acts are carried out and undone inside the transaction, which tells where people would stand. Rows are counted
afterwards, through the access decisions of both standings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from designer.organisation.acts import Given, carry_out
from designer.organisation.chart import Json, label, words
from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.context import Context
from engine.model.flows import Approval, Task
from engine.model.pages import PageKind
from engine.model.requests import Condition, QueryRequest
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.access.rights import allowed_actions
from engine.runtime.database.trying import trial
from engine.runtime.figure_watches.watches import watches_of
from engine.runtime.identifiers import BadIdentifier, decode_id, encode_id
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.metrics.sources import figures_for
from engine.runtime.organisation.contexts import Circumstances, context_in
from engine.runtime.organisation.members import members_of, membership_of
from engine.runtime.organisation.units import UnitTree, unit_of, unit_tree
from engine.runtime.query.lists import count_records
from engine.runtime.query.names import Reader
from engine.runtime.reorganising.findings import held_records
from engine.runtime.reports.subscriptions import subscriptions
from engine.runtime.rows import select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_tables import INSTANCE, TASK
from engine.runtime.workflow.people import Asked, resolve

MOST_PEOPLE, MOST_SHOWN, MOST_TASKS, MOST_PAGES = 300, 12, 50, 60
"""People who are compared, those of whom everything is told, open tasks of one, pages of one."""


@dataclass(frozen=True, slots=True)
class Stands:
    """Somebody before and after."""

    user: User
    before: Context
    after: Context


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open work of somebody at a step: whom it asks once the organisation is another."""

    title: str
    flow: Message
    step: Message
    entity: str
    record: int
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What acts would come to: in words, who would stand elsewhere, whose work waits, what stays in their hands."""

    words: Message
    people: tuple[Stands, ...]
    more: int
    waiting: Mapping[int, tuple[Waiting, ...]]
    held: Mapping[int, tuple[tuple[str, int], ...]]


def tried(work: Work, command: Given) -> Tried:
    """Try acts; nothing of them stays. Raises what doing them would raise."""
    users = _concerned(work, command)
    before = _standing(work, users)
    left = list(_left_units(work, command))
    held = {
        user: tuple(
            (one.name, count) for one in work.model.entities.values() if (count := held_records(work, one, user, unit))
        )
        for user, unit in left
    }
    found: list[Tried] = []
    with trial(work.savepoint()):
        done = carry_out(work, command)
        after = _standing(work, [*users, *(one for one in _concerned(work, command) if one not in before)])
        changed = [
            Stands(user, before[one][1], context)
            for one, (user, context) in after.items()
            if one in before and _differ(before[one][1], context)
        ]
        shown = changed[:MOST_SHOWN]
        waiting = {one.user.id: tuple(_waiting(work, one.user.id)) for one in shown}
        found.append(Tried(done.words, tuple(shown), len(changed) - len(shown), waiting, held))
    return found[0]


def _differ(before: Context, after: Context) -> bool:
    old, new = before.principal.roles, after.principal.roles
    return (old, before.seats, before.scopes) != (new, after.seats, after.scopes)


def _concerned(work: Work, command: Given) -> list[int]:
    """The people whose place may become another: those who move, and those above a unit that does."""
    acts = command.get("acts")
    given = [one for one in acts if isinstance(one, Mapping)] if isinstance(acts, list) else []
    tree = unit_tree(work.session, work.context.today)
    found: dict[int, None] = {}
    for one in given:
        held = membership_of(work.session, _number(one, "membership")) if "membership" in one else None
        if held is not None:
            found[held.user] = None
        if "user" in one:
            found[_number(one, "user")] = None
        if one.get("act") in {"move_unit", "add_unit", "close_unit"}:
            found |= dict.fromkeys(_people_above(work, tree, one))
    return list(found)[:MOST_PEOPLE]


def _people_above(work: Work, tree: UnitTree, given: Given) -> Iterator[int]:
    moved = unit_of(work.session, _number(given, "unit")) if "unit" in given else None
    starts = [moved.parent if moved else None, _number(given, "parent") if given.get("parent") else None]
    above = dict.fromkeys(one.id for start in starts for one in tree.above(start))
    for unit in above:
        for one in members_of(work.session, unit, work.context.today):
            yield one.user


def _number(given: Given, name: str) -> int:
    """An id of an act; 0 for what is none: the act itself says so."""
    try:
        return decode_id(str(given.get(name)))
    except BadIdentifier:
        return 0


def _left_units(work: Work, command: Given) -> Iterator[tuple[int, int]]:
    """Who would leave which unit."""
    acts = command.get("acts")
    for one in acts if isinstance(acts, list) else ():
        if isinstance(one, Mapping) and one.get("act") in {"move", "leave"}:
            held = membership_of(work.session, _number(one, "membership"))
            if held is not None:
                yield held.user, held.unit


def _standing(work: Work, users: Sequence[int]) -> dict[int, tuple[User, Context]]:
    """Where people stand in this transaction."""
    tree = unit_tree(work.session, work.context.today)
    at = Circumstances(work.context.now, work.context.locale, work.context.zone)
    people = [found for one in users if (found := user_by_id(work.session, one)) is not None]
    return {one.id: (one, context_in(tree, work.session, work.model, one, at)) for one in people}


def _waiting(work: Work, user: int) -> Iterator[Waiting]:
    """Open tasks of somebody, with whom each would be asked of as the organisation stands in this transaction."""
    columns = ("instance", "flow", "step", "entity", "record", "title")
    for instance, flow, step, entity, record, title in select(
        work.session, TASK, columns, {"user_id": user, "closed_at is null": None}, ("id",), limit=MOST_TASKS
    ):
        declared = work.model.flows.get(str(flow))
        part = next((one for one in declared.every_step() if one.id == step), None) if declared else None
        if declared is None or part is None:
            continue
        action, asked = part.action, tuple[int, ...]()
        if isinstance(action, Approval | Task):
            sources = action.approvers if isinstance(action, Approval) else action.people
            began = select(work.session, INSTANCE, ("initiator",), {"id": instance})
            initiator = int(str(began[0][0])) if began else 0
            asked = resolve(work, sources, Asked(str(entity), int(str(record)), initiator))
        names = tuple(found.label for one in asked if (found := user_by_id(work.session, one)) is not None)
        step_label = label(part.label)
        yield Waiting(
            str(title),
            Message(declared.label.text("zh"), declared.label.text("en")),
            Message(str(step_label["zh"]) or part.id, str(step_label["en"]) or part.id),
            str(entity),
            int(str(record)),
            names,
        )


def sheet(work: Work, found: Tried) -> Json:
    """All that is told before acts happen, read in a transaction of its own."""
    return {
        "words": words(found.words),
        "people": [_person(work, one, found) for one in found.people],
        "more": found.more,
    }


def _person(work: Work, one: Stands, found: Tried) -> Json:
    before, after = work.under(one.before), work.under(one.after)
    return {
        "user": encode_id(one.user.id),
        "name": words(Message(one.user.called("zh"), one.user.called("en"))),
        "roles": _roles(work, one),
        "units": {way: len(_units(one, way)) for way in ("gained", "lost")},
        "pages": _pages(work, one),
        "entities": [line for name in work.model.entities if (line := _entity(before, after, name)) is not None],
        "figures": _figures(before, after),
        "reports": _reports(work, one),
        "watches": _watches(after, one),
        "tasks": [_task(after, waiting) for waiting in found.waiting.get(one.user.id, ())],
        "held": [
            {"entity": name, "label": label(work.model.entities[name].label), "count": count}
            for name, count in found.held.get(one.user.id, ())
        ],
    }


def _roles(work: Work, one: Stands) -> Json:
    old, new = one.before.principal.roles, one.after.principal.roles
    return {
        way: [{"name": name, "label": label(work.model.roles[name].label)} for name in sorted(names)]
        for way, names in (("gained", new - old), ("lost", old - new))
    }


def _units(one: Stands, way: str) -> frozenset[int]:
    old, new = (context.scopes.get("user.subtree", frozenset()) for context in (one.before, one.after))
    return new - old if way == "gained" else old - new


def _pages(work: Work, one: Stands) -> Json:
    old, new = one.before.principal.roles, one.after.principal.roles
    told: dict[str, list[Json]] = {"gained": [], "lost": []}
    for page in work.model.pages.values():
        could, can = bool(page.roles & old), bool(page.roles & new)
        if could != can and page.kind is not PageKind.RECORD:
            told["gained" if can else "lost"].append({"name": page.name, "label": label(page.label), "icon": page.icon})
    return {way: lines[:MOST_PAGES] for way, lines in told.items()}


def _entity(before: Work, after: Work, name: str) -> Json | None:
    """What changes of somebody's rights on an entity: rows that they see, and what they may do."""
    model = after.model
    old, new = (decide(model, one.context, name, Action.READ) for one in (before, after))
    could, can = (allowed_actions(model, one.context, name) for one in (before, after))
    same_scopes = before.context.scopes == after.context.scopes
    if could == can and old == new and (same_scopes or not isinstance(new, Allow)):
        return None
    rows = tuple(count_records(one, QueryRequest(name, (("id",),), limit=1)) if isinstance(access, Allow) else 0
                 for one, access in ((before, old), (after, new)))  # fmt: skip
    if could == can and rows[0] == rows[1]:
        return None
    return {
        "entity": name,
        "label": label(model.entities[name].label),
        "before": rows[0],
        "after": rows[1],
        "gained": sorted(can - could),
        "lost": sorted(could - can),
    }


def _figures(before: Work, after: Work) -> Json:
    old, new = (set(figures_for(Reader(one.model, one.context))) for one in (before, after))
    metrics = after.model.metrics
    return {
        way: [{"name": name, "label": label(metrics[name].label)} for name in sorted(names)]
        for way, names in (("gained", new - old), ("lost", old - new))
    }


def _reports(work: Work, one: Stands) -> Json:
    """Reports that come to somebody: their own of pages that they lose, and those that pages declare for their roles."""
    old, new = one.before.principal.roles, one.after.principal.roles
    told: dict[str, dict[str, Json]] = {"gained": {}, "lost": {}}
    own = {report.page for report in subscriptions(work.session, one.user.id)}
    for page in work.model.pages.values():
        could = any(each.roles & old for each in page.reports) or (page.name in own and bool(page.roles & old))
        can = any(each.roles & new for each in page.reports) or (page.name in own and bool(page.roles & new))
        if could != can:
            told["gained" if can else "lost"][page.name] = {"name": page.name, "label": label(page.label)}
    return {way: list(lines.values()) for way, lines in told.items()}


def _watches(after: Work, one: Stands) -> Sequence[Json]:
    """Alerts on figures that somebody asked for and cannot read any more."""
    known = set(figures_for(Reader(after.model, after.context)))
    gone = dict.fromkeys(each.bound.metric for each in watches_of(after.session, one.user.id))
    return [
        {"name": name, "label": label(after.model.metrics[name].label)}
        for name in gone
        if name not in known and name in after.model.metrics
    ]


def _task(after: Work, one: Waiting) -> Json:
    """An open task: it stays with whom it asks; whether they can still open the record, and whom it would be asked of now."""
    access = decide(after.model, after.context, one.entity, Action.READ) if one.entity in after.model.entities else None
    request = QueryRequest(one.entity, (("id",),), Condition(("id",), "eq", one.record), limit=1)
    readable = isinstance(access, Allow) and count_records(after, request) > 0
    return {
        "title": one.title,
        "flow": words(one.flow),
        "step": words(one.step),
        "readable": readable,
        "asked": list(one.asked),
    }
