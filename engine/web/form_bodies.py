"""Form bodies: the names of a form's inputs, read back into values and sub-table rows.

`f.<field>` is a field, `f.<field>@<part>` a part of an address or a location, `f.<field>@html` a rich text as its editor wrote it; `c.<collection>.<row>.<field>` a cell of a sub-table, where `@id` names an existing row and
`@delete` drops it and `@version` says which version of it was read; `@lines` asks for other lines to enter; `@version` and `@key` carry what was read and the
idempotency key; `@take.<path>` and `@seen` how a conflict was decided, `@restore` that a deleted record shall come back, `@confirm` that records which are alike were seen; `@at` is the step that was shown, `@step` the one to be left, `@back` the one to go back to;
`@card` what to do with the business card of `@card.text`, `@card.take.<part>` a part to take, `@card.photo` its picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from engine.model.addresses import PARTS, Address, address_of_parts, consistent
from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.locations import PARTS as PLACE_PARTS
from engine.model.locations import LocationFault, location_of_parts
from engine.model.names import empty_map
from engine.runtime.identifiers import decode_id
from engine.runtime.storage.rich_texts import HTML, LONGEST_SOURCE, rich_text
from engine.web.calls import Call, whole_number

ROW_LIMIT = 100_000
"""Numbers that lines get while one adds and drops them."""
MOST_DIGITS = 40
CARD_TAKES = "@card.take."
WAS = "was"
"""The part of a location that tells the point which its accuracy and time belong to."""
_PARTS = {FieldKind.ADDRESS: PARTS, FieldKind.LOCATION: (*PLACE_PARTS, WAS)}


@dataclass(frozen=True, slots=True)
class CardBody:
    """What a form says of a business card: its text, whether to `read` or to `take` it, the parts to take, its photo."""

    text: str = ""
    act: str = ""
    takes: frozenset[str] = frozenset()
    photo: str = ""


@dataclass(frozen=True, slots=True)
class FormBody:
    """What a form sent: texts by field, rows by collection, the version that was read, the idempotency key."""

    values: Mapping[str, object]
    children: Mapping[str, list[dict[str, object]]]
    version: int | None
    key: str | None
    add_row: str | None
    takes: Mapping[str, str] = field(default_factory=empty_map)
    seen: int | None = None
    restore: bool = False
    cascade: bool = False
    confirmed: str = ""
    opened: Mapping[str, int] = field(default_factory=empty_map)
    """Of a long sub-table, from which line on its lines are entered without JavaScript."""
    step: str = ""
    back: str = ""
    at: str = ""
    card: CardBody = CardBody()


def read_form(call: Call, model: AppModel, entity: Entity) -> FormBody:
    """The form of a call; empty texts are None, repeated names of a multi-choice field a list."""
    values: dict[str, object] = {}
    rows: dict[str, dict[int, dict[str, object]]] = {}
    extras: dict[str, str] = {}
    for name, text in call.form:
        head, _, rest = name.partition(".")
        if head == "f" and rest.partition("@")[0] in entity.fields:
            _keep(values, rest, text, entity)
        elif head == "c":
            _keep_cell(rows, rest, text, model, entity)
        else:
            extras[name] = text
    cascade = "@cascade" in extras
    return FormBody(
        values=_whole(values, cascade),
        children={name: [_whole(by_index[at], cascade) for at in sorted(by_index)] for name, by_index in rows.items()},
        version=whole_number(extras.get("@version", "")),
        key=extras.get("@key") or None,
        add_row=extras.get("@add"),
        takes={
            name.removeprefix("@take."): side
            for name, side in extras.items()
            if name.startswith("@take.") and side in {"mine", "theirs"}
        },
        seen=whole_number(extras.get("@seen", "")),
        restore="@restore" in extras,
        cascade=cascade,
        confirmed=extras.get("@confirm", ""),
        opened=_opened(extras.get("@lines", "")),
        step=extras.get("@step", ""),
        back=extras.get("@back", ""),
        at=extras.get("@at", ""),
        card=_card(extras),
    )


def _card(extras: Mapping[str, str]) -> CardBody:
    act = extras.get("@card", "")
    takes = frozenset(name.removeprefix(CARD_TAKES) for name in extras if name.startswith(CARD_TAKES))
    return CardBody(
        extras.get("@card.text", ""), act if act in {"read", "take"} else "", takes, extras.get("@card.photo", "")
    )


def _opened(text: str) -> Mapping[str, int]:
    name, _, first = text.partition(".")
    at = whole_number(first)
    return {name: at} if at is not None else {}


def _keep(values: dict[str, object], named: str, text: str, entity: Entity) -> None:
    name, _, part = named.partition("@")
    if part == HTML and entity.fields[name].rich:
        values[name] = rich_text(text) if len(text) <= LONGEST_SOURCE else {HTML: text}
    elif part:
        parts = values.setdefault(name, {}) if part in _PARTS.get(entity.fields[name].kind, ()) else None
        if isinstance(parts, dict):
            parts[part] = text
    elif entity.fields[name].kind is FieldKind.CHOICES:
        listed = values.setdefault(name, [])
        if isinstance(listed, list) and text:
            listed.append(text)
    else:
        typed = _fraction(text) if entity.fields[name].kind is FieldKind.PERCENT else text
        values[name] = typed if typed.strip() else None


def _whole(values: dict[str, object], cascade: bool) -> dict[str, object]:
    """The values with each address and location put together; parts that make none stay apart, to be refused."""
    return {
        name: _put_together(value, cascade) if isinstance(value, dict) and HTML not in value else value
        for name, value in values.items()
    }


def _put_together(parts: Mapping[str, object], cascade: bool) -> object:
    return _address(parts, cascade) if parts.keys() <= set(PARTS) else _place(parts)


def _place(parts: Mapping[str, object]) -> object:
    """A point that was written anew was not taken where and when the one before it was."""
    if not parts.get("point") and not parts.get("words"):
        return None
    if parts.get(WAS) and parts[WAS] != parts["point"]:
        parts = {name: one for name, one in parts.items() if name not in {"accuracy", "taken"}}
    try:
        return location_of_parts(parts).stored
    except LocationFault:
        return parts


def _address(parts: Mapping[str, object], cascade: bool) -> object:
    try:
        address: Address = consistent(parts) if cascade else address_of_parts(parts)
    except ValueError:
        return parts
    return address.stored or None


def _fraction(text: str) -> str:
    """A percent as entered (30, 30 %) as the fraction that is stored; what is no number stays as typed."""
    try:
        amount = Decimal(text.strip().rstrip("%").strip())
    except InvalidOperation:
        return text
    return format(amount.scaleb(-2), "f") if amount.is_finite() and abs(amount.adjusted()) < MOST_DIGITS else text


def _keep_cell(
    rows: dict[str, dict[int, dict[str, object]]], rest: str, text: str, model: AppModel, entity: Entity
) -> None:
    parts = rest.split(".")
    if len(parts) != 3 or parts[0] not in entity.collections or not parts[1].isdigit() or int(parts[1]) >= ROW_LIMIT:
        return
    collection, index, name = parts[0], int(parts[1]), parts[2]
    row = rows.setdefault(collection, {}).setdefault(index, {})
    if name == "@id":
        if text:
            row["id"] = decode_id(text)
    elif name in {"@version", "@seen"}:
        row["_seen" if name == "@seen" else "version"] = whole_number(text)
    elif name == "@delete":
        row["_delete"] = True
    else:
        child = model.entities[entity.collections[collection].entity]
        if name.partition("@")[0] in child.fields:
            _keep(row, name, text, child)


def without_blank_rows(children: Mapping[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """The rows that hold anything; the spare line that a form offers is not one."""
    return {
        name: [
            row for row in rows if "id" in row or any(value not in (None, "", [], "false") for value in row.values())
        ]
        for name, rows in children.items()
    }


def gone_rows(children: Mapping[str, list[dict[str, object]]]) -> frozenset[int]:
    """The rows that the form drops."""
    return frozenset(
        identity
        for rows in children.values()
        for row in rows
        if row.get("_delete") and isinstance(identity := row.get("id"), int)
    )
