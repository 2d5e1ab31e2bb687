"""Locations: a place by its coordinates in WGS-84, how exact and when they were taken, and words; kept as one text.

`wtmk6xp6+30.274085+120.155070/12 2026-11-28T01:02:03Z 文三路 90 号`: the cell (engine.model.geohashes), the point as ISO 6709
writes it, the accuracy in metres, the instant, words. What is near stands near, so that an index finds it, and the point
stands at a fixed place, where SQL reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import asin, cos, pi, sin, sqrt

from engine.diagnostics import Message
from engine.model.coordinates import SYSTEMS, TO_WGS84, WGS84, Point
from engine.model.geohashes import LENGTH, Box, geohash
from engine.model.map_links import LinkFault, looks_like_a_link, read_link

PARTS = ("point", "system", "accuracy", "taken", "words")
"""What a location is entered in."""
MICRO = 1_000_000
RADIUS = 6371008.8
"""The mean radius of the earth in metres (IUGG)."""
MOST_ACCURACY = 999_999
LONGEST_WORDS = 200
_TAKEN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?Z"
_STORED = re.compile(
    rf"([0-9a-z]{{8}})([+-][0-9]{{2}}\.[0-9]{{6}})([+-][0-9]{{3}}\.[0-9]{{6}})/([0-9]{{1,6}})?(?: ({_TAKEN}))?(?: (.+))?",
    re.DOTALL,
)
_NUMBER = r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?"
_WRITTEN = re.compile(
    rf"\(?({_NUMBER}) ?°? ?([NSns])? ?[,，;；、 ] ?({_NUMBER}) ?°? ?([EWew])?\)?"
    rf"(?: ± ?([0-9]{{1,6}}) ?m?)?(?: ({_TAKEN}))?(?:[ ,，] ?(.+))?",
    re.DOTALL,
)
_AGAINST = frozenset("SsWw")
_LAT, _LNG = slice(LENGTH, LENGTH + 10), slice(LENGTH + 10, LENGTH + 21)
SHAPE = r"^[0-9a-z]{8}[+-][0-9]{2}\.[0-9]{6}[+-][0-9]{3}\.[0-9]{6}/"
"""What the text of a location begins with, as Python, JavaScript and PostgreSQL read it."""
_SHAPE = re.compile(SHAPE)
NO_POINT = Message(
    "这里需要一个位置：纬度在前、经度在后，如 30.274085, 120.155070，或粘贴地图链接",
    "A place is needed here: latitude, then longitude, such as 30.274085, 120.155070, or a pasted map link",
)
_BAD_LATITUDE = Message("纬度要在 −90 到 90 之间", "A latitude lies between −90 and 90")
_BAD_LONGITUDE = Message("经度要在 −180 到 180 之间", "A longitude lies between −180 and 180")
_SWAPPED = Message(
    "经度和纬度写反了：先写纬度（中国在 3 到 54 之间），再写经度",
    "Longitude and latitude are swapped: the latitude comes first, the longitude behind it",
)
_BAD_SYSTEM = Message("坐标系只能是 wgs84、gcj02 或 bd09", "The system is wgs84, gcj02 or bd09")
_BAD_ACCURACY = Message("精度是 0 到 999999 的整数，单位米", "The accuracy is a whole number of metres, 0 to 999999")
_BAD_TAKEN = Message("定位时间要写成 2026-03-01T09:00:00Z", "The time is written as 2026-03-01T09:00:00Z")
_LONG_WORDS = Message(
    f"地点说明最多 {LONGEST_WORDS} 个字", f"The words of a place have at most {LONGEST_WORDS} characters"
)


class LocationFault(ValueError):
    """What is written is no location; `message` says why to whoever wrote it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True, slots=True)
class Location:
    """A place. `lat` and `lng` are micro-degrees of WGS-84, `accuracy` is in metres, `taken` as it is written."""

    lat: int
    lng: int
    accuracy: int | None = None
    taken: str = ""
    words: str = ""

    @property
    def stored(self) -> str:
        lat, lng = f"{_digits(self.lat, 2)}", f"{_digits(self.lng, 3)}"
        accuracy = "" if self.accuracy is None else str(self.accuracy)
        behind = "".join(f" {one}" for one in (self.taken, self.words) if one)
        return f"{geohash(self.lat, self.lng)}{lat}{lng}/{accuracy}{behind}"

    @property
    def point(self) -> str:
        """As people write it: 30.274085, 120.155070."""
        return f"{self.degrees[0]:.6f}, {self.degrees[1]:.6f}"

    @property
    def written(self) -> str:
        """All of it in one cell of a sheet, to be read back."""
        accuracy = "" if self.accuracy is None else f" ±{self.accuracy}m"
        return f"{self.point.replace(' ', '')}{accuracy}" + "".join(
            f" {one}" for one in (self.taken, self.words) if one
        )

    @property
    def degrees(self) -> Point:
        return self.lat / MICRO, self.lng / MICRO


def _digits(micro: int, width: int) -> str:
    whole, part = divmod(abs(micro), MICRO)
    return f"{'-' if micro < 0 else '+'}{whole:0{width}d}.{part:06d}"


def location_of(text: str) -> Location:
    """The location that a stored or written text or a map link stands for. Raises LocationFault."""
    written = text.strip()
    if looks_like_a_link(written):
        return location_of_parts({"point": written})
    found = _STORED.fullmatch(written)
    if found is not None:
        lat, lng = Decimal(found[2]), Decimal(found[3])
    else:
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise LocationFault(NO_POINT)
        lat, lng = _signed(found[1], found[2]), _signed(found[3], found[4])
    tail = found.groups()[-3:]
    return _location(lat, lng, WGS84, *tail)


