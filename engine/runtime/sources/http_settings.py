"""The settings of an http_json source, and how its pages follow each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from engine.extensions import EgressResponse, SourceFault
from engine.model.names import empty_map
from engine.model.sources import Destination
from engine.runtime.sources.pointers import MISSING, at

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"[^"]*"|[^",;\s]*))?)*)')
_RELATION = re.compile(r';\s*rel\s*=\s*("[^"]*"|[^",;\s]+)', re.IGNORECASE)
_TEXT = {"type": "string", "minLength": 1}
_SECRET = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"}
_HEADER = {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"}
_PREFIX = {"type": "string", "pattern": "^[ -~]{0,64}$"}
HTTP_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["path"],
    "properties": {
        "path": {"type": "string", "pattern": "^/(?!/)[!-~]*$"},
        "items": {"type": "string"},
        "parameters": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
        "page": {
            "type": "object",
            "additionalProperties": False,
            "required": ["parameter", "size"],
            "properties": {
                "parameter": _TEXT,
                "size": {"type": "integer", "minimum": 1, "maximum": 10000},
                "size_parameter": _TEXT,
                "first": {"type": "integer", "minimum": 0},
            },
        },
        "cursor": {
            "type": "object",
            "additionalProperties": False,
            "required": ["parameter", "next"],
            "properties": {"parameter": _TEXT, "next": _TEXT},
        },
        "follow": {"enum": ["link"]},
        "version": {"type": "string"},
        "since": {
            "type": "object",
            "additionalProperties": False,
            "required": ["parameter", "field"],
            "properties": {"parameter": _TEXT, "field": {"type": "string"}, "ordered": {"type": "boolean"}},
        },
        "authentication": {
            "type": "object",
            "additionalProperties": False,
            "required": ["secret"],
            "properties": {"header": _HEADER, "prefix": _PREFIX, "secret": _SECRET},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Authentication:
    """A header whose value is a prefix and a secret; the secret's name alone stands in the definition."""

    header: str
    prefix: str
    secret: str


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the rows are, and how one page leads to the next: `page` by number, `cursor` by a value, `link` by header.

    `version` points to what orders the states of a row. With `since` only what changed is asked for: `parameter` is given
    the greatest value of `field` that came before; where rows come `ordered` by it, every page is a place to go on from.
    """

    path: str
    items: str
    parameters: Mapping[str, object]
    paging: Literal["none", "page", "cursor", "link"]
    step: Mapping[str, object]
    authentication: Authentication | None
    version: str | None = None
    since: Mapping[str, object] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page to ask for: the path with its query; `number` counts from 1, `page` is the number that the source takes."""

    path: str
    number: int = 1
    page: int = 1


def http_settings(settings: Mapping[str, object]) -> HttpSettings:
    """The settings as a value. Raises SourceFault when there are two ways of paging."""
    ways = [name for name in ("page", "cursor", "follow") if name in settings]
    if len(ways) > 1:
        raise SourceFault(
            "bad_settings", "page、cursor、follow 只能写一个", "Only one of page, cursor and follow may stand"
        )
    given = _map(settings.get("authentication"))
    authentication = Authentication(
        str(given.get("header", "Authorization")), str(given.get("prefix", "Bearer ")), str(given.get("secret", ""))
    )
    paging: Literal["none", "page", "cursor", "link"] = "none"
    if ways:
        paging = "page" if ways[0] == "page" else "cursor" if ways[0] == "cursor" else "link"
    return HttpSettings(
        path=str(settings.get("path", "/")),
        items=str(settings.get("items", "")),
        parameters=_map(settings.get("parameters")),
        paging=paging,
        step=_map(settings.get(ways[0])) if ways else empty_map(),
        authentication=authentication if given else None,
        version=str(settings["version"]) if "version" in settings else None,
        since=_map(settings.get("since")),
    )


def asking_since(settings: HttpSettings, value: object) -> HttpSettings:
    """The settings for what changed since."""
    if not settings.since or value in (None, ""):
        return settings
    return replace(settings, parameters={**settings.parameters, str(settings.since["parameter"]): value})


def first_page(settings: HttpSettings) -> PageRequest:
    """The request of the first page."""
    first = int(str(settings.step.get("first", 1))) if settings.paging == "page" else 1
    return PageRequest(_with_query(settings.path, {**settings.parameters, **_page_query(settings, first)}), 1, first)


def next_page(
    settings: HttpSettings,
    at_page: PageRequest,
    response: EgressResponse,
    body: object,
    count: int,
    there: Destination | None,
) -> PageRequest | None:
    """The page after one with `count` items, or None when that was the last. Raises SourceFault for a link elsewhere."""
    number = at_page.number + 1
    match settings.paging:
        case "page":
            if count < int(str(settings.step["size"])):
                return None
            query = _page_query(settings, at_page.page + 1)
            path = _with_query(settings.path, {**settings.parameters, **query})
            return PageRequest(path, number, at_page.page + 1)
        case "cursor":
            cursor = at(body, str(settings.step["next"]))
            if cursor is MISSING or cursor in (None, "", False) or isinstance(cursor, list | dict):
                return None
            path = _with_query(settings.path, {**settings.parameters, str(settings.step["parameter"]): cursor})
            return PageRequest(path, number)
        case "link":
            target = next_link(response.headers.get("link", ""))
            return PageRequest(_same_place(target, at_page.path, there), number) if target and there else None
        case _:
            return None


def next_link(header: str) -> str:
    """The target of rel="next" in a Link header (RFC 8288), empty when there is none."""
    for link in _LINK.finditer(header):
        relations = [value.strip('"').lower().split() for value in _RELATION.findall(link[2])]
        if any("next" in one for one in relations):
            return link[1]
    return ""


def _same_place(target: str, path: str, there: Destination) -> str:
    """The path of a link, which must stay with the destination that was decided on."""
    base = f"{there.scheme}://{there.host}:{there.port}"
    found = urlsplit(urljoin(f"{base}{path}", target))
    port = found.port or {"http": 80, "https": 443}.get(found.scheme)
    if (found.scheme, found.hostname, port) != (there.scheme, there.host.lower(), there.port):
        raise SourceFault("foreign_link", "下一页的链接指向别的主机", "The link to the next page leads to another host")
    return (found.path or "/") + (f"?{found.query}" if found.query else "")


def _page_query(settings: HttpSettings, page: int) -> dict[str, object]:
    if settings.paging != "page":
        return {}
    query: dict[str, object] = {str(settings.step["parameter"]): page}
    if "size_parameter" in settings.step:
        query[str(settings.step["size_parameter"])] = settings.step["size"]
    return query


def _with_query(path: str, query: Mapping[str, object]) -> str:
    bare, _, written = path.partition("?")
    pairs = {**dict(parse_qsl(written, keep_blank_values=True)), **{name: str(value) for name, value in query.items()}}
    return f"{bare}?{urlencode(pairs)}" if pairs else bare


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else empty_map()
