"""Cells: a value of a field as people see it, with its exact form, tone and link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from engine.model.addresses import address_of
from engine.model.divisions import divisions
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.formula import FormulaError
from engine.model.locations import kept_location
from engine.model.requests import Path, Record
from engine.model.rich_texts import RichText
from engine.model.twofold import told_in
from engine.widgets.contract import Scene
from engine.widgets.formats import (
    format_date,
    format_decimal,
    format_duration,
    format_instant,
    format_money,
    format_number,
    format_percent,
)
from engine.widgets.identifiers import record_link

ERRORS = {
    "overflow": ("#溢出", "#OVERFLOW"),
    "division_by_zero": ("#除以零", "#DIV/0"),
    "invalid": ("#无效", "#INVALID"),
}
OUTCOMES = {"approved": ("同意", "Approved"), "rejected": ("拒绝", "Rejected"), "returned": ("退回", "Sent back")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell ready for a template: `kind` is text, long, rich, number, badge, badges, link, date, boolean, empty, masked, external,
    place.

    `markup` is a rich text with its formatting.
    """

    text: str
    kind: str = "text"
    exact: str = ""
    tone: str = "neutral"
    href: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    markup: str = ""


EMPTY = Shown("—", "empty")


def cell(record: Record, path: Path, field: Field, scene: Scene) -> Shown:
    """The cell at `path` of a record as the reader may see it."""
    name = ".".join(path)
    if name in record.masked:
        words = "已脱敏" if scene.language == "zh" else "Masked"
        return Shown(str(record.cells.get(name, "***")), "masked", words)
    value = record.cells.get(f"{name}.@html") if field.rich else None
    if value is None:
        value = record.cells.get(name)
    title = record.cells.get(f"{name}.@title")
    return show(value, field, scene, str(title) if title is not None else None)


def words_at(record: Record, path: Path, entity: Entity, scene: Scene) -> str:
    """The words of a cell of an entity's row; a dash for what is empty, and for what the reader may not read."""
    field = scene.readable_field(entity.name, path)
    return cell(record, path, field, scene).text if field is not None else EMPTY.text


def show(value: object, field: Field, scene: Scene, title: str | None = None) -> Shown:
    """A value of a field for people; `title` names the row that a reference points at."""
    if value is None or value in ("", ()):
        return EMPTY
    if isinstance(value, FormulaError):
        zh, en = ERRORS.get(value.code, ERRORS["invalid"])
        return Shown(zh if scene.language == "zh" else en, "error", tone="danger")
    title = told_in(title, scene.language) if title is not None else None
    if field.kind in REFERENCE_KINDS:
        return _reference(value, field, title)
    if field.kind is FieldKind.RECORD:
        return _record_link(str(value), title)
    if field.kind in NUMERIC_KINDS:
        return _number(value, field, scene)
    if field.kind in {FieldKind.CHOICE, FieldKind.STATE, FieldKind.CHOICES}:
        return _choice(value, field, scene)
    return _other(value, field, scene)


def _reference(value: object, field: Field, title: str | None) -> Shown:
    if title is None:
        return EMPTY
    if field.kind is FieldKind.RELATION and field.relation is not None and isinstance(value, int):
        return Shown(title, "link", href=record_link(field.relation.entity, value))
    return Shown(title, "person" if field.kind is FieldKind.USER else "text")


def _record_link(value: str, title: str | None) -> Shown:
    """A record of any entity; one that the reader may not see stays unnamed."""
    return EMPTY if title is None else Shown(title, "link", href="/r/" + "/".join(value.split("/")[:2]))


def _number(value: object, field: Field, scene: Scene) -> Shown:
    amount = value if isinstance(value, Decimal) else Decimal(str(value))
    exact = format_number(amount, scene.language, field.scale)
    if field.kind is FieldKind.MONEY:
        return Shown(format_money(amount, scene.language, field.currency or "CNY", field.scale), "number", exact)
    if field.kind is FieldKind.PERCENT:
        return Shown(format_percent(amount, scene.language), "number", exact)
    short, unit = format_decimal(amount, scene.language, field.scale), scene.words(field.measure_unit)
    return Shown(f"{short} {unit}" if unit else short, "number", exact)


