"""Where the boxes of a decision-chain map stand and how its ways run: layers by the longest way from the start, then
few crossings, then short ways. Long ways are led past the boxes between by points of their own."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.model.map_shape import MapShape

WIDTH, HEIGHT = 168, 66
GAP, LAYER = 24, 46
MARGIN = 16
_NARROW = 20
"""The room that a way takes between boxes."""
_SWEEPS = 8
_LABEL = 44
"""Room for the words at a way back."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A way as it is drawn: through these points; `back` leads up again beside everything else."""

    source: str
    target: str
    index: int
    points: tuple[Point, ...]
    back: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The upper left corner of each box, the lines, and the size of the whole."""

    boxes: Mapping[str, Point]
    lines: tuple[Line, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """Layers of boxes and points, with what each is joined to above and below."""

    layers: list[list[str]]
    above: dict[str, list[str]]
    below: dict[str, list[str]]

    def size(self, name: str) -> float:
        return _NARROW if "/" in name else WIDTH


def layout_of(shape: MapShape) -> Layout:
    """The layout of a map of this shape."""
    ranks = shape.ranks()
    chains = {
        (name, index): _chain(name, edge.target, index, ranks)
        for name in shape.order
        for index, edge in enumerate(shape.onward[name])
    }
    grid = _grid(shape.order, ranks, list(chains.values()))
    for turn in range(_SWEEPS):
        _sort(grid, down=turn % 2 == 0)
    middles = _middles(grid)
    boxes = {name: (middles[name] - WIDTH / 2, MARGIN + ranks[name] * (HEIGHT + LAYER)) for name in shape.order}
    right = max(corner[0] for corner in boxes.values()) + WIDTH
    lines = [_line(key, chain, middles, ranks, boxes) for key, chain in chains.items()]
    for lane, (source, target) in enumerate(sorted(shape.back)):
        lines.append(_back(source, target, boxes, right + 14 + 12 * lane))
    lanes = [right + 14 + 12 * lane + _LABEL for lane in range(len(shape.back))]
    reach = max([right, *lanes, *(x for line in lines for x, _ in line.points)])
    bottom = max(corner[1] for corner in boxes.values()) + HEIGHT
    return Layout(boxes, tuple(lines), reach + MARGIN, bottom + MARGIN)


def _chain(source: str, target: str, index: int, ranks: Mapping[str, int]) -> list[str]:
    """A way from layer to layer: its ends, and a point in every layer between."""
    between = range(ranks[source] + 1, ranks[target])
    return [source, *(f"{source}/{index}/{rank}" for rank in between), target]


def _grid(order: Sequence[str], ranks: Mapping[str, int], chains: Sequence[Sequence[str]]) -> _Grid:
    layers: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for name in order:
        layers[ranks[name]].append(name)
    for chain in chains:
        for upper, lower in itertools.pairwise(chain):
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
        for name in chain[1:-1]:
            layers[int(name.rsplit("/", 1)[1])].append(name)
    return _Grid(layers, above, below)


def _sort(grid: _Grid, *, down: bool) -> None:
    """Put every layer in the order of what it is joined to: the mean place of its neighbours in the layer before."""
    sequence = range(1, len(grid.layers)) if down else range(len(grid.layers) - 2, -1, -1)
    joined = grid.above if down else grid.below
    for rank in sequence:
        places = {name: place for place, name in enumerate(grid.layers[rank - 1 if down else rank + 1])}
        layer = grid.layers[rank]
        own = {name: place for place, name in enumerate(layer)}
        means = {name: _mean([places[one] for one in joined.get(name, ())], own[name]) for name in layer}
        layer.sort(key=lambda name: (means[name], own[name]))


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _middles(grid: _Grid) -> dict[str, float]:
    """The middle of every box and point: near its neighbours, in the order of its layer, never over another."""
    found: dict[str, float] = {}
    for layer in grid.layers:
        _spread(layer, dict.fromkeys(layer, 0.0), grid, found)
    for turn in range(2 * _SWEEPS):
        down = turn % 2 == 0
        joined = grid.above if down else grid.below
        for layer in grid.layers if down else reversed(grid.layers):
            wanted = {name: _mean([found[one] for one in joined.get(name, ())], found[name]) for name in layer}
            _spread(layer, wanted, grid, found)
    left = min(middle - grid.size(name) / 2 for name, middle in found.items())
    return {name: middle - left + MARGIN for name, middle in found.items()}


def _spread(layer: Sequence[str], wanted: Mapping[str, float], grid: _Grid, found: dict[str, float]) -> None:
    """Give a layer its wanted places, pushed apart from the left and from the right alike."""
    rooms = [(grid.size(one) + grid.size(other)) / 2 + GAP for one, other in itertools.pairwise(layer)]
    from_left = [wanted[name] for name in layer]
    for at, room in enumerate(rooms):
        from_left[at + 1] = max(from_left[at + 1], from_left[at] + room)
    from_right = [wanted[name] for name in layer]
    for at in range(len(rooms) - 1, -1, -1):
        from_right[at] = min(from_right[at], from_right[at + 1] - rooms[at])
    for name, one, other in zip(layer, from_left, from_right, strict=True):
        found[name] = (one + other) / 2


def _line(
    key: tuple[str, int],
    chain: Sequence[str],
    middles: Mapping[str, float],
    ranks: Mapping[str, int],
    boxes: Mapping[str, Point],
) -> Line:
    source, target = chain[0], chain[-1]
    points: list[Point] = [(middles[source], boxes[source][1] + HEIGHT)]
    for name in chain[1:-1]:
        top = MARGIN + int(name.rsplit("/", 1)[1]) * (HEIGHT + LAYER)
        points += [(middles[name], top), (middles[name], top + HEIGHT)]
    return Line(source, target, key[1], (*points, (middles[target], boxes[target][1])))


def _back(source: str, target: str, boxes: Mapping[str, Point], lane: float) -> Line:
    """A way back runs up at the right of everything."""
    (x, y), (to_x, to_y) = boxes[source], boxes[target]
    start, end = y + HEIGHT / 2, to_y + HEIGHT / 2
    return Line(source, target, -1, ((x + WIDTH, start), (lane, start), (lane, end), (to_x + WIDTH, end)), back=True)
