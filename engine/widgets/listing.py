"""Listing: how a data view turns its item and the address into a request for rows, and offers filters, views and sorting.

Parameters of an address: `q` searches, `sort` orders, `v` chooses a view, `cursor` goes on, `f.<path>` filters; `cols`
are the columns in their order, `freeze` how many of them stay in sight, `rows` how dense the rows stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from engine.model.areas import area_of
from engine.model.divisions import Division, divisions
from engine.model.entities import Entity, Field, FieldKind
from engine.model.formula import Formula
from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, Filter, Path, QueryRequest, Sort
from engine.widgets.contract import Scene
from engine.widgets.kept_views import BASE, COLUMNS, KEPT, ONCE, OWN, PASSING
from engine.widgets.periods import PERIOD_LABELS, whole_period
from engine.widgets.properties import as_label, formula, maps, number, path_of, sorts, text, texts
from engine.widgets.row_groups import only_filter
from engine.widgets.spans import Span, span_of

PAGE_SIZE = 25
MOST_COLUMNS, MOST_SORTS = 40, 4
NO_COLUMN = frozenset({FieldKind.ATTACHMENT})
OPTION_KINDS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.STATE})
SUMMED = frozenset({FieldKind.MONEY, FieldKind.DECIMAL, FieldKind.INTEGER})
DISTANCES = (500, 1_000, 3_000, 10_000, 50_000)
"""Metres that a list offers to be narrowed to."""
DATE_KINDS = frozenset({FieldKind.DATE, FieldKind.INSTANT})


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the reader may see."""

    path: Path
    field: Field
    label: str

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def numeric(self) -> bool:
        return self.field.kind in {
            FieldKind.INTEGER,
            FieldKind.DECIMAL,
            FieldKind.MONEY,
            FieldKind.PERCENT,
            FieldKind.DURATION,
        }


@dataclass(frozen=True, slots=True)
class FilterOption:
    """One value that a filter may take."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter as offered above a list: its field, its options, and what is chosen, in words."""

    name: str
    label: str
    options: tuple[FilterOption, ...]
    chosen: str
    clear_url: str
    span: Span | None = None
    """Of a date: the two days that it may lie between."""
    near: tuple[tuple[int, str], ...] = ()
    """Of a location: the metres that it may be away, in words."""
    value: str = ""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved filter of a list."""

    id: str
    label: str
    url: str
    current: bool
    kept: bool = False
    shared: bool = False


def entity_of(item: Item, scene: Scene) -> Entity | None:
    """The entity whose rows an item shows: its own, or the page's."""
    name = text(item, "entity")
    return scene.model.entities.get(name) if name else scene.entity


def columns_of(item: Item, scene: Scene, entity: Entity) -> tuple[Column, ...]:
    """The item's columns that the reader may ever read; without any declared, the title and the first fields."""
    asked = scene.parameters.get(COLUMNS, "") if follows_address(item, scene) else ""
    names = tuple(dict.fromkeys(asked.split(",")[:MOST_COLUMNS])) if asked else ()
    return _columns(names, scene, entity) or declared_columns(item, scene, entity)


def declared_columns(item: Item, scene: Scene, entity: Entity) -> tuple[Column, ...]:
    """The columns that an item shows of itself."""
    listed = texts(item, "columns") or (entity.title, *[name for name in entity.fields if name != entity.title][:5])
    return _columns(listed, scene, entity)


def _columns(names: Sequence[str], scene: Scene, entity: Entity) -> tuple[Column, ...]:
    return tuple(column for name in names if (column := _column(scene, entity, path_of(name))) is not None)


def pickable_columns(item: Item, scene: Scene, entity: Entity) -> tuple[tuple[Column, bool], ...]:
    """What the columns of a list may be chosen from, the shown ones first and in their order; whether each is shown."""
    shown = columns_of(item, scene, entity)
    own = [name for name, one in entity.fields.items() if one.kind not in NO_COLUMN]
    others = (*(column.name for column in declared_columns(item, scene, entity)), *own)
    seen = {column.name for column in shown}
    named = {column.path[0] for column in _columns((*seen, *others), scene, entity) if is_title(scene, entity, column)}
    rest = _columns([name for name in dict.fromkeys(others) if name not in seen | named], scene, entity)
    return (*((one, True) for one in shown), *((one, False) for one in rest))


