"""Controls: how a field is entered: which control, its texts, its options, its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from engine.model.access import Action
from engine.model.addresses import Address, address_of, consistent
from engine.model.coordinates import SYSTEMS, WGS84
from engine.model.divisions import divisions
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Field, FieldKind, OfficialNumber
from engine.model.locations import kept_location
from engine.model.rich_texts import RichText, paragraphs
from engine.widgets.contract import Scene
from engine.widgets.default_items import enterable
from engine.widgets.formats import SYMBOLS

MANY_OPTIONS = 7
MOST_DIGITS = 40
LOOKUP = "@lookup"
"""The parameter of a form that is filled in over another one, to be chosen there."""
LEVELS = (("province", "省", "Province"), ("city", "市", "City"), ("district", "区县", "District"))

_BY_KIND = {
    FieldKind.LONG_TEXT: "textarea",
    FieldKind.BOOLEAN: "switch",
    FieldKind.DATE: "date",
    FieldKind.INSTANT: "instant",
    FieldKind.CHOICES: "checkboxes",
    FieldKind.PHONE: "tel",
    FieldKind.EMAIL: "email",
    FieldKind.URL: "url",
    FieldKind.ADDRESS: "address",
    FieldKind.LOCATION: "place",
}
_SYSTEM_WORDS = (
    ("GPS（WGS-84）", "GPS (WGS-84)"),
    ("高德、腾讯（GCJ-02）", "Amap, Tencent (GCJ-02)"),
    ("百度（BD-09）", "Baidu (BD-09)"),
)


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a control offers."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Level:
    """One level of an address, chosen from the divisions of the one before it."""

    part: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class EnteredPlace:
    """A location as it is entered: its parts as texts, and the systems that a point may be written in."""

    point: str
    accuracy: str
    taken: str
    words: str
    systems: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A control ready for its template. `name` is the input's name, `id` unique on the page."""

    kind: str
    name: str
    id: str
    label: str
    value: str
    required: bool
    help: str = ""
    prefix: str = ""
    suffix: str = ""
    options: tuple[Option, ...] = ()
    problems: tuple[str, ...] = ()
    max_length: int | None = None
    pick_url: str = ""
    computed: bool = False
    percent: bool = False
    levels: tuple[Level, ...] = ()
    place: EnteredPlace | None = None
    slider: tuple[str, ...] = ()
    """The least, the most and the step of a slider beside the number, as people enter numbers."""
    markup: str = ""
    """A rich text as its editor begins with it."""
    typed: bool = False
    """Whether that was entered here and stands in no record yet."""
    create_url: str = ""
    """Where a row to choose is made over the form; what was looked for follows where the address ends in `=`."""
    create_label: str = ""


def control_for(
    field: Field, entity: str, scene: Scene, input_name: str, wished: str = "", problem_key: str = ""
) -> Control:
    """The control of a field. `wished` is a control that the definition asks for."""
    filling = scene.filling
    value = filling.values.get(field.name) if filling and "." not in input_name.removeprefix("f.") else None
    return control_of(field, entity, scene, input_name, value, wished, problem_key or field.name)


def control_of(
    field: Field, entity: str, scene: Scene, input_name: str, value: object, wished: str, problem_key: str
) -> Control:
    """The control of a field with a given value, for fields and for cells of sub-tables."""
    filling = scene.filling
    chosen = _chosen(value)
    kind = _kind(field, wished)
    address = _address(value) if kind == "address" else None
    currency = _sign(field)
    return Control(
        kind=kind,
        name=input_name,
        id=input_name.replace(".", "-").replace("@", ""),
        label=scene.words(field.label) or field.name,
        value=address.detail if address else "" if isinstance(value, list | tuple) else entered_text(value, field),
        levels=tuple(_levels(address, scene)) if address else (),
        place=_place(value, scene) if kind == "place" else None,
        required=field.required,
        help=scene.words(field.help),
        prefix=currency if field.kind is FieldKind.MONEY else "",
        suffix=_suffix(field, scene),
        percent=field.kind is FieldKind.PERCENT,
        options=_options(field, scene, chosen, problem_key),
        problems=filling.problems.get(problem_key, ()) if filling else (),
        max_length=field.bounds.max_length,
        pick_url=f"/api/records/{entity}/pick/{field.name}" if field.kind in REFERENCE_KINDS else "",
        computed=field.computed,
        markup=_markup(value) if kind == "rich" else "",
        typed=isinstance(value, RichText) and value != _recorded(field, scene),
    )


def _markup(value: object) -> str:
    return value.markup if isinstance(value, RichText) else paragraphs(str(value)) if isinstance(value, str) else ""


def _recorded(field: Field, scene: Scene) -> object:
    return scene.record.cells.get(f"{field.name}.@html") if scene.record is not None else None


def _sign(field: Field) -> str:
    return {"CNY": "¥", "USD": "$", "EUR": "€"}.get(field.currency or "", field.currency or "")


def shape_of(field: Field, scene: Scene) -> tuple[tuple[str, str], ...]:
    """How the browser writes a computed number as `show` does: with the sign of a percent or a currency, with a unit, and
    of which decimals zeros at the end say nothing.
    """
    if field.kind is FieldKind.PERCENT:
        return (("percent", " %" if scene.language == "zh" else "%"),)
    if field.kind is FieldKind.MONEY:
        least = (("least", "2"),) if field.scale > 2 else ()
        return (("sign", SYMBOLS.get(field.currency or "CNY", f"{field.currency} ")), *least)
    suffix = scene.words(field.measure_unit) if field.kind in NUMERIC_KINDS else ""
    return (("suffix", suffix),) if suffix else ()


