"""Names in requests: a dotted path becomes fields, or does not exist. A field one may never read does not exist."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import Entity, Field, FieldKind
from engine.model.errors import UnknownField
from engine.model.requests import Path
from engine.runtime.access.decide import decide, released_access
from engine.runtime.access.decisions import Allow
from engine.runtime.storage.built_in import KERNEL_FIELDS, field_of

TITLE = "@title"
LONGEST_PATH = 6


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """A path that exists for its reader: the relation fields walked, then the field of the last row.

    `kernel` is USER or UNIT when the last field belongs to one of those, else None.
    """

    path: Path
    steps: tuple[Field, ...]
    field: Field
    kernel: FieldKind | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes: a model and a context, which together decide what exists.

    `released` is for figures that their definition releases over all rows, and for nothing else.
    """

    model: AppModel
    context: Context
    released: bool = False

    def access(self, entity: str) -> Allow | None:
        if self.released:
            return released_access(self.model, entity)
        decision = decide(self.model, self.context, entity, Action.READ)
        return decision if isinstance(decision, Allow) else None


def resolve(reader: Reader, entity: str, path: Path) -> ResolvedPath:
    """The fields of `path` from `entity`; raises UnknownField for what is not there or may never be read."""
    found = find(reader, entity, path)
    if found is None:
        raise UnknownField(".".join(path))
    return found


def find(reader: Reader, entity: str, path: Path) -> ResolvedPath | None:
    """Like `resolve`, with None for what does not exist."""
    if not path or len(path) > LONGEST_PATH:
        return None
    steps: list[Field] = []
    current = reader.model.entities.get(entity)
    for index, name in enumerate(path):
        field = _visible_field(reader, current, name) if current else None
        if field is None or current is None:
            return None
        if index == len(path) - 1:
            return ResolvedPath(path, tuple(steps), field)
        steps.append(field)
        if field.kind in KERNEL_FIELDS:
            return _kernel_path(path, index + 1, tuple(steps))
        current = reader.model.entities.get(field.relation.entity) if field.relation else None
    return None


def visible_paths(reader: Reader, entity: str, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those of a definition's paths that exist for the reader, in their order: what a page may ask for."""
    return tuple(path for path in paths if find(reader, entity, path) is not None)


def _visible_field(reader: Reader, entity: Entity, name: str) -> Field | None:
    access = reader.access(entity.name)
    own_name = entity.title if name == TITLE else name
    field = field_of(entity, own_name)
    return field if access and field and not access.field(own_name).hidden else None


def _kernel_path(path: Path, index: int, steps: tuple[Field, ...]) -> ResolvedPath | None:
    kind = steps[-1].kind
    name = "name" if path[index] == TITLE else path[index]
    field = KERNEL_FIELDS[kind].get(name)
    return ResolvedPath(path, steps, field, kind) if field and index == len(path) - 1 else None