def _column(scene: Scene, entity: Entity, path: Path) -> Column | None:
    found = scene.readable_field(entity.name, path)
    if found is None:
        return None
    return Column(path, found, _heading(scene, entity, path, found))


def is_title(scene: Scene, entity: Entity, column: Column) -> bool:
    """Whether a column is the title of what a relation of the row points at: the relation itself reads the same."""
    through = scene.readable_field(entity.name, column.path[:-1]) if len(column.path) == 2 else None
    relation = through.relation if through is not None else None
    return relation is not None and scene.model.entities[relation.entity].title == column.path[-1]


def _heading(scene: Scene, entity: Entity, path: Path, found: Field) -> str:
    """What a column is called; the title of a related record goes by the relation's name: 客户, not 客户全称."""
    if len(path) > 1:
        through = scene.readable_field(entity.name, path[:-1])
        if through is not None and through.relation is not None:
            target = scene.model.entities[through.relation.entity]
            if target.title == path[-1]:
                return scene.words(through.label) or through.name
    return scene.words(found.label) or found.name


def request_for(
    item: Item, scene: Scene, entity: Entity, extra: tuple[Path, ...] = (), limit: int | None = None
) -> QueryRequest:
    """The rows that an item shows for this address."""
    follows = follows_address(item, scene)
    columns = [column.path for column in columns_of(item, scene, entity)]
    columns += [
        path for path in ((entity.title,), *extra) if path not in columns and scene.readable_field(entity.name, path)
    ]
    parameters = scene.parameters if follows else {}
    view = chosen_view(item, scene) if follows else None
    return QueryRequest(
        entity=entity.name,
        columns=tuple(columns),
        where=AllOf(conditions(item, scene, entity) if follows else ()),
        formula_filter=_view_formula(view) or formula(item, "where"),
        sort=_sort(item, scene, entity, parameters.get("sort", "")),
        search=parameters.get("q", "")[:100],
        limit=limit or number(item, "limit", PAGE_SIZE),
        cursor=parameters.get("cursor") or None,
        count=follows,
    )


def follows_address(item: Item, scene: Scene) -> bool:
    """Only the data views of a list page obey the address; tables on dashboards stand for themselves."""
    return scene.page is not None and scene.page.kind == "list" and entity_of(item, scene) is scene.entity


def summed_column(item: Item, scene: Scene, entity: Entity) -> Column | None:
    """The figure that a column of a board or a group of rows adds up: the declared one, else the first money of the rows themselves that is shown."""
    declared = text(item, "sum")
    field = scene.readable_field(entity.name, path_of(declared)) if declared else None
    if field is not None:
        adds_up = field.kind in SUMMED and not field.sealed
        return Column(path_of(declared), field, scene.words(field.label)) if adds_up else None
    columns = columns_of(item, scene, entity)
    money = (one for one in columns if one.field.kind is FieldKind.MONEY and not one.field.sealed)
    return next((one for one in money if len(one.path) == 1), None)


def _sort(item: Item, scene: Scene, entity: Entity, asked: str) -> tuple[Sort, ...]:
    chosen = sorts(tuple(asked.split(",")[:MOST_SORTS])) if asked else sorts(texts(item, "sort"))
    return tuple(
        one
        for one in chosen
        if scene.readable_field(entity.name, one.path) or one.path[0] in {"created_at", "updated_at"}
    )


def conditions(item: Item, scene: Scene, entity: Entity) -> tuple[Filter, ...]:
    """The conditions that the address puts on the item's offered filters, and the one group that it asks for."""
    found = []
    for name in texts(item, "filters"):
        value = scene.parameters.get(f"f.{name}", "")
        field = scene.readable_field(entity.name, path_of(name))
        if value and field is not None:
            condition = _condition(field, path_of(name), value, scene)
            found += [condition] if condition else []
    return (*found, *only_filter(item, scene, entity))


def _condition(field: Field, path: Path, value: str, scene: Scene) -> Filter | None:
    if field.kind in DATE_KINDS:
        period = whole_period(value, scene.today)
        return Condition(path, "between", (period.since or date(1, 1, 1), period.until or date(9999, 12, 31)))
    if field.kind is FieldKind.BOOLEAN:
        return Condition(path, "eq", value == "true")
    if field.kind is FieldKind.USER and value == "me":
        return Condition(path, "eq", scene.user_id)
    if field.kind in OPTION_KINDS:
        chosen = tuple(one for one in value.split(",") if field.choice(one) or field.workflow)
        return Condition(path, "in", chosen) if chosen else None
    if field.kind is FieldKind.ADDRESS:
        return _within(path, value) if value in divisions().by_code else None
    if field.kind is FieldKind.LOCATION:
        area = area_of("near", value)
        return Condition(path, "near", area) if area is not None else None
    if field.kind is FieldKind.UNIT and value.isdigit():
        return Condition(path, "under", int(value))
    return None


