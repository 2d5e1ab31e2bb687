"""A source that somebody is choosing: read from a request, before it stands in any text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from designer.api.asked import Asked
from designer.refusals import bad
from designer.sources.matching import Given
from engine.extensions import SourceFile
from engine.model.names import Label, Place
from engine.model.sources import Source
from engine.runtime.sources.registry import connector_specs

MOST_COLUMNS, MOST_SAMPLES = 500, 20
NAME = "draft"
"""What the source is called while it is looked at."""


@dataclass(frozen=True, slots=True)
class AskedSource:
    """The source so far, and a file that was given with it."""

    source: Source
    file: SourceFile | None


def asked_source(asked: Asked) -> AskedSource:
    """The kind, destination, settings and file of a request. Raises BadCommand."""
    kind = asked.text("kind")
    if kind not in connector_specs():
        raise bad(f"没有连接器 {kind[:48]}", f"There is no connector {kind[:48]}")
    source = Source(
        name=NAME,
        label=connector_specs()[kind].label,
        place=Place("", "", 0),
        kind=kind,
        entity="",
        key=(),
        fields={},
        destination=asked.optional("destination") or None,
        settings=map_in(asked, "settings"),
    )
    return AskedSource(source, _file(asked))


def columns_in(asked: Asked) -> tuple[Given, ...]:
    """The columns that the browser was told before, with the samples it may see. Raises BadCommand."""
    return tuple(_columns(list_in(asked, "columns")))


def map_in(asked: Asked, name: str) -> Mapping[str, object]:
    """A map of a request, empty where there is none. Raises BadCommand."""
    found = asked.values.get(name) or {}
    if not isinstance(found, dict):
        raise bad(f"{name} 须是对象", f"`{name}` must be an object")
    return found


def list_in(asked: Asked, name: str) -> list[object]:
    """A list of a request, empty where there is none. Raises BadCommand."""
    found = asked.values.get(name) or []
    if not isinstance(found, list) or len(found) > MOST_COLUMNS:
        raise bad(f"{name} 须是列表", f"`{name}` must be a list")
    return found


def texts_in(asked: Asked, name: str) -> tuple[str, ...]:
    return tuple(str(one) for one in list_in(asked, name))


def _columns(given: list[object]) -> Iterator[Given]:
    for one in given:
        if not isinstance(one, Mapping):
            raise bad("columns 中须是对象", "`columns` holds objects")
        titles, samples = one.get("titles"), one.get("samples")
        label = Label({str(key): str(text) for key, text in titles.items()} if isinstance(titles, Mapping) else {})
        texts = tuple(map(str, samples[:MOST_SAMPLES])) if isinstance(samples, list) else ()
        yield Given(str(one.get("name", "")), label, str(one.get("kind", "text")), str(one.get("level", "G1")), texts)


def _file(asked: Asked) -> SourceFile | None:
    given = asked.values.get("file")
    if not isinstance(given, Mapping):
        return None
    try:
        content = base64.b64decode(str(given.get("content", "")), validate=True)
    except (binascii.Error, ValueError):
        raise bad("文件内容须是 base64", "The file's content must be base64") from None
    return SourceFile(str(given.get("name", ""))[:200], content)
