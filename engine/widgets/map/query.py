"""The map: rows with a location as points on a plane, near ones as one mark, and the rows themselves beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from engine.model.areas import Area, area_of
from engine.model.coordinates import Point
from engine.model.entities import Entity, Field, FieldKind
from engine.model.locations import MICRO, point_in
from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, Filter, Path, Record, RecordPage
from engine.widgets.cells import Shown, cell, title_of
from engine.widgets.charts.markup import text_width
from engine.widgets.contract import Failed, ManyRows, Need, Scene
from engine.widgets.identifiers import record_link
from engine.widgets.listing import (
    OPTION_KINDS,
    address,
    columns_of,
    conditions,
    entity_of,
    everything_url,
    follows_address,
    is_narrowed,
    request_for,
)
from engine.widgets.map_plane import Cluster, Named, Plane, clustered, fitted, framed, net, scale_bar, with_room
from engine.widgets.properties import number, path_of, text, texts
from engine.widgets.toolbars import toolbar_of

MOST_POINTS, MOST_LISTED = 1_000, 50
WORLD = Area(((-90 * MICRO, -180 * MICRO, 90 * MICRO, 180 * MICRO),))
COLOURS = 8
LEAST_RADIUS, MOST_RADIUS = 7, 20


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands on the plane: at shares of it in percent, how large, of which colour, how many rows, where it leads."""

    across: str
    down: str
    radius: float
    colour: int
    count: int
    label: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A row beside the map."""

    url: str
    title: str
    colour: int
    lines: tuple[tuple[str, Shown], ...]


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity, path = entity_of(item, scene), path_of(text(item, "location"))
    field = scene.readable_field(entity.name, path) if entity else None
    if entity is None or field is None or field.kind is not FieldKind.LOCATION:
        return {}
    extra = (path, *(_readable(item, scene, entity, name) for name in ("tone", "area")))
    base = request_for(item, scene, entity, extra=tuple(one for one in extra if one), limit=1)
    chosen = conditions(item, scene, entity) if follows_address(item, scene) else ()
    where = AllOf((*chosen, _placed(item, scene, path, field)))
    request = replace(base, where=where, cursor=None, count=True)
    return {"rows": ManyRows(request, number(item, "limit", MOST_POINTS))}


def _readable(item: Item, scene: Scene, entity: Entity, name: str) -> Path:
    path = path_of(text(item, name)) if text(item, name) else ()
    return path if path and scene.readable_field(entity.name, path) is not None else ()


def _placed(item: Item, scene: Scene, path: Path, field: Field) -> Filter:
    """Rows that stand on the map: within the box that it is zoomed to, else anywhere; a mask stands nowhere."""
    area = area_of("within", scene.parameters.get(f"{item.id}.box", ""))
    if area is None and field.mask is None:
        return Condition(path, "not_empty")
    return Condition(path, "within", area or WORLD)


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity, page = entity_of(item, scene), found.get("rows")
    if entity is None or not isinstance(page, RecordPage):
        return {"state": "error", "failed": page if isinstance(page, Failed) else Failed("no_permission", "")}
    follows, path = follows_address(item, scene), path_of(text(item, "location"))
    around = {
        "toolbar": toolbar_of(item, scene, entity) if follows else None,
        "clear_url": everything_url(item, scene),
        "drawer": text(item, "opens") == "drawer",
    }
    placed = [(record, point) for record in page.records if (point := _point(record, path)) is not None]
    zoomed = area_of("within", scene.parameters.get(f"{item.id}.box", "")) is not None
    if not placed and not zoomed:
        return {**around, "state": "filtered" if follows and is_narrowed(item, scene) else "empty"}
    records, points = [record for record, _ in placed], [point for _, point in placed]
    plane = _plane(item, scene, points)
    return {
        **around,
        **_drawn(item, scene, plane, points, [_row(one, item, scene, entity) for one in records], records),
        "state": "rows",
        "shown": len(placed),
        "total": page.total or len(placed),
        "capped": page.total_capped,
        "legend": _legend(item, scene, entity),
    }


def _point(record: Record, path: Path) -> Point | None:
    """Where a row stands, as far as its reader may read it in this row."""
    name = ".".join(path)
    return None if name in record.masked else point_in(str(record.cells.get(name) or ""))


def _plane(item: Item, scene: Scene, points: Sequence[Point]) -> Plane:
    area = area_of("within", scene.parameters.get(f"{item.id}.box", ""))
    if area is None or len(area.boxes) > 1:
        return fitted(points)
    south, west, north, east = (edge / MICRO for edge in area.boxes[0])
    return framed((south, west, north, east))


def _drawn(
    item: Item, scene: Scene, plane: Plane, points: Sequence[Point], rows: Sequence[Listed], records: Sequence[Record]
) -> Mapping[str, object]:
    meridians, parallels = net(plane)
    metres, share = scale_bar(plane)
    clusters = sorted(clustered(plane, points), key=lambda one: -len(one.members))
    marks = [_mark(one, item, scene, points, rows, records) for one in clusters]
    places = [
        Named(where.across, where.down, mark.radius, text_width(mark.name))
        for where, mark in zip(clusters, marks, strict=True)
    ]
    room = with_room(places)
    return {
        "marks": [mark if at in room else replace(mark, name="") for at, mark in enumerate(marks)],
        "meridians": [(_percent(line.at), line.label) for line in meridians],
        "parallels": [(_percent(line.at), line.label) for line in parallels],
        "scale": (_percent(share), _length(metres, scene)),
        "rows": rows[:MOST_LISTED],
        "box": _box(plane),
        "closer_url": address(scene, {f"{item.id}.box": _box(plane.zoomed(0.5))}),
        "wider_url": address(scene, {f"{item.id}.box": _box(plane.zoomed(2))}),
        "all_url": address(scene, {f"{item.id}.box": None}) if f"{item.id}.box" in scene.parameters else "",
        "box_url": address(scene, {f"{item.id}.box": "BOX"}),
    }


def _mark(
    cluster: Cluster,
    item: Item,
    scene: Scene,
    points: Sequence[Point],
    rows: Sequence[Listed],
    records: Sequence[Record],
) -> Mark:
    members, count = [rows[at] for at in cluster.members], len(cluster.members)
    colours = {one.colour for one in members}
    at = {"across": _percent(cluster.across), "down": _percent(cluster.down)}
    colour = colours.pop() if len(colours) == 1 else 0
    if count == 1:
        return Mark(
            **at, radius=LEAST_RADIUS, colour=colour, count=1, label=members[0].title, name="", url=members[0].url
        )
    name = _area_name(item, scene, [records[one] for one in cluster.members])
    closer = fitted([points[one] for one in cluster.members])
    words = f"{count} 条，放大" if scene.language == "zh" else f"{count} rows, zoom in"
    return Mark(
        **at,
        radius=min(LEAST_RADIUS + 2 * log2(count) + 2, MOST_RADIUS),
        colour=colour,
        count=count,
        label=f"{name} {words}".strip(),
        name=name,
        url=address(scene, {f"{item.id}.box": _box(closer)}),
    )


def _area_name(item: Item, scene: Scene, records: Sequence[Record]) -> str:
    """What most of the rows of a mark say of where they are."""
    entity = entity_of(item, scene)
    path = _readable(item, scene, entity, "area") if entity else ()
    field = scene.readable_field(entity.name, path) if entity and path else None
    if field is None:
        return ""
    shown = Counter(one.text for record in records if (one := cell(record, path, field, scene)).kind != "empty")
    return shown.most_common(1)[0][0] if shown else ""


def _row(record: Record, item: Item, scene: Scene, entity: Entity) -> Listed:
    columns = columns_of(item, scene, entity) if texts(item, "columns") else ()
    beside = [one for one in columns if one.path not in ((entity.title,), path_of(text(item, "location")))]
    lines = tuple((one.label, cell(record, one.path, one.field, scene)) for one in beside)
    tone = _readable(item, scene, entity, "tone")
    field = scene.readable_field(entity.name, tone) if tone else None
    chosen = record.cells.get(".".join(tone)) if field is not None and ".".join(tone) not in record.masked else None
    colour = _colour(field, str(chosen)) if field is not None and chosen is not None else 0
    return Listed(record_link(entity.name, record.id), title_of(entity, record, scene), colour, lines)


def _colour(field: Field, name: str) -> int:
    """The colour of an option by its place, 0 for what has none."""
    return next((at % COLOURS + 1 for at, choice in enumerate(field.choices) if choice.name == name), 0)


def _legend(item: Item, scene: Scene, entity: Entity) -> tuple[tuple[int, str], ...]:
    path = _readable(item, scene, entity, "tone")
    field = scene.readable_field(entity.name, path) if path else None
    if field is None or field.kind not in OPTION_KINDS:
        return ()
    return tuple((at % COLOURS + 1, scene.words(choice.label)) for at, choice in enumerate(field.choices))


def _box(plane: Plane) -> str:
    return ",".join(f"{edge:.5f}" for edge in plane.box)


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"


def _length(metres: int, scene: Scene) -> str:
    zh = scene.language == "zh"
    if metres < 1000:
        return f"{metres} {'米' if zh else 'm'}"
    return f"{metres // 1000:,} {'公里' if zh else 'km'}"