def _within(path: Path, code: str) -> Filter:
    """Addresses whose division is that of a code or lies in it: their texts stand together, so that an index finds them."""
    return AllOf((Condition(path, "ge", code), Condition(path, "lt", f"{code}:")))


def chips(item: Item, scene: Scene, entity: Entity) -> tuple[FilterChip, ...]:
    """The filters above a list, as far as the reader may read their fields."""
    found = []
    for name in texts(item, "filters"):
        field = scene.readable_field(entity.name, path_of(name))
        value = scene.parameters.get(f"f.{name}", "")
        options = _options(field, scene, value) if field else ()
        near = _distances(scene) if field is not None and field.kind is FieldKind.LOCATION else ()
        if field is None or not (options or near):
            continue
        marked = tuple(FilterOption(one, words, one == value) for one, words in options)
        chosen, label = in_words(field, scene, value), scene.words(field.label)
        found.append(
            FilterChip(
                f"f.{name}",
                label,
                marked,
                chosen,
                address(scene, {f"f.{name}": None}),
                _span(name, field, scene),
                near,
                value,
            )
        )
    return tuple(found)


def in_words(field: Field, scene: Scene, value: str) -> str:
    """What a filter of a field asks for, as its reader is told; "" for nothing."""
    if value and field.kind in DATE_KINDS:
        return scene.words(whole_period(value, scene.today).label)
    if field.kind is FieldKind.LOCATION:
        return _near_in_words(value, scene)
    named = dict(_options(field, scene, value))
    chosen = [named[one] for one in (value.split(",") if field.kind in OPTION_KINDS else [value]) if one in named]
    return ("、" if scene.language == "zh" else ", ").join(chosen)


def _distances(scene: Scene) -> tuple[tuple[int, str], ...]:
    return tuple((metres, _kilometres(metres, scene)) for metres in DISTANCES)


def _kilometres(metres: int, scene: Scene) -> str:
    return f"{metres / 1000:g} {'公里' if scene.language == 'zh' else 'km'}"


def _near_in_words(value: str, scene: Scene) -> str:
    area = area_of("near", value)
    if area is None or area.centre is None:
        return ""
    point, far = f"{area.centre[0]:.4f}, {area.centre[1]:.4f}", _kilometres(area.metres, scene)
    return f"{point} 周围 {far}" if scene.language == "zh" else f"within {far} of {point}"


def _span(name: str, field: Field, scene: Scene) -> Span | None:
    if field.kind not in DATE_KINDS:
        return None
    value = scene.parameters.get(f"f.{name}", "")
    return span_of(f"f.{name}", whole_period(value, scene.today) if value else None)


def _options(field: Field, scene: Scene, value: str) -> tuple[tuple[str, str], ...]:
    if field.kind is FieldKind.ADDRESS:
        return tuple((one.code, divisions().names(one.code)) for one in _offered(value))
    if field.kind in OPTION_KINDS:
        return tuple((choice.name, scene.words(choice.label)) for choice in field.choices)
    if field.kind in DATE_KINDS:
        return tuple((name, scene.words(label)) for name, label in PERIOD_LABELS.items())
    if field.kind is FieldKind.BOOLEAN:
        return (
            ("true", "是" if scene.language == "zh" else "Yes"),
            ("false", "否" if scene.language == "zh" else "No"),
        )
    if field.kind is FieldKind.USER:
        return (("me", "我" if scene.language == "zh" else "Me"),)
    return ()


def _offered(code: str) -> Iterator[Division]:
    """The provinces, and behind each that is around a chosen division what lies in it."""
    around = {one.code for one in divisions().chain(code)}

    def within(outer: str) -> Iterator[Division]:
        for one in divisions().of(outer):
            yield one
            if one.code in around:
                yield from within(one.code)

    return within("")


EVERYTHING = "all"
"""The view of a list without a condition: given to every list with views, or declared by it under this name."""


