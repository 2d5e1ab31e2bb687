"""The Gantt chart: rows as bars from one date to another over some months, with how much of each is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from engine.model.entities import Entity
from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, Record, RecordPage, Sort
from engine.widgets.cells import Shown, cell, words_at
from engine.widgets.contract import Need, Rows, Scene
from engine.widgets.figures import as_decimal
from engine.widgets.formats import format_date
from engine.widgets.identifiers import record_link
from engine.widgets.listing import address, conditions, entity_of, follows_address, request_for
from engine.widgets.periods import add_months
from engine.widgets.properties import number, path_of, text
from engine.widgets.toolbars import toolbar_of
from engine.widgets.unanswered import unanswered

MONTHS = 3
BARS = 100
WIDE = 1000
"""Units of a line's width; a bar is at least `NARROWEST` of them, so that a day can be seen and hit."""
NARROWEST = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: where its bar stands in a line of `WIDE`, how much of it is done, and what is said beside it.

    `opens` and `goes_on` say that it begins before what is shown, or ends after it; `late`, that it has ended undone.
    """

    title: str
    url: str
    words: str
    badge: Shown | None
    at: int
    wide: int
    done: int
    share: str
    opens: bool
    goes_on: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The days shown, both ends included."""

    first: date
    last: date

    def place(self, day: date) -> int:
        """Where a day begins in a line of `WIDE`, held within it."""
        days = (self.last - self.first).days + 1
        return min(max((day - self.first).days * WIDE // days, 0), WIDE)

    def months(self) -> Iterator[date]:
        month = self.first
        while month <= self.last:
            yield month
            month = add_months(month, 1)


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity = entity_of(item, scene)
    begins, ends = path_of(text(item, "begins")), path_of(text(item, "ends"))
    if entity is None or any(scene.readable_field(entity.name, path) is None for path in (begins, ends)):
        return {}
    span = _span(item, scene)
    extra = (begins, ends, *(path_of(text(item, one)) for one in ("progress", "tone", "title") if text(item, one)))
    base = request_for(item, scene, entity, extra=extra, limit=number(item, "limit", BARS))
    shown = (
        Condition(begins, "le", span.last),
        Condition(ends, "ge", span.first),
    )
    where = AllOf((*conditions(item, scene, entity), *shown))
    return {"rows": Rows(replace(base, where=where, sort=(Sort(begins), Sort(ends)), cursor=None))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, page = entity_of(item, scene), found.get("rows")
    label = scene.words(item.label)
    if entity is None or not isinstance(page, RecordPage):
        return unanswered(label, page)
    span = _span(item, scene)
    months = number(item, "months", MONTHS)
    zh = scene.language == "zh"
    return {
        "state": "rows" if page.records else "empty",
        "label": label or scene.words(entity.label),
        "bars": [bar for one in page.records if (bar := _bar(item, scene, entity, one, span)) is not None],
        "months": [
            (span.place(one), f"{one.year} 年 {one.month} 月" if zh else one.strftime("%b %Y")) for one in span.months()
        ],
        "today": span.place(scene.today) if span.first <= scene.today <= span.last else None,
        "heading": _heading(span, zh),
        "previous_url": address(scene, {f"{item.id}.from": add_months(span.first, -months).strftime("%Y-%m")}),
        "next_url": address(scene, {f"{item.id}.from": add_months(span.first, months).strftime("%Y-%m")}),
        "today_url": address(scene, {f"{item.id}.from": None}),
        "more": page.next_cursor is not None,
        "most": number(item, "limit", BARS),
        "toolbar": toolbar_of(item, scene, entity) if follows_address(item, scene) else None,
    }


def _heading(span: Span, zh: bool) -> str:
    same = span.first.year == span.last.year
    if zh:
        return f"{span.first.year} 年 {span.first.month} 月 – {'' if same else f'{span.last.year} 年 '}{span.last.month} 月"
    return f"{span.first:%b}{'' if same else f' {span.first.year}'} – {span.last:%b %Y}"


def _span(item: Item, scene: Scene) -> Span:
    """From the month that the address asks for, else from the one before today's."""
    asked = scene.parameters.get(f"{item.id}.from", "")
    try:
        first = datetime.strptime(asked, "%Y-%m").date()
    except ValueError:
        first = add_months(scene.today.replace(day=1), -1)
    return Span(first, add_months(first, number(item, "months", MONTHS)) - timedelta(days=1))


def _bar(item: Item, scene: Scene, entity: Entity, record: Record, span: Span) -> Bar | None:
    begins = scene.day_of(record.cells.get(text(item, "begins")))
    ends = scene.day_of(record.cells.get(text(item, "ends")))
    if begins is None or ends is None:
        return None
    share = as_decimal(record.cells.get(text(item, "progress"))) if text(item, "progress") else None
    at = span.place(begins)
    wide = max(span.place(ends + timedelta(days=1)) - at, NARROWEST)
    done = int(wide * min(max(share, Decimal(0)), Decimal(1))) if share is not None else 0
    days = (format_date(begins, scene.language, scene.today), format_date(ends, scene.language, scene.today))
    return Bar(
        title=words_at(record, path_of(text(item, "title", entity.title)), entity, scene),
        url=record_link(entity.name, record.id),
        words=" – ".join(days),
        badge=_badge(item, scene, entity, record),
        at=min(at, WIDE - NARROWEST),
        wide=wide,
        done=done,
        share=f"{share * 100:.0f} %" if share is not None else "",
        opens=begins < span.first,
        goes_on=ends > span.last,
        late=share is not None and share < 1 and ends < scene.today,
    )


def _badge(item: Item, scene: Scene, entity: Entity, record: Record) -> Shown | None:
    path = path_of(text(item, "tone")) if text(item, "tone") else ()
    field = scene.readable_field(entity.name, path) if path else None
    return cell(record, path, field, scene) if field is not None else None
