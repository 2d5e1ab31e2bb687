"""The widgets that stand in a folder: the declaration of each, read from its widget.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from engine.model.names import Label

MAIN = "main"
"""The area of a record page that a widget stands in when its declaration says no other."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for children: the groups or widgets it accepts (empty: any), and how many."""

    name: str
    accepts: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class WidgetSpec:
    """A widget's declaration. `schema` is the JSON Schema of its own properties; `raw` the whole file for later readers."""

    name: str
    title: Label
    group: str
    schema: Mapping[str, object]
    folder: Path
    icon: str = "box"
    slots: tuple[Slot, ...] = ()
    raw: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def area(self) -> str:
        """Where it stands on a record page: `head` above all, `side` beside the rest where there is room, else `main`."""
        design = self.raw.get("design")
        found = design.get("area") if isinstance(design, Mapping) else None
        return found if isinstance(found, str) else MAIN

    @property
    def sheets(self) -> tuple[str, ...]:
        """The style sheets that a page with this widget loads besides the one of every page, as paths under the widgets."""
        client = self.raw.get("client")
        found = client.get("sheets") if isinstance(client, Mapping) else None
        return tuple(str(one) for one in found) if isinstance(found, list) else ()

    def takes(self, child: WidgetSpec) -> bool:
        """May `child` stand inside this widget?"""
        return any(not slot.accepts or {child.group, child.name} & set(slot.accepts) for slot in self.slots)


class WidgetFolderError(ValueError):
    """A widget.yaml that cannot be read: a mistake of the product or of an installed widget, not of an author."""


@cache
def read_widgets(*folders: Path) -> Mapping[str, WidgetSpec]:
    """All widgets under `folders`, by name; a later folder's widget replaces an earlier one. Raises WidgetFolderError.

    They come with the product: a process reads a folder once.
    """
    return MappingProxyType({spec.name: spec for folder in folders for spec in _read(folder)})


def _read(folder: Path) -> Iterator[WidgetSpec]:
    for file in sorted(folder.glob("*/widget.yaml")):
        try:
            declared = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise WidgetFolderError(f"{file.parent.name}/widget.yaml cannot be read: {error}") from error
        if not isinstance(declared, dict):
            raise WidgetFolderError(f"{file.parent.name}/widget.yaml is not a map")
        yield _spec(file.parent, declared)


def _spec(folder: Path, declared: Mapping[str, object]) -> WidgetSpec:
    schema = declared.get("schema")
    return WidgetSpec(
        name=folder.name,
        title=_label(declared.get("title")),
        group=str(declared.get("group", "special")),
        schema=schema if isinstance(schema, dict) else {"type": "object"},
        folder=folder,
        icon=str(declared.get("icon", "box")),
        slots=tuple(_slots(declared.get("slots"))),
        raw=MappingProxyType(dict(declared)),
    )


def _label(declared: object) -> Label:
    if isinstance(declared, dict):
        return Label({str(language): str(text) for language, text in declared.items()})
    return Label({"zh": str(declared)} if declared else {})


def _slots(declared: object) -> Iterator[Slot]:
    for name, settings in (declared or {}).items() if isinstance(declared, dict) else ():
        found = settings if isinstance(settings, dict) else {}
        accepts = found.get("accepts", [])
        maximum = found.get("max")
        yield Slot(
            str(name),
            tuple(str(one) for one in (accepts if isinstance(accepts, list) else [accepts])),
            int(found.get("min") or 0),
            maximum if isinstance(maximum, int) else None,
        )
