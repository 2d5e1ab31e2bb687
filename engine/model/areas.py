"""Areas: what a filter asks places to lie in: around a point, or within a box; each covered by boxes for an index."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from engine.model.coordinates import Point
from engine.model.geohashes import Box, ranges
from engine.model.locations import MICRO, LocationFault, boxes_around, boxes_between, location_of

FARTHEST = 20_100_000
"""Metres to the other side of the earth."""
NEAR = 5_000
"""Metres that are meant where none are written."""
BETWEEN = "~"
"""Stands between the point and the metres of a written circle."""


@dataclass(frozen=True, slots=True)
class Area:
    """Boxes in micro-degrees; with a `centre`, what of them lies within so many metres of it."""

    boxes: tuple[Box, ...]
    centre: Point | None = None
    metres: int = 0

    @property
    def ranges(self) -> tuple[tuple[str, str], ...]:
        """The ranges of cells that cover it; none where that is no help."""
        covered = [ranges(box) for box in self.boxes]
        return tuple(one for part in covered for one in part) if all(covered) else ()


def around(lat: int, lng: int, metres: int) -> Area:
    return Area(boxes_around(lat, lng, metres), (lat / MICRO, lng / MICRO), metres)


def written_area(operator: str, text: str) -> Area:
    """`30.27,120.15~5000` is near a point, `south,west,north,east` within a box. Raises ValueError."""
    if operator == "near":
        point, between, metres = text.rpartition(BETWEEN)
        if not between:
            point, metres = text, str(NEAR)
        reach = _number(metres)
        if not 0 < reach <= FARTHEST:
            raise ValueError("metres")
        place = location_of(point)
        return around(place.lat, place.lng, int(reach))
    south, west, north, east = (round(_number(part) * MICRO) for part in text.split(","))
    highest, widest = 90 * MICRO, 180 * MICRO
    if not (-highest <= south <= north <= highest and -widest <= west <= widest and -widest <= east <= widest):
        raise ValueError("box")
    return Area(boxes_between(south, west, north, east))


def area_of(operator: str, text: str) -> Area | None:
    """The area of an address; None for what is none."""
    try:
        return written_area(operator, text)
    except (LocationFault, ValueError):
        return None


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError("number") from None
    if not number.is_finite() or abs(number) > FARTHEST:
        raise ValueError("number")
    return number
