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


def apply_texts(documents: Iterable[Document]) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The documents with further languages in their labels, and texts that lead to no label."""
    table = {one.resource: one for one in documents}
    problems: list[Diagnostic] = []
    for document in [one for one in table.values() if one.kind == "texts" and one.sound]:
        for key, text in document.data.items():
            found = _target(table, document, key)
            if found is None:
                problems.append(document.key_problem("E319", (key,), path=key))
            elif isinstance(text, str):
                target, path = found
                table[target.resource] = _with_text(table[target.resource], path, document.name, text)
    return tuple(table.values()), tuple(problems)


def _target(table: Mapping[ResourceName, Document], texts: Document, key: str) -> tuple[Document, Path] | None:
    kind, _, rest = key.partition(".")
    name, _, path = rest.partition(".")
    document = table.get(ResourceName(kind, name)) or table.get(ResourceName(kind, f"{texts.pack}.{name}"))
    if document is None:
        return None
    if not document.sound:
        return document, ()
    steps = tuple(_steps(document, path.split(".")))
    value = document.at(steps)
    is_label = isinstance(value, str) or (
        isinstance(value, Mapping) and all(len(one) <= _LANGUAGE_KEYS for one in value)
    )
    return (document, steps) if steps and is_label and len(steps) == len(path.split(".")) else None


def _steps(document: Document, names: list[str]) -> Iterator[str | int]:
    """Names to steps: an item of a list is named by its id."""
    value: object = document.data
    for name in names:
        if isinstance(value, list):
            index = next(
                (at for at, one in enumerate(value) if isinstance(one, Mapping) and one.get("id") == name), None
            )
            if index is None:
                return
            yield index
            value = value[index]
        elif isinstance(value, Mapping) and name in value:
            yield name
            value = value[name]
        else:
            return


def _with_text(document: Document, path: Path, language: str, text: str) -> Document:
    if not path:
        return document
    return replace(document, data=_replaced(document.data, path, language, text))  # type: ignore[arg-type]


def _replaced(value: object, path: Path, language: str, text: str) -> object:
    """A copy of `value` with the language added to the label at `path`; untouched parts are shared."""
    if not path:
        return {**value, language: text} if isinstance(value, Mapping) else {"zh": value, language: text}
    step = path[0]
    if isinstance(value, list):
        return [_replaced(one, path[1:], language, text) if at == step else one for at, one in enumerate(value)]
    if isinstance(value, Mapping):
        return {key: _replaced(one, path[1:], language, text) if key == step else one for key, one in value.items()}
    return value
