"""Texts by path (`texts/<language>.yaml`) written into the labels of the resources they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engine.diagnostics import Diagnostic
from engine.dsl.document import Document
from engine.dsl.source import Path
from engine.model.names import ResourceName

_LANGUAGE_KEYS = 3
"""Longest language key without a region; labels by language have only such keys."""


Texts = dict[Path, dict[str, str]]
"""Texts of one document by path and language."""


def apply_texts(documents: Iterable[Document]) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The documents with further languages in their labels, and texts that lead to no label."""
    labels = _Labels({one.resource: one for one in documents})
    problems: list[Diagnostic] = []
    written: dict[ResourceName, Texts] = {}
    for document in [one for one in labels.table.values() if one.kind == "texts" and one.sound]:
        for key, text in document.data.items():
            found = labels.target(document, key)
            if found is None:
                problems.append(document.key_problem("E319", (key,), path=key[:200]))
            elif isinstance(text, str):
                target, path = found
                written.setdefault(target.resource, {}).setdefault(path, {})[document.name] = text
    result = {**labels.table, **{name: _with_texts(labels.table[name], texts) for name, texts in written.items()}}
    return tuple(result.values()), tuple(problems)


class _Labels:
    """Finds labels by path; ids of items are looked up once a list."""

    def __init__(self, table: Mapping[ResourceName, Document]) -> None:
        self.table = table
        self._ids: dict[tuple[ResourceName, Path], Mapping[str, int]] = {}

    def target(self, texts: Document, key: str) -> tuple[Document, Path] | None:
        """The document and the path of the label that `key` names; no path in a document that could not be read."""
        kind, _, rest = key.partition(".")
        name, _, path = rest.partition(".")
        document = self.table.get(ResourceName(kind, name))
        document = document or self.table.get(ResourceName(kind, f"{texts.pack}.{name}"))
        if document is None:
            return None
        if not document.sound:
            return document, ()
        names = path.split(".")
        steps = tuple(self._steps(document, names))
        value = document.at(steps)
        is_label = isinstance(value, str) or (
            isinstance(value, Mapping) and all(len(one) <= _LANGUAGE_KEYS for one in value)
        )
        return (document, steps) if steps and is_label and len(steps) == len(names) else None

    def _steps(self, document: Document, names: list[str]) -> Iterator[str | int]:
        """Names to steps: an item of a list is named by its id."""
        value: object = document.data
        path: Path = ()
        for name in names:
            if isinstance(value, list):
                index = self._index(document, path, value).get(name)
                if index is None:
                    return
                step: str | int = index
                value = value[index]
            elif isinstance(value, Mapping) and name in value:
                step = name
                value = value[name]
            else:
                return
            path = (*path, step)
            yield step

    def _index(self, document: Document, path: Path, items: list[object]) -> Mapping[str, int]:
        """The places of a list's items by id; the first of those that share one."""
        place = (document.resource, path)
        if place not in self._ids:
            found: dict[str, int] = {}
            for at, one in enumerate(items):
                if isinstance(one, Mapping) and isinstance(one.get("id"), str):
                    found.setdefault(one["id"], at)
            self._ids[place] = found
        return self._ids[place]


def _with_texts(document: Document, texts: Texts) -> Document:
    """The document with texts in its labels; one that could not be read stays as it is."""
    texts = {path: by_language for path, by_language in texts.items() if path}
    around = {path[:length] for path in texts for length in range(len(path))}
    data = _written(document.data, (), texts, around)
    return replace(document, data=data) if isinstance(data, Mapping) else document


def _written(value: object, path: Path, texts: Texts, around: set[Path]) -> object:
    """A copy of `value`, which stands at `path`, with the texts under it; parts without any are shared."""
    if path in texts:
        return {**(value if isinstance(value, Mapping) else {"zh": value}), **texts[path]}
    if path not in around:
        return value
    if isinstance(value, list):
        return [_written(one, (*path, at), texts, around) for at, one in enumerate(value)]
    if isinstance(value, Mapping):
        return {key: _written(one, (*path, key), texts, around) for key, one in value.items()}
    return value
