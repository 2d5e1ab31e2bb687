"""Reading the properties of an item: paths, texts, formulas, labels, as the compiler left them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.model.formula import Formula
from engine.model.names import Label
from engine.model.pages import Item
from engine.model.requests import Path, Sort


def path_of(text: str) -> Path:
    return tuple(text.split("."))


def texts(item: Item, name: str) -> tuple[str, ...]:
    """A list of names, or an empty one."""
    found = item.properties.get(name)
    return tuple(str(one) for one in found) if isinstance(found, list | tuple) else ()


def text(item: Item, name: str, default: str = "") -> str:
    found = item.properties.get(name)
    return found if isinstance(found, str) else default


def number(item: Item, name: str, default: int) -> int:
    found = item.properties.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def exact_number(item: Item, name: str) -> Decimal | None:
    """A number with its decimals, as it was written."""
    found = item.properties.get(name)
    return Decimal(str(found)) if isinstance(found, int | float) and not isinstance(found, bool) else None


def formula(item: Item, name: str) -> Formula | None:
    found = item.properties.get(name)
    return found if isinstance(found, Formula) else None


def label(item: Item, name: str) -> Label:
    return as_label(item.properties.get(name))


def as_label(value: object) -> Label:
    """A label however it was written: resolved, by language, or one text."""
    if isinstance(value, Label):
        return value
    if isinstance(value, Mapping):
        return Label({str(key): str(part) for key, part in value.items()})
    return Label({"zh": str(value)} if value else {})


def maps(item: Item, name: str) -> tuple[Mapping[str, object], ...]:
    """A list of maps, such as saved views."""
    found = item.properties.get(name)
    return tuple(one for one in found if isinstance(one, Mapping)) if isinstance(found, list | tuple) else ()


def sorts(listed: tuple[str, ...]) -> tuple[Sort, ...]:
    """`-amount` sorts descending by amount."""
    return tuple(Sort(path_of(one.removeprefix("-")), one.startswith("-")) for one in listed)