def location_of_parts(parts: Mapping[str, object]) -> Location:
    """The location of entered parts; `lat` and `lng` may stand in place of `point`. Raises LocationFault."""
    system = str(parts.get("system") or WGS84)
    if system not in SYSTEMS:
        raise LocationFault(_BAD_SYSTEM)
    tail = (_text(parts, "accuracy"), _text(parts, "taken"), _text(parts, "words"))
    if "lat" in parts or "lng" in parts:
        return _location(_number(parts.get("lat")), _number(parts.get("lng")), system, *tail)
    point = _text(parts, "point")
    if looks_like_a_link(point):
        return _of_link(point, tail)
    found = _WRITTEN.fullmatch(point)
    if found is None:
        raise LocationFault(NO_POINT)
    own = tuple(given or read for given, read in zip(tail, found.groups()[-3:], strict=True))
    return _location(_signed(found[1], found[2]), _signed(found[3], found[4]), system, *own)


def _of_link(link: str, tail: tuple[str, str, str]) -> Location:
    try:
        read = read_link(link)
    except LinkFault as fault:
        raise LocationFault(fault.message) from None
    return _location(Decimal(read.lat), Decimal(read.lng), read.system, tail[0], tail[1], tail[2] or read.words)


def _text(parts: Mapping[str, object], name: str) -> str:
    value = parts.get(name)
    return "" if value is None else str(value).strip()


def _number(value: object) -> Decimal:
    try:
        number = Decimal(str(value).strip()) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        raise LocationFault(NO_POINT) from None
    if not number.is_finite() or abs(number) > MICRO:
        raise LocationFault(NO_POINT)
    return number


def _signed(number: str, side: str | None) -> Decimal:
    return -Decimal(number) if side in _AGAINST else Decimal(number)


def _location(lat: Decimal, lng: Decimal, system: str, *tail: str | None) -> Location:
    if abs(lat) > 90:
        raise LocationFault(_SWAPPED if abs(lng) <= 90 and abs(lat) <= 180 else _BAD_LATITUDE)
    if abs(lng) > 180:
        raise LocationFault(_BAD_LONGITUDE)
    if system != WGS84:
        turned = TO_WGS84[system]((float(lat), float(lng)))
        lat, lng = Decimal(repr(turned[0])), Decimal(repr(turned[1]))
    accuracy, taken, words = tail
    return Location(round(lat * MICRO), round(lng * MICRO), _accuracy(accuracy), _taken(taken), _words(words))


def _accuracy(written: str | None) -> int | None:
    if not written:
        return None
    try:
        metres = round(Decimal(written))
    except (InvalidOperation, OverflowError, ValueError):
        raise LocationFault(_BAD_ACCURACY) from None
    if not 0 <= metres <= MOST_ACCURACY:
        raise LocationFault(_BAD_ACCURACY)
    return metres


def _taken(written: str | None) -> str:
    if not written:
        return ""
    try:
        return datetime.fromisoformat(written).astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError):
        raise LocationFault(_BAD_TAKEN) from None


def _words(written: str | None) -> str:
    words = " ".join((written or "").split())
    if len(words) > LONGEST_WORDS:
        raise LocationFault(_LONG_WORDS)
    return words


def kept_location(stored: str) -> Location | None:
    """The location of a cell; None for the text of a mask."""
    try:
        return location_of(stored)
    except LocationFault:
        return None


def point_in(text: str) -> Point | None:
    """The degrees that the text of a location begins with; None for any other text."""
    signs = point_signs(text)
    return None if signs is None else (float(signs[0]), float(signs[1]))


def point_signs(text: str) -> tuple[str, str] | None:
    """Latitude and longitude as the text of a location writes them; None for any other text."""
    return (text[_LAT], text[_LNG]) if _SHAPE.match(text) else None


def haversine(one: Point, other: Point) -> float:
    """Metres along the great circle between two points, on a sphere."""
    turn, half = pi / 180.0, pi / 360.0
    up, across = sin((other[0] - one[0]) * half), sin((other[1] - one[1]) * half)
    part = up * up + cos(one[0] * turn) * cos(other[0] * turn) * across * across
    return 2.0 * RADIUS * asin(sqrt(min(1.0, part)))


def boxes_around(lat: int, lng: int, metres: int) -> tuple[Box, ...]:
    """Boxes that hold all that is within so many metres of a point: two where it reaches over the 180th meridian."""
    reach = round(metres / RADIUS * 180 / pi * MICRO) + 1
    south, north = lat - reach, lat + reach
    narrowest = cos(max(abs(south), abs(north)) / MICRO * pi / 180)
    wide = 180 * MICRO
    if south <= -90 * MICRO or north >= 90 * MICRO or narrowest <= 0 or reach / narrowest >= wide:
        return ((max(south, -90 * MICRO), -wide, min(north, 90 * MICRO), wide),)
    across = round(reach / narrowest) + 1
    return boxes_between(south, lng - across, north, lng + across)


def boxes_between(south: int, west: int, north: int, east: int) -> tuple[Box, ...]:
    """A box that may reach over the 180th meridian as one or two that do not."""
    wide = 180 * MICRO
    if west < -wide:
        return ((south, west + 2 * wide, north, wide), (south, -wide, north, east))
    if east > wide:
        return ((south, west, north, wide), (south, -wide, north, east - 2 * wide))
    if west > east:
        return ((south, west, north, wide), (south, -wide, north, east))
    return ((south, west, north, east),)
