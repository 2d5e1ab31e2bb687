"""Learning: every night what people have confirmed is learnt anew, every week what no theme fits is gathered for naming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from engine.extensions import Worker
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.entities import TEXT_KINDS, Entity, Field
from engine.model.requests import AllOf, AnyOf, Condition, Filter, QueryRequest, Record, Sort
from engine.runtime.jobs import Job, enqueue, waiting_about
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.query.lists import list_records
from engine.runtime.themes.leftovers import Group, gather
from engine.runtime.themes.matching import Theme, learn
from engine.runtime.themes.tables import (
    Leftover,
    LeftoverState,
    about_of,
    add_leftover,
    keep_learnt,
    leftovers,
    named_rows,
    put_rows,
)
from engine.runtime.work import Work, Workplace

LEARN = "learn_themes"
HOUR = time(3, 30)
WEEK = timedelta(days=7)
PAGE = 200
MOST_THEMES = 200
MOST_CONFIRMED = 100
"""Sentences of a theme that are learnt from, the newest."""
MOST_LEFT = 2_000
SINCE = timedelta(days=84)
"""How old a leftover sentence may be to be gathered."""
SECONDS, MEGABYTES = 600.0, 1_500


@dataclass(frozen=True, slots=True)
class Student:
    """Queues the night's learning when its hour has come, and does it in a worker's child."""

    workplace: Workplace
    worker: Worker
    zone: str

    def look(self, now: datetime) -> int:
        """Queue what is due and not queued; how many."""
        context = self._context(now, ())
        due = self.workplace.read(context, self._due)
        for entity, field in due:
            self.workplace.write(context, partial(self._queue, entity, field))
        return len(due)

    def _due(self, work: Work) -> list[tuple[str, str]]:
        here = work.context.now.astimezone(ZoneInfo(self.zone))
        hour = datetime.combine(here.date(), HOUR, here.tzinfo)
        latest = hour if here >= hour else hour - timedelta(days=1)
        found = []
        for entity, field in proposed_fields(work.model):
            last = last_moment(work.session, f"{LEARN}:{about_of(entity.name, field.name)}")
            if (last is None or last < latest) and not waiting_about(work.session, entity.name, LEARN):
                found.append((entity.name, field.name))
        return found

    def _queue(self, entity: str, field: str, work: Work) -> None:
        enqueue(work, LEARN, entity, {"field": field})

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """Satisfies engine.installation.job_runner.Outside."""
        entity = workplace.models.current().entities.get(job.about)
        field = entity.fields.get(str(job.payload["field"])) if entity is not None else None
        if entity is None or field is None or field.proposed is None or field.relation is None:
            return
        context, about = self._context(now, field.proposed.roles), about_of(entity.name, field.name)
        themes = workplace.read(context, lambda work: list(confirmed_themes(work, entity, field)))
        kept = str(self.worker.call(learn, themes, seconds=SECONDS, megabytes=MEGABYTES))
        workplace.write(context, lambda work: self._keep(work, about, kept))
        if workplace.read(context, lambda work: _is_week(work, about)):
            self._gather(workplace, context, entity, field)

    def _keep(self, work: Work, about: str, kept: str) -> None:
        keep_learnt(work.session, about, kept)
        remember_moment(work.session, f"{LEARN}:{about}", work.context.now)

    def _gather(self, workplace: Workplace, context: Context, entity: Entity, field: Field) -> None:
        about = about_of(entity.name, field.name)
        sentences = workplace.read(context, lambda work: leftover_sentences(work, entity, field))
        standing = workplace.read(context, lambda work: leftovers(work.session, about))
        groups = tuple(Group(one.id, one.rows) for one in standing)
        found = self.worker.call(gather, sentences, groups, seconds=SECONDS, megabytes=MEGABYTES)
        assert isinstance(found, tuple)
        workplace.write(context, lambda work: _keep_groups(work, about, standing, found))

    def _context(self, now: datetime, roles: tuple[str, ...]) -> Context:
        return Context(Principal(0, LEARN, frozenset(roles), service=LEARN), now, zone=self.zone, cause=LEARN)


def proposed_fields(model: AppModel) -> Iterator[tuple[Entity, Field]]:
    """The relations whose row is proposed by words."""
    for entity in model.entities.values():
        for field in entity.fields.values():
            if field.proposed is not None:
                yield entity, field


def confirmed_themes(work: Work, entity: Entity, field: Field) -> Iterator[Theme]:
    """The rows that may be proposed, with what they say of themselves and the newest sentences that people gave them,
    one by one or by naming a group of them."""
    assert field.relation is not None
    assert field.proposed is not None
    target = work.model.entities[field.relation.entity]
    telling = tuple(one.name for one in target.fields.values() if one.search and one.kind in TEXT_KINDS)
    named = named_rows(work.session, about_of(entity.name, field.name))
    for row in rows_where(work, target.name, telling, AllOf(), MOST_THEMES):
        where: Filter = Condition((field.name,), "eq", row.id)
        if row.id in named:
            unset = AllOf((Condition((field.name,), "empty"), Condition(("id",), "in", named[row.id])))
            where = AnyOf((where, unset))
        given = rows_where(work, entity.name, (field.proposed.source,), where, MOST_CONFIRMED)
        yield Theme(
            row.id,
            "。".join(str(row.cells[name]) for name in telling if row.cells.get(name)),
            tuple(str(one.cells[field.proposed.source]) for one in given if one.cells.get(field.proposed.source)),
        )


def leftover_sentences(work: Work, entity: Entity, field: Field) -> dict[int, str]:
    """The newest rows without a theme, and what each says."""
    assert field.proposed is not None
    source = field.proposed.source
    where = AllOf(
        (
            Condition((field.name,), "empty"),
            Condition((source,), "not_empty"),
            Condition(("created_at",), "ge", work.context.now - SINCE),
        )
    )
    rows = rows_where(work, entity.name, (source,), where, MOST_LEFT)
    return {row.id: str(row.cells[source]) for row in rows if row.cells.get(source)}


def rows_where(work: Work, entity: str, fields: tuple[str, ...], where: Filter, most: int) -> list[Record]:
    """Rows as far as the context may read them, the newest first."""
    found: list[Record] = []
    cursor: str | None = None
    while len(found) < most:
        request = QueryRequest(
            entity,
            (("id",), *((one,) for one in fields)),
            where,
            sort=(Sort(("id",), True),),
            limit=min(PAGE, most - len(found)),
            cursor=cursor,
        )
        page = list_records(work, request)
        found += page.records
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _is_week(work: Work, about: str) -> bool:
    last = last_moment(work.session, f"gather:{about}")
    return last is None or work.context.now - last >= WEEK - timedelta(hours=1)


def _keep_groups(work: Work, about: str, standing: list[Leftover], found: tuple[Group, ...]) -> None:
    """Groups keep their ids; one that was decided keeps its rows too, one that is too small now is shown to nobody."""
    remember_moment(work.session, f"gather:{about}", work.context.now)
    again = {one.id: one.rows for one in found if one.id is not None}
    for one in found:
        if one.id is None:
            add_leftover(work.session, Leftover(work.ids.next(), about, LeftoverState.OPEN, one.rows))
    for kept in standing:
        if kept.state is LeftoverState.OPEN and (kept.id in again or kept.rows):
            put_rows(work.session, kept.id, again.get(kept.id, kept.rows))
