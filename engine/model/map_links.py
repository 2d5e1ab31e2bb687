"""Links of map services as people share them: the point that one names, and in which coordinates.

What a link names is read from its text alone; nothing is asked of a network, so that shortened links say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.diagnostics import Message
from engine.model.coordinates import BD09, GCJ02, WGS84

_PAIR = re.compile(r"\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?)\s*,\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?)(?:,(.*))?")
_GOOGLE_PLACE = re.compile(r"!3d([+-]?[0-9]{1,2}\.[0-9]{1,15})!4d([+-]?[0-9]{1,3}\.[0-9]{1,15})")
_GOOGLE_VIEW = re.compile(r"/@([+-]?[0-9]{1,2}\.[0-9]{1,15}),([+-]?[0-9]{1,3}\.[0-9]{1,15}),")
_OPENSTREETMAP = re.compile(r"map=[0-9.]+/([+-]?[0-9.]{1,18})/([+-]?[0-9.]{1,18})")
_MARKER = re.compile(r"coord:([^;]*)(?:;.*)?")
_SHORT = ("surl.amap.com", "j.map.baidu.com", "maps.app.goo.gl", "goo.gl", "apis.map.qq.com/s")
_BAIDU_SYSTEMS = {"wgs84": WGS84, "gcj02": GCJ02, "bd09ll": BD09, "": BD09}
_NO_POINT = Message(
    "这个链接里没有坐标：请在地图里打开它，复制坐标，或点“使用当前位置”",
    "This link holds no coordinates: open it in the map and copy them, or use where you are",
)
_SHORTENED = Message(
    "这是短链接，里面没有坐标：请在浏览器里打开，复制地址栏里的完整链接",
    "This is a shortened link without coordinates: open it in the browser and copy the whole address",
)
_METRES = Message(
    "百度网页地图的链接用的是米制坐标，读不出经纬度：请用“分享”或坐标拾取得到经纬度",
    "Links of Baidu's map page hold metres and not degrees: share the place, or pick its coordinates",
)


class LinkFault(ValueError):
    """A link that names no point; `message` says why to whoever pasted it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True, slots=True)
class LinkedPoint:
    """What a link names: degrees as written, their system, and words where it has some."""

    lat: str
    lng: str
    system: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Link:
    host: str
    text: str
    query: Mapping[str, str]


def looks_like_a_link(text: str) -> bool:
    return text[:4].lower() == "geo:" or "://" in text


def read_link(text: str) -> LinkedPoint:
    """The point of a shared link, also in the middle of the words that are shared with it. Raises LinkFault."""
    found = re.search(r"(?:https?://|geo:)\S+", text, re.IGNORECASE)
    if found is None:
        raise LinkFault(_NO_POINT)
    try:
        parts = urlsplit(found[0])
        link = _Link((parts.hostname or "").lower(), unquote(found[0]), dict(parse_qsl(parts.query)))
    except ValueError:
        raise LinkFault(_NO_POINT) from None
    if parts.scheme.lower() == "geo":
        return _pair(parts.path.partition(";")[0], WGS84)
    if any(f"{link.host}{parts.path}".startswith(short) for short in _SHORT):
        raise LinkFault(_SHORTENED)
    for host, read in _SERVICES.items():
        if link.host == host or link.host.endswith(f".{host}"):
            return read(link)
    if re.search(r"(^|\.)google\.(com|cn|com\.hk)$", link.host):
        return _google(link)
    raise LinkFault(_NO_POINT)


def _pair(text: str, system: str, words: str = "", lng_first: bool = False) -> LinkedPoint:
    found = _PAIR.fullmatch(text)
    if found is None:
        raise LinkFault(_NO_POINT)
    lat, lng = (found[2], found[1]) if lng_first else (found[1], found[2])
    return LinkedPoint(lat, lng, system, words or (found[3] or "").strip())


def _amap(link: _Link) -> LinkedPoint:
    """高德: markers by longitude and latitude, shared points by latitude, longitude and words."""
    query = link.query
    system = WGS84 if query.get("coordinate") == WGS84 else GCJ02
    for name in ("position", "location", "lnglat"):
        if name in query:
            return _pair(query[name], system, query.get("name", ""), lng_first=True)
    if "q" in query:
        return _pair(query["q"], system)
    if "p" in query:
        return _pair(query["p"].partition(",")[2], system)
    raise LinkFault(_NO_POINT)


def _baidu(link: _Link) -> LinkedPoint:
    system = _BAIDU_SYSTEMS.get(link.query.get("coord_type", ""))
    if system is not None and "location" in link.query:
        return _pair(link.query["location"], system, link.query.get("title", ""))
    raise LinkFault(_METRES if "/@" in link.text else _NO_POINT)


def _tencent(link: _Link) -> LinkedPoint:
    marker = _MARKER.fullmatch(link.query.get("marker", ""))
    return _pair(marker[1] if marker else link.query.get("coord", ""), GCJ02, link.query.get("title", ""))


def _google(link: _Link) -> LinkedPoint:
    """Google: a place before the middle of the view. Within China its roads, and so what is pointed at, are in GCJ-02."""
    for pattern in (_GOOGLE_PLACE, _GOOGLE_VIEW):
        found = pattern.search(link.text)
        if found is not None:
            return LinkedPoint(found[1], found[2], GCJ02)
    return _pair(link.query.get("q") or link.query.get("query") or link.query.get("ll") or "", GCJ02)


def _apple(link: _Link) -> LinkedPoint:
    named = link.query.get("name") or link.query.get("q") or ""
    point = link.query.get("ll") or link.query.get("coordinate") or ""
    return _pair(point, GCJ02, "" if _PAIR.fullmatch(named) else named)


def _openstreetmap(link: _Link) -> LinkedPoint:
    if "mlat" in link.query and "mlon" in link.query:
        return _pair(f"{link.query['mlat']},{link.query['mlon']}", WGS84)
    found = _OPENSTREETMAP.search(link.text)
    if found is None:
        raise LinkFault(_NO_POINT)
    return _pair(f"{found[1]},{found[2]}", WGS84)


_SERVICES: Mapping[str, Callable[[_Link], LinkedPoint]] = {
    "amap.com": _amap,
    "gaode.com": _amap,
    "map.baidu.com": _baidu,
    "map.qq.com": _tencent,
    "maps.apple.com": _apple,
    "openstreetmap.org": _openstreetmap,
}