def _choice(value: object, field: Field, scene: Scene) -> Shown:
    names = value if isinstance(value, tuple | list) else (value,)
    parts = []
    for name in names:
        choice = field.choice(str(name))
        parts.append((scene.words(choice.label) if choice else str(name), choice.tone if choice else "neutral"))
    if len(parts) == 1:
        return Shown(parts[0][0], "badge", tone=parts[0][1])
    between = "、" if scene.language == "zh" else ", "
    return Shown(between.join(words for words, _ in parts), "badges", parts=tuple(parts))


def _other(value: object, field: Field, scene: Scene) -> Shown:
    if isinstance(value, bool):
        words = ("是", "否") if scene.language == "zh" else ("Yes", "No")
        return Shown(words[0] if value else words[1], "boolean")
    if isinstance(value, datetime):
        return Shown(format_instant(value, scene.language, scene.now, scene.zone), "date", value.isoformat())
    if isinstance(value, date):
        return Shown(format_date(value, scene.language, scene.today), "date", value.isoformat())
    if isinstance(value, timedelta):
        return Shown(format_duration(value, scene.language), "number")
    if field.kind in {FieldKind.PHONE, FieldKind.EMAIL, FieldKind.URL}:
        prefix = {FieldKind.PHONE: "tel:", FieldKind.EMAIL: "mailto:", FieldKind.URL: ""}[field.kind]
        safe = prefix + str(value) if prefix or str(value).startswith(("https://", "http://")) else ""
        return Shown(str(value), "external" if safe else "text", href=safe)
    if field.kind is FieldKind.ADDRESS:
        return Shown(address_of(str(value)).words)
    if field.kind is FieldKind.LOCATION:
        return _place(str(value), scene)
    if field.names:
        return Shown(_named(str(value), field.names, scene))
    if isinstance(value, RichText) and value.formatted:
        return Shown(str(value), "rich", markup=value.markup)
    return Shown(told_in(str(value), scene.language), "long" if field.kind is FieldKind.LONG_TEXT else "text")


def _place(stored: str, scene: Scene) -> Shown:
    """A location by its words and its point, with a link that opens the map application of the device (RFC 5870)."""
    place = kept_location(stored)
    if place is None:
        return Shown(stored)
    point = place.point.replace(" ", "")
    more = [("point", place.point)] if place.words else []
    if place.accuracy is not None:
        more.append(("accuracy", f"±{place.accuracy} {'米' if scene.language == 'zh' else 'm'}"))
    if place.taken:
        at = datetime.fromisoformat(place.taken)
        more.append(("taken", format_instant(at, scene.language, scene.now, scene.zone)))
    label = f"({quote(place.words, safe='')})" if place.words else ""
    return Shown(
        place.words or place.point, "place", place.point, href=f"geo:{point}?q={point}{label}", parts=tuple(more)
    )


def title_of(entity: Entity, record: Record, scene: Scene) -> str:
    """What a record is called, as its reader reads it."""
    value, field = record.cells.get(entity.title), entity.fields.get(entity.title)
    if field is not None and field.kind in REFERENCE_KINDS:
        return str(record.cells.get(f"{entity.title}.@title") or "—")
    if value and field is not None and field.names:
        return _named(str(value), field.names, scene)
    return told_in(str(value or "—"), scene.language)


def _named(name: str, kind: str, scene: Scene) -> str:
    """The label of what a text names; the name itself where the application has it no more."""
    whole, _, part = name.partition(".")
    if kind == "outcome":
        zh, en = OUTCOMES.get(name, (name, name))
        return zh if scene.language == "zh" else en
    if kind == "division":
        found = divisions().by_code.get(name)
        return found.told_in(scene.language) if found is not None else name
    if kind == "seat":
        unit = scene.model.unit_kinds.get(whole)
        seat = next((one for one in unit.seats if one.name == part), None) if unit is not None else None
        return scene.words(seat.label) if seat is not None else name
    flow = scene.model.flows.get(whole)
    if flow is None:
        return name
    step = next((one for one in flow.every_step() if one.id == part), None) if part else None
    return " · ".join(scene.words(one.label) for one in (flow, step) if one is not None)
