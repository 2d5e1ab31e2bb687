"""Where the nodes of a knowledge graph stand: columns by kind, within a column blocks of a kind, few crossings.

Whoever puts a node elsewhere decides; the others keep their places. Nothing is drawn by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.widgets.charts.wrapping import wrapped
from engine.widgets.knowledge_parts import GraphView, NodeView

WIDTH, GAP, MARGIN, BULGE = 142, 54, 14, 32
PAD, SIZE, LINE = 10, 12, 15
SPACE, BETWEEN, HEAD = 8, 18, 24
"""Between two nodes, between two blocks, and for the heading of a block."""
_SWEEPS = 6
COLUMNS: tuple[tuple[str, ...], ...] = (
    ("segment",),
    ("objection", "need"),
    ("argument", "product_family"),
    ("evidence", "kpi", "constraint", "regulation"),
)


@dataclass(frozen=True, slots=True)
class Box:
    """A node in the drawing: its upper left corner, its height, its name over one or two lines."""

    x: int
    y: int
    height: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a block."""

    x: int
    y: int
    kind: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes by node, the headings, and the size of the whole."""

    boxes: Mapping[str, Box]
    heads: tuple[Head, ...]
    width: int
    height: int


def layout_of(view: GraphView) -> Layout:
    """The layout of a graph."""
    lines = {node.id: tuple(wrapped(node.label, WIDTH - 2 * PAD, SIZE))[:2] for node in view.nodes}
    order = _ordered(view)
    heights = [_height(column, lines) for column in order]
    tallest = max(heights, default=0)
    boxes: dict[str, Box] = {}
    heads: list[Head] = []
    for index, column in enumerate(order):
        spare = (tallest - heights[index]) // max(1, sum(len(nodes) for _, nodes in column))
        y, x = MARGIN, MARGIN + index * (WIDTH + GAP)
        for kind, nodes in column:
            heads.append(Head(x, y, kind))
            y += HEAD
            for node in nodes:
                height = _box_height(lines[node.id])
                boxes[node.id] = Box(x, y, height, lines[node.id])
                y += height + SPACE + (spare if index == 0 else 0)
            y += BETWEEN - SPACE
    for node in view.nodes:
        if node.spot is not None:
            boxes[node.id] = Box(*node.spot, boxes[node.id].height, lines[node.id])
    width = max((box.x + WIDTH for box in boxes.values()), default=0) + BULGE
    height = max((box.y + box.height for box in boxes.values()), default=0) + MARGIN
    return Layout(boxes, tuple(heads), max(width, MARGIN + 4 * WIDTH + 3 * GAP + BULGE), height)


Block = tuple[str, list[NodeView]]


def _ordered(view: GraphView) -> list[list[Block]]:
    """The columns with their blocks; within a block each node stands near what it is joined to by the text of the pack, so
    that whoever adds an edge moves nothing.
    """
    columns = [[(kind, list(view.of_kind(kind))) for kind in kinds] for kinds in COLUMNS]
    columns = [[(kind, nodes) for kind, nodes in column if nodes] for column in columns]
    joined: dict[str, list[str]] = {node.id: [] for node in view.nodes}
    for edge in (one for one in view.edges if not one.own):
        joined[edge.source].append(edge.target)
        joined[edge.target].append(edge.source)
    for sweep in range(_SWEEPS):
        for index in range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns))):
            beside = _shares(column for at, column in enumerate(columns) if abs(at - index) == 1)
            own = _shares([columns[index]])
            for _, nodes in columns[index]:
                nodes.sort(
                    key=lambda node: _middle([beside[one] for one in joined[node.id] if one in beside], own[node.id])
                )
    return columns


def _shares(columns: Iterable[Sequence[Block]]) -> dict[str, float]:
    """How far down its column each node stands, from 0 to 1."""
    found: dict[str, float] = {}
    for column in columns:
        names = [node.id for _, nodes in column for node in nodes]
        found |= {name: (at + 0.5) / len(names) for at, name in enumerate(names)}
    return found


def _middle(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _height(column: Sequence[Block], lines: Mapping[str, tuple[str, ...]]) -> int:
    return sum(
        HEAD + BETWEEN - SPACE + sum(_box_height(lines[node.id]) + SPACE for node in nodes) for _, nodes in column
    )


def _box_height(lines: Sequence[str]) -> int:
    return 2 * 8 + LINE * len(lines)
