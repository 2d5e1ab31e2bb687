"""Cards on forms: what a card says, which field takes which part of it, and what is taken when its reader has seen that.

Nothing is written here: a form comes back filled in, and is saved as any other.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.model.access import FieldRight
from engine.model.addresses import address_of
from engine.model.app import AppModel
from engine.model.entities import Entity, Field, FieldKind
from engine.model.pages import Item
from engine.runtime.attachments import NewFile, has_content, keep_file
from engine.runtime.cards.reading import Card, CardPart, read_card
from engine.runtime.identifiers import encode_id
from engine.runtime.query.picker import pick
from engine.runtime.query.rights import field_rights
from engine.runtime.storage.cells import read_cell
from engine.runtime.work import Work
from engine.web.form_bodies import FormBody
from engine.widgets.contract import CardFilling, CardLine
from engine.widgets.default_items import enterable
from engine.widgets.properties import text

WIDGET = "business_card"
TAKE = "take"
PHOTO = "data:image/jpeg;base64,"
LARGEST_PHOTO = 1_500_000
JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class _Offer:
    """A part of a card and the field that takes it: the value as its form holds it, and how it reads."""

    part: CardPart
    field: Field
    value: str
    shown: str
    problem: str = ""
    left: str = ""


def card_on(model: AppModel, entity: Entity) -> Item | None:
    """The item of the entity's form that reads cards."""
    form = model.form_of(entity.name)
    return next((one for one in form.walk() if one.widget == WIDGET), None) if form is not None else None


def card_filling(work: Work, entity: Entity, record: int | None, body: FormBody) -> CardFilling | None:
    """What of a card was entered, read, and where it would go; None for a form that reads none."""
    item = card_on(work.model, entity)
    if item is None:
        return None
    photo = body.card.photo if _photo(body.card.photo) else ""
    if not body.card.act or body.card.act == TAKE:
        return CardFilling(text=body.card.text if not body.card.act else "", photo=photo)
    card = read_card(body.card.text)
    offers = list(_offers(work, entity, record, item, card))
    lines = tuple(_line(work, entity, one, body.values.get(one.field.name)) for one in offers)
    left = [value for part, value in card.parts if part not in {one.part for one in offers}]
    return CardFilling(body.card.text, True, lines, (*left, *card.rest), photo)


def with_card(work: Work, entity: Entity, record: int | None, body: FormBody) -> FormBody:
    """The form with what was ticked of its card, as its reader saw it."""
    item = card_on(work.model, entity)
    if item is None or body.card.act != TAKE:
        return body
    offers = _offers(work, entity, record, item, read_card(body.card.text))
    taken = {one.field.name: one.value for one in offers if one.part in body.card.takes and not one.problem}
    return replace(body, values={**body.values, **taken})


def keep_photo(work: Work, entity: Entity, record: int, body: FormBody) -> None:
    """The photo of the card as a file of the record that was saved with it; once, however often the form is sent."""
    item, content = card_on(work.model, entity), _photo(body.card.photo)
    if item is None or item.properties.get("photo") is not True or not content:
        return
    if not has_content(work, entity.name, record, content):
        name = "名片.jpg" if work.context.language == "zh" else "business card.jpg"
        keep_file(work, entity.name, record, NewFile(name, content))


def _photo(written: str) -> bytes:
    """The picture that a form carries; nothing for what is none."""
    if not written.startswith(PHOTO) or len(written) > LARGEST_PHOTO:
        return b""
    try:
        content = base64.b64decode(written.removeprefix(PHOTO), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return content if content.startswith(JPEG) else b""


def _offers(work: Work, entity: Entity, record: int | None, item: Item, card: Card) -> Iterator[_Offer]:
    rights = field_rights(work, entity.name, record)
    found: Mapping[CardPart, str] = dict(card.parts)
    for part, written in card.parts:
        name = text(item, part)
        if part is CardPart.LANDLINE and not name and CardPart.MOBILE not in found:
            name = text(item, CardPart.MOBILE)
        field = entity.fields.get(name)
        if field is not None and rights.get(name) is FieldRight.WRITE and enterable(field):
            yield _offer(work, entity, part, field, written)


def _offer(work: Work, entity: Entity, part: CardPart, field: Field, written: str) -> _Offer:
    if field.relation is not None:
        return _row_offer(work, entity, part, field, written)
    value = f"http://{written}" if field.kind is FieldKind.URL and "://" not in written else written
    _, problems = read_cell(value, field, work.context.zone)
    wrong = problems[0].message.text(work.context.language) if problems else ""
    if field.kind is FieldKind.ADDRESS:  # what is not told of it is chosen on the form
        return _Offer(part, field, value, _shown(value, field), left=wrong)
    return _Offer(part, field, value, _shown(value, field), wrong)


def _row_offer(work: Work, entity: Entity, part: CardPart, field: Field, written: str) -> _Offer:
    """The one row that bears the name, among those that the writer may choose."""
    found = pick(work, entity.name, field.name, written, 5)
    row = next((one for one in found if one.label.casefold() == written.casefold()), None)
    if row is None and len(found) == 1:
        row = found[0]
    if row is not None:
        return _Offer(part, field, encode_id(row.id), row.label)
    zh = work.context.language == "zh"
    problem = "没有找到，请先新建或直接选择" if zh else "Not found; make it first, or choose one"
    return _Offer(part, field, "", written, problem)


def _shown(value: str, field: Field) -> str:
    return address_of(value).words if field.kind is FieldKind.ADDRESS else value


def _line(work: Work, entity: Entity, offer: _Offer, entered: object) -> CardLine:
    current = str(entered) if isinstance(entered, str) else ""
    if offer.field.relation is not None and current:
        picked = pick(work, entity.name, offer.field.name, "", 1, only=current)
        current = picked[0].label if picked else ""
    else:
        current = _shown(current, offer.field) if current else ""
    same = bool(current) and current == offer.shown
    label = offer.field.label.text(work.context.language) or offer.field.name
    return CardLine(
        part=str(offer.part),
        label=label,
        shown=offer.shown,
        current=current,
        same=same,
        problem=offer.problem,
        left=offer.left,
    )