def chosen_view(item: Item, scene: Scene) -> Mapping[str, object] | None:
    """The saved view in the address, else the item's default one; `v=all` is none."""
    asked = declared_view(scene)
    for view in maps(item, "views"):
        if (asked and view.get("id") == asked) or (asked is None and view.get("default") is True):
            return view
    return None


def declared_view(scene: Scene) -> str | None:
    """The declared view that the address names: itself, or by the kept view that it opens; None for none named."""
    asked = scene.parameters.get("v")
    return scene.parameters.get(BASE) if asked is not None and asked.startswith(KEPT) else asked


def _view_formula(view: Mapping[str, object] | None) -> Formula | None:
    found = view.get("where") if view else None
    return found if isinstance(found, Formula) else None


def saved_views(item: Item, scene: Scene) -> tuple[SavedView, ...]:
    """All views of a list: those that it declares, led by the unfiltered one unless it declares its own, then kept ones."""
    views, kept = maps(item, "views"), _kept_views(scene)
    if not views and not kept:
        return ()
    current = chosen_view(item, scene) if scene.kept.open is None else NO_VIEW
    declared = tuple(
        SavedView(str(one["id"]), scene.words(as_label(one.get("label"))), _url(scene, str(one["id"])), one is current)
        for one in views
    )
    if any(one.get("id") == EVERYTHING for one in views):
        return (*declared, *kept)
    label = "全部" if scene.language == "zh" else "All"
    return (SavedView(EVERYTHING, label, _url(scene, EVERYTHING), current is None), *declared, *kept)


NO_VIEW: Mapping[str, object] = {}
"""What stands for the declared view while a kept one is open: none of them is current."""


def _url(scene: Scene, view: str) -> str:
    """Where a declared view is opened: with the filters of now, unless they are those of a kept view."""
    if scene.kept.open is None:
        return address(scene, {"v": view})
    return f"{scene.path}?{urlencode({'v': view})}"


def _kept_views(scene: Scene) -> tuple[SavedView, ...]:
    return tuple(
        SavedView(
            one.key, one.label, f"{scene.path}?{urlencode({'v': one.key})}", one is scene.kept.open, True, one.shared
        )
        for one in scene.kept.views
    )


def is_narrowed(item: Item, scene: Scene) -> bool:
    """Whether a list shows a part of its rows alone: by a search, a filter, or a view with a condition."""
    view = chosen_view(item, scene)
    filters = (name.startswith("f.") and text for name, text in scene.parameters.items())
    return bool(scene.parameters.get("q")) or any(filters) or (view is not None and "where" in view)


def everything_url(item: Item, scene: Scene) -> str:
    """Where a list shows all that it has for its reader."""
    views = maps(item, "views")
    return f"{scene.path}?{urlencode({'v': EVERYTHING})}" if views or scene.kept.default else scene.path


def status_column(columns: Sequence[Column]) -> str:
    """The column that stands at the head of a row's card on a phone: a state, or else the first choice; "" for none."""
    others = columns[1:]
    for kind in (FieldKind.STATE, FieldKind.CHOICE):
        found = next((column.name for column in others if column.field.kind is kind), None)
        if found is not None:
            return found
    return ""


def address(scene: Scene, changes: Mapping[str, str | None]) -> str:
    """This page's address with some parameters changed; a page forward is forgotten when anything else changes.

    Once anything of a kept view is changed, the address says all of it by itself.
    """
    kept = {name: value for name, value in scene.parameters.items() if name not in changes and name not in ONCE}
    kept.update({name: value for name, value in changes.items() if value is not None})
    if scene.kept.open is not None and kept.get("v") == scene.kept.open.key:
        kept = _of_kept_view(scene, kept, not changes.keys() <= PASSING)
    return f"{scene.path}?{urlencode(kept)}" if kept else scene.path


def _of_kept_view(scene: Scene, parameters: Mapping[str, str], changes: bool) -> dict[str, str]:
    if changes or scene.kept.changed:
        return {**parameters, OWN: "1"}
    return {name: value for name, value in parameters.items() if name in PASSING}


def hidden_parameters(scene: Scene) -> tuple[tuple[str, str], ...]:
    """What a form of this page sends along, so that it changes one thing of the address alone."""
    sent = tuple((name, text) for name, text in scene.parameters.items() if name not in ONCE | {"q", OWN})
    return (*sent, (OWN, "1")) if scene.kept.open is not None else sent
