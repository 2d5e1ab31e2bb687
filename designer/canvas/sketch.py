"""Sketches: the draft as a model that can be shown even where it does not compile.

What is unfinished on the page that is shown becomes a divider in its place, with the reason beside it; another file with
errors stands as it is live. So a page is never lost to a mistake elsewhere, and a widget that was just put down shows what it still lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from designer.file_names import file_name
from designer.studio import Studio
from engine.diagnostics import Message
from engine.dsl.compiler import Compilation
from engine.dsl.item_check import ITEM_KINDS
from engine.dsl.problem_paths import path_at
from engine.dsl.source import Path
from engine.model.app import AppModel

ROUNDS = 4
"""How often what does not compile is put aside; then the live model is shown."""
STANDS_IN = "divider"
Texts = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An item that something stands in for: its widget, and what is wrong with it."""

    widget: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Sketch:
    """A model to show, None where nothing can be; `unfinished` are items of the shown file with what is wrong with them, `aside` other files
    that are not shown as they are drafted."""

    model: AppModel | None
    unfinished: Mapping[str, Unfinished] = field(default_factory=dict)
    aside: frozenset[str] = frozenset()


class Sketcher:
    """Makes sketches; keeps the last, and a compiler of its own, so that the draft's is not disturbed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._own = Studio(studio.live, studio.widgets, studio.practice, studio.nodes, studio.connectors)
        self._own.compiler.beside = (studio.compiler,)

    def sketch(self, texts: Texts, file: str) -> Sketch:
        """The draft with these texts, as far as it can be shown with this file."""
        alone = self._studio.with_page(texts, file)
        if alone is not None:
            return Sketch(alone)
        compilation = self._studio.compile(texts)
        tried, unfinished, aside = dict(texts), dict[str, Unfinished](), set[str]()
        for _ in range(ROUNDS):
            if compilation.model is not None:
                break
            broken = {one.span.file for one in compilation.errors}
            for name in sorted(broken):
                if name == file and (mended := _mended(compilation, name, unfinished)) is not None:
                    tried[name] = mended
                else:
                    aside.add(name)
                    tried[name] = self._studio.live.text(name)
            compilation = self._own.compile(tried)
        return Sketch(compilation.model, unfinished, frozenset(aside))


def _mended(compilation: Compilation, file: str, unfinished: dict[str, Unfinished]) -> str | None:
    """The file with its unfinished items replaced and its other broken parts left out; None where it cannot be read."""
    name = file_name(file)
    document = next((one for one in compilation.documents if one.file == file), None)
    if name is None or document is None or not document.sound or name.kind not in ITEM_KINDS:
        return None
    data = dict(document.data)
    for problem in (one for one in compilation.errors if one.span.file == file):
        path = path_at(document, problem)
        item = _item_of(path)
        if item:
            found = document.at(item)
            if isinstance(found, Mapping):
                told = Unfinished(str(found.get("widget", "")), problem.message)
                unfinished.setdefault(str(found.get("id", "")), told)
                data = _with(data, item, _stand_in(found))
        elif path and path[0] not in {"items", "label", "entity", "kind"}:
            data.pop(str(path[0]), None)
        else:
            return None
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def _stand_in(item: Mapping[str, object]) -> dict[str, object]:
    kept = {key: item[key] for key in ("id", "span") if key in item}
    return {**kept, "widget": STANDS_IN}


def _with(data: dict[str, object], path: Path, value: object) -> dict[str, object]:
    """The data with another value at a path."""

    def put(at: object, rest: Path) -> object:
        if not rest:
            return value
        if isinstance(at, dict):
            return {**at, rest[0]: put(at.get(rest[0]), rest[1:])}
        if isinstance(at, list) and isinstance(rest[0], int) and rest[0] < len(at):
            return [put(one, rest[1:]) if index == rest[0] else one for index, one in enumerate(at)]
        return at

    made = put(data, path)
    return made if isinstance(made, dict) else data


def _item_of(path: Path) -> Path:
    """The innermost item that a path leads into: `items`, a place, and so on."""
    end = 0
    while end + 1 < len(path) and path[end] == "items" and isinstance(path[end + 1], int):
        end += 2
    return path[:end]
