"""List questions: what people can ask of the list pages of a model, as addresses: views, filters, orders, words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from engine.model.app import AppModel
from engine.model.entities import REFERENCE_KINDS, Field, FieldKind
from engine.model.pages import Item, Page, PageKind
from engine.widgets.properties import maps, texts

WORDS = "上海"
CHOSEN = frozenset({FieldKind.STATE, FieldKind.CHOICE})


def list_pages(model: AppModel) -> Iterator[Page]:
    return (page for page in model.pages.values() if page.kind is PageKind.LIST and page.entity)


def addresses(model: AppModel, page: Page) -> Iterator[str]:
    """The page as it opens, each saved view, each filter it offers with a value, its orders both ways, a search."""
    entity, base = model.entities[page.entity or ""], f"/app/{page.name}"
    for item in page.items:
        if item.widget == "table":
            yield base
            for asked in _asked(item, entity.fields):
                yield f"{base}?{urlencode(asked)}"
            if any(one.search for one in entity.fields.values()):
                yield f"{base}?{urlencode({'q': WORDS})}"


def _asked(item: Item, fields: Mapping[str, Field]) -> Iterator[dict[str, str]]:
    for view in maps(item, "views"):
        yield {"v": str(view["id"])}
    for name in texts(item, "sort"):
        yield {"sort": name.removeprefix("-") if name.startswith("-") else f"-{name}"}
    for name in texts(item, "filters"):
        field = fields.get(name)
        if field is not None and field.kind in CHOSEN and field.choices:
            yield {f"f.{name}": field.choices[0].name}
        elif field is not None and field.kind in REFERENCE_KINDS:
            yield {f"f.{name}": "0SAPHB2RR0002"}
