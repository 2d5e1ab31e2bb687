"""A resource as written: plain data, and where each part of it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import Diagnostic, Message, Span
from engine.dsl.diagnostics_catalogue import CATALOGUE
from engine.dsl.source import Path, Positions, SourceText
from engine.model.names import Place, ResourceName

LOCAL_KINDS = frozenset({"access", "texts", "demo", "tests"})
"""Kinds whose names are unique within a pack only: several packs may speak of one entity or language."""


@dataclass(frozen=True, slots=True)
class Document:
    """One resource of a pack. `kind` is the folder's name (`pack` for pack.yaml); `text_hash` is SHA-256 of the bytes.

    `sound` is False when the text could not be read whole: its name is known, its content must not be judged.
    """

    kind: str
    name: str
    pack: str
    data: Mapping[str, object]
    positions: Positions
    sources: tuple[SourceText, ...]
    text_hash: str
    sound: bool = True

    @property
    def file(self) -> str:
        return self.sources[0].file

    @property
    def resource(self) -> ResourceName:
        return ResourceName(self.kind, f"{self.pack}.{self.name}" if self.kind in LOCAL_KINDS else self.name)

    def value_span(self, path: Path) -> Span:
        """The span of the value at `path`, or of the nearest part around it that stands in the text."""
        start, end, source = self._offsets(path, key=False)
        return self.sources[source].span(start, end)

    def key_span(self, path: Path) -> Span:
        """The span of the key at `path`; of the value where there is no key."""
        start, end, source = self._offsets(path, key=True)
        return self.sources[source].span(start, end)

    def place(self, path: Path = ()) -> Place:
        start, _, source = self._offsets(path, key=True)
        return Place(self.pack, self.sources[source].file, self.sources[source].line(start))

    def at(self, path: Path) -> object:
        """The value at `path`, or None."""
        value: object = self.data
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def problem(self, code: str, path: Path, /, *, hint: Message | None = None, **values: object) -> Diagnostic:
        """A diagnostic at the value at `path`; `hint` replaces the catalogue's."""
        return CATALOGUE.report(code, self.value_span(path), self._excerpt(path, key=False), hint, **values)

    def key_problem(self, code: str, path: Path, /, *, hint: Message | None = None, **values: object) -> Diagnostic:
        """A diagnostic at the key at `path`; `hint` replaces the catalogue's."""
        return CATALOGUE.report(code, self.key_span(path), self._excerpt(path, key=True), hint, **values)

    def _excerpt(self, path: Path, *, key: bool) -> str:
        start, end, number = self._offsets(path, key=key)
        source = self.sources[number]
        return source.excerpt(source.span(start, end))

    def _offsets(self, path: Path, *, key: bool) -> tuple[int, int, int]:
        while path not in self.positions and path:
            path = path[:-1]
        key_start, key_end, start, end, source = self.positions.get(path, (-1, -1, 0, 0, 0))
        return (key_start, key_end, source) if key and key_start >= 0 else (start, end, source)
