"""Pages, dashboards and forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import time

from engine.diagnostics import Diagnostic
from engine.dsl.form_checks import check_form
from engine.dsl.part import Part, PassContext, frozen
from engine.dsl.passes.items import build_items
from engine.dsl.scopes import entity_at
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import resolve_path
from engine.model.entities import FieldKind
from engine.model.pages import Form, Page, PageFilter, PageKind
from engine.model.reports import Every, ReportSchedule, Rhythm

_FITTING: Mapping[tuple[str, str], frozenset[FieldKind]] = {
    ("kanban", "by"): frozenset({FieldKind.CHOICE, FieldKind.STATE}),
    ("calendar", "date"): frozenset({FieldKind.DATE, FieldKind.INSTANT}),
    ("gantt", "begins"): frozenset({FieldKind.DATE, FieldKind.INSTANT}),
    ("gantt", "ends"): frozenset({FieldKind.DATE, FieldKind.INSTANT}),
    ("gantt", "progress"): frozenset({FieldKind.PERCENT}),
    ("gantt", "tone"): frozenset({FieldKind.CHOICE, FieldKind.STATE}),
    ("timeline", "date"): frozenset({FieldKind.DATE, FieldKind.INSTANT}),
    ("map", "location"): frozenset({FieldKind.LOCATION}),
    ("map", "tone"): frozenset({FieldKind.CHOICE, FieldKind.STATE}),
}
"""Fields that a property of a widget can show, by widget and property."""

FIGURE = re.compile(r"\{([^{}]*)\}")
"""A metric inside a headline."""


def compile_pages(context: PassContext) -> Iterator[Page | Diagnostic]:
    for kind in ("pages", "dashboards"):
        for part in context.parts(kind):
            yield from _page_problems(part)
            yield _page(part)


def compile_forms(context: PassContext) -> Iterator[Form | Diagnostic]:
    for part in context.parts("forms"):
        yield from check_form(part)
        yield Form(
            name=part.name,
            pack=part.pack,
            entity=part.text("entity"),
            label=part.label(),
            place=part.place,
            submit=part.label("submit"),
            items=build_items(part),
        )


def _page(part: Part) -> Page:
    kind = PageKind.DASHBOARD if part.document.kind == "dashboards" else PageKind(part.text("kind", "free"))
    return Page(
        name=part.name,
        pack=part.pack,
        kind=kind,
        label=part.label(),
        place=part.place,
        roles=frozenset(part.names("roles")),
        entity=part.optional("entity"),
        icon=part.text("icon", "file"),
        form=part.optional("form"),
        items=build_items(part),
        filters=tuple(_filter(one) for one in part.items("filters")),
        headline=part.label("headline"),
        description=part.label("description"),
        turns_to=part.inner("screen").names("turn_to"),
        turns_after=part.inner("screen").whole("seconds"),
        light_screen=part.inner("screen").flag("light"),
        reports=tuple(_report(one) for one in part.items("reports")),
    )


def _report(part: Part) -> ReportSchedule:
    rhythm = Rhythm(Every(part.text("every")), time.fromisoformat(part.text("at")), part.whole("on", 1))
    return ReportSchedule(part.id, rhythm, frozenset(part.names("roles")))


def _filter(part: Part) -> PageFilter:
    return PageFilter(part.id, part.label(), part.text("dimension"), frozen(part.value.get("default")))


def _page_problems(part: Part) -> Iterator[Diagnostic]:
    if not part.names("roles"):
        yield part.problem("W442", *(("roles",) if part.has("roles") else ()), page=part.name)
    if part.text("kind") in {"list", "record"} and not part.has("entity"):
        yield part.problem("E452", "kind")
    yield from _figures(part)
    yield from _sorts(part, part.optional("entity"))
    yield from _shown_fields(part)


def _figures(part: Part) -> Iterator[Diagnostic]:
    """The names in a headline's braces are metrics."""
    declared = part.value.get("headline")
    texts: Mapping[str, object] = declared if isinstance(declared, Mapping) else {"": declared}
    metrics = list(part.context.symbols.names("metrics"))
    for language, text in texts.items():
        for name in FIGURE.findall(text) if isinstance(text, str) else ():
            if name not in metrics:
                steps = ("headline", language) if language else ("headline",)
                hint = suggestion(name, metrics)
                yield part.problem("E307", *steps, hint=hint, name=name, allowed=listed(metrics))


def _sorts(part: Part, entity: str | None) -> Iterator[Diagnostic]:
    """Sorts along a relation have no index of their own."""
    for item in part.items("items"):
        shown = item.optional("entity") or entity
        for index, text in enumerate(item.names("sort") if shown else ()):
            path = text.removeprefix("-")
            found = resolve_path(part.context.symbols, str(shown), path)
            if "." in path and (found.field is not None or found.built_in is not None):
                yield item.problem("I451", "sort", index, path=path)
        yield from _sorts(item, shown)


def _shown_fields(part: Part) -> Iterator[Diagnostic]:
    """Boards are split by choices, calendars and time lines follow dates."""
    for item in part.items("items"):
        for (widget, key), kinds in _FITTING.items():
            entity = entity_at(part.document, (*item.path, key), part.context.symbols)
            if item.text("widget") != widget or not item.has(key) or entity is None:
                continue
            found = resolve_path(part.context.symbols, entity, item.text(key)).field
            if found is not None and found.kind is not None and found.kind not in kinds:
                yield item.problem("E413", key, type=found.kind, name=found.name)
        yield from _shown_fields(item)
