"""Pages, forms and dashboards: trees of items, each one widget with its checked properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place
from engine.model.reports import ReportSchedule


@dataclass(frozen=True, slots=True)
class Item:
    """One widget on a page. `properties` obey the widget's schema (labels as Label, formulas as Formula); `slots` hold children."""

    id: str
    widget: str
    place: Place
    label: Label = NO_LABEL
    span: int = 12
    roles: frozenset[str] | None = None
    visible_when: Formula | None = None
    properties: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    items: tuple[Item, ...] = ()

    @property
    def entered(self) -> tuple[str, ...]:
        """The fields that an item of a form asks for."""
        named = (self.properties.get(key) for key in ("field", "begins", "ends"))
        return tuple(one for one in named if isinstance(one, str))

    def walk(self) -> Iterator[Item]:
        yield self
        for child in self.items:
            yield from child.walk()


class PageKind(StrEnum):
    """`free` stands alone, `list` shows rows of its entity, `record` shows one row of its entity, `dashboard` shows metrics."""

    FREE = "free"
    LIST = "list"
    RECORD = "record"
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True)
class PageFilter:
    """A filter that every item of a dashboard obeys: a dimension shared by its metrics, or the period."""

    id: str
    label: Label
    dimension: str
    default: object = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page at /app/<pack>/<name>. `roles` may open it (default deny). `headline` is a formula over metrics giving one sentence.

    On a wall it turns to `turns_to`, each sheet after `turns_after` seconds (0: as usual).
    """

    name: str
    pack: str
    kind: PageKind
    label: Label
    place: Place
    roles: frozenset[str]
    entity: str | None = None
    icon: str = "file"
    form: str | None = None
    items: tuple[Item, ...] = ()
    filters: tuple[PageFilter, ...] = ()
    headline: Label = NO_LABEL
    description: Label = NO_LABEL
    turns_to: tuple[str, ...] = ()
    turns_after: int = 0
    light_screen: bool = False
    reports: tuple[ReportSchedule, ...] = ()

    def walk(self) -> Iterator[Item]:
        for item in self.items:
            yield from item.walk()


def form_cause(form: str) -> str:
    """The cause of what is written because somebody has handed in a form."""
    return f"form:{form}"


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an entity. `submit` is the verb on its primary button (提交报价)."""

    name: str
    pack: str
    entity: str
    label: Label
    place: Place
    submit: Label = NO_LABEL
    items: tuple[Item, ...] = ()

    def walk(self) -> Iterator[Item]:
        for item in self.items:
            yield from item.walk()
