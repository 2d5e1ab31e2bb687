"""JSON over HTTP as a source: page after page through the egress gate, patient with limits, clear about faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from engine.diagnostics import Message
from engine.extensions import (
    Checkpoint,
    ConnectorSpec,
    EgressResponse,
    SourceFault,
    SourceObject,
    SourceReach,
    SourceRow,
)
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.sources.http_entry import Entry
from engine.runtime.sources.http_settings import (
    HTTP_SETTINGS,
    HttpSettings,
    PageRequest,
    asking_since,
    first_page,
    http_settings,
    next_page,
)
from engine.runtime.sources.json_objects import json_objects
from engine.runtime.sources.pointers import MISSING, at, list_at

MOST_PAGES = 10_000
SINCE = "since"
JSON_TYPES = ("application/json", "+json")


class HttpJsonConnector:
    """Rows of JSON answers. `fields` are JSON pointers into each item."""

    spec = ConnectorSpec(
        "http_json",
        Label({"zh": "HTTP 接口", "en": "HTTP interface"}),
        "general",
        HTTP_SETTINGS,
        icon="globe",
        brings=Label({"zh": "任何返回 JSON 的系统", "en": "Any system that answers in JSON"}),
    )

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        latest = None if reach.cursor is None else reach.cursor.get(SINCE)
        settings = asking_since(http_settings(source.settings), latest)
        entry = Entry(settings.authentication, reach)
        page: PageRequest | None = first_page(settings)
        seen, edge = set[bytes](), list[object]()
        while page is not None:
            if page.number > MOST_PAGES:
                raise SourceFault("too_many_pages", f"超过 {MOST_PAGES} 页", f"There are over {MOST_PAGES} pages")
            response = entry.get(page.path)
            body = _json(response)
            items = list_at(body, settings.items)
            _check_new(seen, response.body, len(items))
            for index, item in enumerate(items, start=1):
                if item in edge:
                    continue
                place = Message(f"第 {page.number} 页第 {index} 条", f"page {page.number}, item {index}")
                values = {name: _plain(item, pointer) for name, pointer in source.fields.items()}
                yield SourceRow(place, values, _sortable(_at(item, settings.version)))
                latest = max(latest, _at(item, settings.since.get("field")), key=_sortable)
            page = next_page(settings, page, response, body, len(items), reach.destination)
            if latest is not None and (page is None or settings.since.get("ordered")):
                yield Checkpoint({SINCE: latest})
            going = _going_on(page, settings, latest)
            if going != (page, settings):
                page, settings = going
                edge = [one for one in items if _at(one, settings.since.get("field")) == latest]
                seen.clear()

    def describe(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceObject]:
        settings = http_settings(source.settings)
        body = _json(Entry(settings.authentication, reach).get(first_page(settings).path))
        yield from json_objects(body, settings.items)


def _json(response: EgressResponse) -> object:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind.endswith(JSON_TYPES):
        raise SourceFault("content_type", "回应不是 JSON 类型", "The answer is not of a JSON type")
    try:
        parsed: object = json.loads(response.body.decode("utf-8-sig"), parse_float=str, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise SourceFault("bad_json", "回应不是有效的 JSON(UTF-8)", "The answer is not valid JSON in UTF-8") from None
    return parsed


def _refused(name: str) -> object:
    raise ValueError(name)


def _check_new(seen: set[bytes], body: bytes, count: int) -> None:
    """A server that ignores the paging sends the same page for ever."""
    digest = sha256(body).digest()
    if count and digest in seen:
        raise SourceFault(
            "page_repeats", "对方反复返回同一页，请检查分页设置", "The same page comes again; check the paging"
        )
    seen.add(digest)


def _going_on(
    page: PageRequest | None, settings: HttpSettings, latest: object
) -> tuple[PageRequest | None, HttpSettings]:
    """The next page. Of rows in the order of their changes it is asked for by the instant up to which they were read: a row
    that changes meanwhile leaves its place, and those behind it move up over the edge of a page."""
    asking = asking_since(settings, latest)
    if page is None or not settings.since.get("ordered") or asking.parameters == settings.parameters:
        return page, settings
    return replace(first_page(asking), number=page.number), asking


def _at(item: object, pointer: object) -> object:
    """What stands at a pointer; None where there is nothing that orders rows."""
    found = at(item, pointer) if isinstance(pointer, str) else None
    return None if found is MISSING or isinstance(found, list | dict | bool) else found


def _sortable(value: object) -> str:
    """A text or number as text that sorts: whole numbers get leading zeros; empty for None."""
    if value is None:
        return ""
    return f"{value:020d}" if isinstance(value, int) and value >= 0 else str(value)


def _plain(item: object, pointer: str) -> object:
    found = at(item, pointer)
    return None if found is MISSING else found
