"""Coordinates of the three systems in use in China, turned into WGS-84, which positioning and this application go by.

GCJ-02 is what maps published in China are drawn in (高德, 腾讯, Google and Apple within China), BD-09 what 百度 makes of it.
Sources: the shift of GCJ-02 and its constants as published with eviltransform (github.com/googollee/eviltransform) on the
Krasovsky 1940 ellipsoid; BD-09 as published with coordtransform (github.com/wandergis/coordtransform). GCJ-02 is undone
by iterating the shift; the error that is left lies below 0.1 m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import atan2, cos, pi, sin, sqrt

Point = tuple[float, float]
"""Latitude and longitude in degrees."""
WGS84, GCJ02, BD09 = "wgs84", "gcj02", "bd09"
SYSTEMS = (WGS84, GCJ02, BD09)
_AXIS, _ECCENTRICITY = 6378245.0, 0.00669342162296594323
_BD_TURN = pi * 3000.0 / 180.0
_ROUNDS = 6
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347


def is_shifted(point: Point) -> bool:
    """Whether maps are shifted here: within the box around China that the published formulas use."""
    return _SOUTH <= point[0] <= _NORTH and _WEST <= point[1] <= _EAST


def to_gcj02(point: Point) -> Point:
    """A point of WGS-84 as maps of China draw it."""
    if not is_shifted(point):
        return point
    lat, lng = point
    north, east = _bent(lng - 105.0, lat - 35.0)
    magic = 1.0 - _ECCENTRICITY * sin(lat * pi / 180.0) ** 2
    north *= 180.0 / (_AXIS * (1.0 - _ECCENTRICITY) / (magic * sqrt(magic)) * pi)
    east *= 180.0 / (_AXIS / sqrt(magic) * cos(lat * pi / 180.0) * pi)
    return lat + north, lng + east


def _bent(x: float, y: float) -> Point:
    """The shift in metres to the north and to the east."""
    common = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    return north, east


def from_gcj02(point: Point) -> Point:
    if not is_shifted(point):
        return point
    lat, lng = point
    for _ in range(_ROUNDS):
        found = to_gcj02((lat, lng))
        lat, lng = lat + point[0] - found[0], lng + point[1] - found[1]
    return lat, lng


def to_bd09(point: Point) -> Point:
    """A point of WGS-84 as 百度 draws it."""
    lat, lng = to_gcj02(point)
    reach = sqrt(lng * lng + lat * lat) + 0.00002 * sin(lat * _BD_TURN)
    turn = atan2(lat, lng) + 0.000003 * cos(lng * _BD_TURN)
    return reach * sin(turn) + 0.006, reach * cos(turn) + 0.0065


def _from_bd09(point: Point) -> Point:
    y, x = point[0] - 0.006, point[1] - 0.0065
    reach = sqrt(x * x + y * y) - 0.00002 * sin(y * _BD_TURN)
    turn = atan2(y, x) - 0.000003 * cos(x * _BD_TURN)
    return from_gcj02((reach * sin(turn), reach * cos(turn)))


TO_WGS84: Mapping[str, Callable[[Point], Point]] = {
    WGS84: lambda point: point,
    GCJ02: from_gcj02,
    BD09: _from_bd09,
}