def with_creation(control: Control, field: Field, scene: Scene) -> Control:
    """A picker that offers to make the row which is not there yet, to whoever may make one; parts are made with their whole."""
    target = scene.model.entities.get(field.relation.entity) if field.relation else None
    if control.kind != "picker" or target is None or target.part_of or Action.CREATE not in scene.allowed[target.name]:
        return control
    title = target.fields.get(target.title)
    named = title is not None and title.kind is FieldKind.TEXT and enterable(title)
    url = f"/r/{target.name}/new?{LOOKUP}=1" + (f"&{title.name}=" if title is not None and named else "")
    noun = scene.words(target.label)
    words = f"新建{noun}" if scene.language == "zh" else f"New {noun.lower()}"
    return replace(control, create_url=url, create_label=words)


def _suffix(field: Field, scene: Scene) -> str:
    if field.kind is FieldKind.PERCENT:
        return "%"
    return "" if field.kind is FieldKind.MONEY else scene.words(field.measure_unit)


def _kind(field: Field, wished: str) -> str:
    if field.computed:
        return "computed"
    if wished in {"radio", "segmented", "switch", "textarea", "select"}:
        return wished
    if field.kind in REFERENCE_KINDS:
        return "picker"
    if field.kind is FieldKind.RECORD:
        return "select"
    if field.kind in NUMERIC_KINDS:
        return "number"
    if field.kind is FieldKind.CHOICE:
        return (
            "select"
            if len(field.choices) > MANY_OPTIONS or field.choices == ()
            else "segmented"
            if len(field.choices) <= 4
            else "select"
        )
    if field.rich:
        return "rich"
    if field.bounds.official is not None:
        return "digits" if field.bounds.official is OfficialNumber.BANK_CARD else "official"
    return _BY_KIND.get(field.kind, "text")


def _address(value: object) -> Address:
    return consistent(value) if isinstance(value, Mapping) else address_of(str(value or ""))


def _place(value: object, scene: Scene) -> EnteredPlace:
    """The parts of a location, as they were entered where they are none."""
    if isinstance(value, Mapping):
        parts = {name: str(part or "") for name, part in value.items()}
    else:
        kept = kept_location(str(value or ""))
        accuracy = "" if kept is None or kept.accuracy is None else str(kept.accuracy)
        parts = (
            {}
            if kept is None
            else {"point": kept.point, "accuracy": accuracy, "taken": kept.taken, "words": kept.words}
        )
        parts.setdefault("point", str(value or "") if kept is None else kept.point)
    chosen = parts.get("system") or WGS84
    systems = tuple(
        Option(name, words[0 if scene.language == "zh" else 1], name == chosen)
        for name, words in zip(SYSTEMS, _SYSTEM_WORDS, strict=True)
    )
    point, accuracy, taken, words = (parts.get(name, "") for name in ("point", "accuracy", "taken", "words"))
    return EnteredPlace(point, accuracy, taken, words, systems)


def _levels(address: Address, scene: Scene) -> Iterator[Level]:
    chosen = tuple(one.code for one in divisions().chain(address.code))
    for at, (part, zh, en) in enumerate(LEVELS):
        inside = "" if at == 0 else chosen[at - 1] if len(chosen) >= at else None
        found = divisions().of(inside) if inside is not None else ()
        options = tuple(Option(one.code, one.name, one.code in chosen) for one in found)
        yield Level(part, zh if scene.language == "zh" else en, options)


def _chosen(value: object) -> frozenset[str]:
    if isinstance(value, list | tuple):
        return frozenset(str(one) for one in value)
    return frozenset({str(value)}) if value not in (None, "") else frozenset()


def entered_text(value: object, field: Field) -> str:
    """A value as its control holds it."""
    if value is None or (field.rich and not isinstance(value, str)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.kind is FieldKind.INSTANT:
        return str(value)[:16]
    return entered_number(str(value), field) if field.kind in NUMERIC_KINDS else str(value)


def entered_number(text: str, field: Field) -> str:
    """A stored number as people enter it: percents as 30, no zeros that mean nothing; what is no number stays as typed."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text
    if not amount.is_finite() or abs(amount.adjusted()) > MOST_DIGITS:
        return text
    whole = amount.scaleb(2) if field.kind is FieldKind.PERCENT else amount
    plain = format(whole, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    missing = 2 - len(plain.partition(".")[2])
    return plain + "0" * missing if field.kind is FieldKind.MONEY and "." in plain and missing > 0 else plain


def _options(field: Field, scene: Scene, chosen: frozenset[str], key: str) -> tuple[Option, ...]:
    if field.kind in REFERENCE_KINDS | {FieldKind.RECORD} and scene.filling is not None:
        parts = key.split(".")
        name = f"{parts[0]}.{parts[-1]}" if len(parts) > 1 else key
        return tuple(Option(value, words, value in chosen) for value, words in scene.filling.choices.get(name, ()))
    return tuple(Option(one.name, scene.words(one.label), one.name in chosen) for one in field.choices)
