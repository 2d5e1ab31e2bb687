"""The settings of an http_json source, and how its pages follow each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from engine.extensions import SECRET_NAME, EgressResponse, SourceFault
from engine.model.names import empty_map
from engine.model.sources import Destination
from engine.runtime.sources.pointers import MISSING, at

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"[^"]*"|[^",;\s]*))?)*)')
_RELATION = re.compile(r';\s*rel\s*=\s*("[^"]*"|[^",;\s]+)', re.IGNORECASE)
_TEXT = {"type": "string", "minLength": 1}
_SECRET = {"type": "string", "pattern": SECRET_NAME}
_HEADER = {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"}
_PREFIX = {"type": "string", "pattern": "^[ -~]{0,64}$"}
_PATH = {"type": "string", "pattern": "^/(?!/)[!-~]*$"}
_FORM = {"type": "string", "pattern": "^[ -~]*\\{since\\}[ -~]*$", "maxLength": 200}
HTTP_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["path"],
    "properties": {
        "path": {**_PATH, "x-titles": {"zh": "路径", "en": "Path"}},
        "items": {"type": "string", "x-titles": {"zh": "行所在的位置", "en": "Where the rows are"}},
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
                "by": {"enum": ["page", "rows"]},
            },
        },
        "cursor": {
            "type": "object",
            "additionalProperties": False,
            "required": ["parameter", "next"],
            "properties": {"parameter": _TEXT, "next": _TEXT},
        },
        "follow": {"enum": ["link"], "x-titles": {"zh": "按链接翻页", "en": "Pages by link"}},
        "next": {
            "type": "string",
            "pattern": "^/",
            "x-titles": {"zh": "下一页的位置", "en": "Where the next page is told"},
        },
        "version": {"type": "string", "x-titles": {"zh": "版本字段", "en": "Field of the version"}},
        "since": {
            "type": "object",
            "additionalProperties": False,
            "required": ["parameter", "field"],
            "properties": {
                "parameter": _TEXT,
                "field": {"type": "string"},
                "ordered": {"type": "boolean"},
                "form": _FORM,
            },
        },
        "authentication": {
            "type": "object",
            "additionalProperties": False,
            "required": ["secret"],
            "properties": {
                "header": _HEADER,
                "prefix": _PREFIX,
                "secret": _SECRET,
                "token": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["path", "client"],
                    "properties": {"path": _PATH, "client": _TEXT, "scope": _TEXT},
                },
            },
        },
    },
}

Paging = Literal["none", "page", "cursor", "link", "next"]
WAYS: Mapping[str, Paging] = {"page": "page", "cursor": "cursor", "follow": "link", "next": "next"}
"""Settings that say how one page leads to the next."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """A header whose value is a prefix and a secret, or a token that `client` is given for it at `token_path`; the secret's
    name alone stands in the definition."""

    header: str
    prefix: str
    secret: str
    token_path: str = ""
    client: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the rows are, and how one page leads to the next: `page` by number, `cursor` by a value, `link` by header,
    `next` by a link in the body.

    `version` points to what orders the states of a row. With `since` only what changed is asked for: `parameter` is given
    the greatest value of `field` that came before, in a `form` where the other side wants a sentence; where rows come
    `ordered` by it, every page is a place to go on from.
    """

    path: str
    items: str
    parameters: Mapping[str, object]
    paging: Paging
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
    ways = [name for name in WAYS if name in settings]
    if len(ways) > 1:
        raise SourceFault(
            "bad_settings",
            "page、cursor、follow、next 只能写一个",
            "Only one of page, cursor, follow and next may stand",
        )
    return HttpSettings(
        path=str(settings.get("path", "/")),
        items=str(settings.get("items", "")),
        parameters=_map(settings.get("parameters")),
        paging=WAYS[ways[0]] if ways else "none",
        step=_step(settings, ways[0]) if ways else empty_map(),
        authentication=_authentication(_map(settings.get("authentication"))),
        version=str(settings["version"]) if "version" in settings else None,
        since=_map(settings.get("since")),
    )


def _step(settings: Mapping[str, object], way: str) -> Mapping[str, object]:
    found = settings[way]
    return {"next": found} if way == "next" else _map(found)


def _authentication(given: Mapping[str, object]) -> Authentication | None:
    if not given:
        return None
    token = _map(given.get("token"))
    return Authentication(
        str(given.get("header", "Authorization")),
        str(given.get("prefix", "Bearer ")),
        str(given.get("secret", "")),
        *(str(token.get(name, "")) for name in ("path", "client", "scope")),
    )


def asking_since(settings: HttpSettings, value: object) -> HttpSettings:
    """The settings for what changed since."""
    if not settings.since or value in (None, ""):
        return settings
    asked = str(settings.since["form"]).replace("{since}", str(value)) if "form" in settings.since else value
    return replace(settings, parameters={**settings.parameters, str(settings.since["parameter"]): asked})


def first_page(settings: HttpSettings) -> PageRequest:
    """The request of the first page."""
    begins = 0 if settings.step.get("by") == "rows" else 1
    first = int(str(settings.step.get("first", begins))) if settings.paging == "page" else 1
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
            after = at_page.page + (count if settings.step.get("by") == "rows" else 1)
            path = _with_query(settings.path, {**settings.parameters, **_page_query(settings, after)})
            return PageRequest(path, number, after)
        case "cursor":
            cursor = at(body, str(settings.step["next"]))
            if cursor is MISSING or cursor in (None, "", False) or isinstance(cursor, list | dict):
                return None
            path = _with_query(settings.path, {**settings.parameters, str(settings.step["parameter"]): cursor})
            return PageRequest(path, number)
        case "link" | "next":
            target = next_link(response.headers.get("link", "")) if settings.paging == "link" else _told(settings, body)
            return PageRequest(_same_place(target, at_page.path, there), number) if target and there else None
        case _:
            return None


def _told(settings: HttpSettings, body: object) -> str:
    """The link to the next page that stands in the body, empty when there is none."""
    found = at(body, str(settings.step["next"]))
    return found if isinstance(found, str) else ""


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
