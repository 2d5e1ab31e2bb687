"""The plane of a map: points of the earth on a sheet in Mercator's projection, and what is drawn on it besides them.

Places on the sheet are shares of its width and height: words and marks keep their size at every width. Nothing is asked
of a service of maps: what is known are the points, a net of degrees, and a scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, atan, cos, degrees, pi, radians, sinh, tan

from engine.model.coordinates import Point
from engine.model.locations import RADIUS

WIDE, HIGH = 720.0, 540.0
"""The sheet in pixels where it has its usual width."""
HIGHEST = 84.0
"""Degrees of latitude at which the projection ends."""
NEAREST = 60.0
"""Pixels between two marks; places nearer than that are one mark. On a phone they are half of that, and marks are small."""
NARROWEST = radians(0.004)
"""The least that a sheet shows: about 400 m."""
AIR = 1.16
"""How much wider than its points a sheet is."""
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 45)
MOST_LINES = 6
BAR = 0.22
"""The share of the sheet that the bar of the scale takes at most."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A sheet by its middle and its width in radians of Mercator's projection."""

    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        return self.width * HIGH / WIDE

    def place(self, point: Point) -> tuple[float, float]:
        """Shares of the sheet from its left and its top."""
        across = (radians(point[1]) - self.x) / self.width + 0.5
        return across, 0.5 - (_upright(point[0]) - self.y) / self.height

    @property
    def box(self) -> tuple[float, float, float, float]:
        """South, west, north, east in degrees."""
        low, high = self.y - self.height / 2, self.y + self.height / 2
        west, east = degrees(self.x - self.width / 2), degrees(self.x + self.width / 2)
        return _latitude(low), max(west, -180.0), _latitude(high), min(east, 180.0)

    def zoomed(self, factor: float) -> Plane:
        return Plane(self.x, self.y, _fit_width(self.width * factor))


def fitted(points: Sequence[Point]) -> Plane:
    """The sheet that shows all points with some air around them."""
    across, upright = [radians(lng) for _, lng in points], [_upright(lat) for lat, _ in points]
    west, east, low, high = min(across), max(across), min(upright), max(upright)
    width = _fit_width(max((east - west) * AIR, (high - low) * AIR * WIDE / HIGH))
    return Plane((west + east) / 2, (low + high) / 2, width)


def framed(box: tuple[float, float, float, float]) -> Plane:
    """The sheet that shows a box, whatever its shape."""
    south, west, north, east = box
    low, high = _upright(south), _upright(north)
    width = _fit_width(max(radians(east - west), (high - low) * WIDE / HIGH))
    return Plane(radians(west + east) / 2, (low + high) / 2, width)


def _fit_width(width: float) -> float:
    return min(max(width, NARROWEST), 2 * pi)


def _upright(lat: float) -> float:
    return asinh(tan(radians(max(-HIGHEST, min(HIGHEST, lat)))))


def _latitude(y: float) -> float:
    return degrees(atan(sinh(y)))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the net: its share of the sheet from the left or the top, and its degree in words."""

    at: float
    label: str


def net(plane: Plane) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Meridians and parallels at round degrees."""
    south, west, north, east = plane.box
    step = next((one for one in STEPS if (east - west) / one <= MOST_LINES), STEPS[-1])
    meridians = tuple(Line(plane.place((0, lng))[0], _degree(lng, step, "EW")) for lng in _between(west, east, step))
    parallels = tuple(Line(plane.place((lat, 0))[1], _degree(lat, step, "NS")) for lat in _between(south, north, step))
    return meridians, parallels


def _between(low: float, high: float, step: float) -> list[float]:
    first = int(low // step) + 1
    return [round(at * step, 6) for at in range(first, int(high // step) + 1) if abs(at * step) <= 180]


def _degree(value: float, step: float, sides: str) -> str:
    decimals = max(0, len(f"{step:g}".partition(".")[2]))
    side = "" if value == 0 else sides[0] if value > 0 else sides[1]
    return f"{abs(value):.{decimals}f}°{side}"


def scale_bar(plane: Plane) -> tuple[int, float]:
    """A round length in metres at the middle of the sheet, and the share of its width that it takes."""
    across = plane.width * RADIUS * cos(radians(_latitude(plane.y)))
    size = 1
    while size * 10 <= across * BAR:
        size *= 10
    metres = next(one * size for one in (5, 2, 1) if one * size <= across * BAR or one == 1)
    return metres, metres / across


@dataclass(frozen=True, slots=True)
class Cluster:
    """Points that stand on one mark: the indexes of them, and where the mark stands."""

    members: tuple[int, ...]
    across: float
    down: float


def clustered(plane: Plane, points: Sequence[Point]) -> tuple[Cluster, ...]:
    """The marks of points, each near the first of its points; what lies beside the sheet has none."""
    marks: dict[tuple[int, int], list[tuple[list[int], float, float]]] = {}
    for index, point in enumerate(points):
        across, down = plane.place(point)
        if not (0 <= across <= 1 and 0 <= down <= 1):
            continue
        cell = int(across * WIDE // NEAREST), int(down * HIGH // NEAREST)
        found = next((one for one in _around(marks, cell) if _near(one, across, down)), None)
        if found is None:
            marks.setdefault(cell, []).append(([index], across, down))
        else:
            found[0].append(index)
    return tuple(Cluster(tuple(members), across, down) for those in marks.values() for members, across, down in those)


def _around(
    marks: dict[tuple[int, int], list[tuple[list[int], float, float]]], cell: tuple[int, int]
) -> list[tuple[list[int], float, float]]:
    near = ((cell[0] + x, cell[1] + y) for x in (0, -1, 1) for y in (0, -1, 1))
    return [one for place in near for one in marks.get(place, ())]


def _near(mark: tuple[list[int], float, float], across: float, down: float) -> bool:
    x, y = (mark[1] - across) * WIDE, (mark[2] - down) * HIGH
    return x * x + y * y <= NEAREST * NEAREST


@dataclass(frozen=True, slots=True)
class Named:
    """A mark with a name below it: its middle as shares of the sheet, its radius and the width of its name in pixels."""

    across: float
    down: float
    radius: float
    width: float

    @property
    def name_box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels."""
        x, y = self.across * WIDE, self.down * HIGH + self.radius
        return x - self.width / 2, y + 2, x + self.width / 2, y + 18

    @property
    def mark_box(self) -> tuple[float, float, float, float]:
        x, y = self.across * WIDE, self.down * HIGH
        return x - self.radius, y - self.radius, x + self.radius, y + self.radius


def with_room(marks: Sequence[Named]) -> frozenset[int]:
    """The marks, by index, whose names lie over no other mark and no name of a mark before it."""
    taken = [one.mark_box for one in marks]
    found = set[int]()
    for index, one in enumerate(marks):
        box = one.name_box
        inside = box[0] >= 0 and box[2] <= WIDE and box[3] <= HIGH
        if one.width and inside and not any(_overlap(box, other) for other in taken):
            found.add(index)
            taken.append(box)
    return frozenset(found)


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
