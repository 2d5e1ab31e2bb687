"""Layers: a pack may stand on another and change its resources; documents are merged by name and id before any pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from engine.dsl.document import Document
from engine.dsl.source import Path
from engine.model.names import ResourceName

_Mark = tuple[int, int, int, int, int]


@dataclass(slots=True)
class _Merge:
    """The positions of a merged document, and the number its layer's sources start at."""

    base: Document
    layer: Document
    positions: dict[Path, _Mark]

    def copy(self, document: Document, value: object, source: Path, target: Path) -> None:
        """Copy the positions of `value`, which stands at `source` of `document`, to `target`, and those of its parts."""
        mark = document.positions.get(source)
        if mark is not None:
            shift = len(self.base.sources) if document is self.layer else 0
            self.positions[target] = (*mark[:4], mark[4] + shift)
        for step, inner in _parts(value):
            self.copy(document, inner, (*source, step), (*target, step))

    def merged(self, below: object, above: object, paths: tuple[Path, Path, Path]) -> object:
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            return self._maps(below, above, paths)
        if _is_keyed(below) and _is_keyed(above):
            return self._lists(below, above, paths)
        _, over, target = paths
        self.copy(self.layer, above, over, target)
        return above

    def _maps(self, below: Mapping[str, object], above: Mapping[str, object], paths: tuple[Path, Path, Path]) -> object:
        under, over, target = paths
        self.positions[target] = self._own(under)
        result: dict[str, object] = {}
        for key, value in below.items():
            if key not in above:
                self.copy(self.base, value, (*under, key), (*target, key))
                result[key] = value
            elif above[key] is not None:
                result[key] = self.merged(value, above[key], ((*under, key), (*over, key), (*target, key)))
        for key, value in above.items():
            if key not in below and value is not None:
                self.copy(self.layer, value, (*over, key), (*target, key))
                result[key] = value
        return result

    def _lists(
        self,
        below: Sequence[Mapping[str, object]],
        above: Sequence[Mapping[str, object]],
        paths: tuple[Path, Path, Path],
    ) -> object:
        under, over, target = paths
        self.positions[target] = self._own(under)
        places = {item["id"]: index for index, item in enumerate(above)}
        result: list[object] = []
        for index, item in enumerate(below):
            here = (*target, len(result))
            if item["id"] not in places:
                self.copy(self.base, item, (*under, index), here)
                result.append(item)
                continue
            change = above[places[item["id"]]]
            if change.get("remove") is not True:
                result.append(self.merged(item, change, ((*under, index), (*over, places[item["id"]]), here)))
        known = {item["id"] for item in below}
        for index, item in enumerate(above):
            if item["id"] not in known:
                self.copy(self.layer, item, (*over, index), (*target, len(result)))
                result.append(item)
        return result

    def _own(self, path: Path) -> _Mark:
        return self.base.positions.get(path, (-1, -1, 0, 0, 0))


def _parts(value: object) -> Iterable[tuple[str | int, object]]:
    """What a map or list holds, by key or number."""
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _is_keyed(value: object) -> TypeGuard[list[Mapping[str, object]]]:
    """Is `value` a list of maps that each have an id?"""
    return isinstance(value, list) and all(
        isinstance(item, Mapping) and isinstance(item.get("id"), str) for item in value
    )


def merge(base: Document, layer: Document) -> Document:
    """`base` as `layer` changes it: maps by key (null removes), lists of items by id (`remove: true` removes), else replaced."""
    work = _Merge(base, layer, {})
    data = work.merged(base.data, layer.data, ((), (), ()))
    return replace(
        base,
        data=data if isinstance(data, Mapping) else {},
        positions=work.positions,
        sources=(*base.sources, *layer.sources),
        text_hash=f"{base.text_hash}+{layer.text_hash}",
        sound=base.sound and layer.sound,
    )


def apply_layers(documents: Sequence[Document]) -> tuple[tuple[Document, ...], tuple[tuple[Document, Document], ...]]:
    """Documents after merging, and pairs that bear one name without being layers of each other.

    A pack whose pack.yaml says `extends: other` is a layer on `other`; packs come in the order of the folders.
    """
    extends = {one.pack: one.data.get("extends") for one in documents if one.kind == "pack"}
    result: dict[ResourceName, Document] = {}
    clashes: list[tuple[Document, Document]] = []
    for document in documents:
        under = _base_of(document, extends, result)
        if under is None:
            result[document.resource] = document
        elif extends.get(document.pack) == under.pack:
            result[under.resource] = merge(under, document)
        else:
            clashes.append((document, under))
    return tuple(result.values()), tuple(clashes)


def _base_of(
    document: Document, extends: Mapping[str, object], known: Mapping[ResourceName, Document]
) -> Document | None:
    if document.kind in {"pack", "texts"}:
        return known.get(document.resource)
    base = extends.get(document.pack)
    lower = replace(document, pack=base).resource if isinstance(base, str) else document.resource
    return known.get(lower) or known.get(document.resource)
