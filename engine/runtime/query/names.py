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
from engine.runtime.access.decisions import NEVER, Allow
from engine.runtime.database.statements import StatementCache
from engine.runtime.storage.built_in import KERNEL_FIELDS, field_of

TITLE = "@title"
HTML = "@html"
"""The formatting of a rich text, behind its name."""
LONGEST_PATH = 6


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """A path that exists for its reader: the reference fields walked, then the field of the last row."""

    path: Path
    steps: tuple[Field, ...]
    field: Field


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes: a model and a context, which together decide what exists.

    `released` is for figures that their definition releases over all rows, and for nothing else.
    """

    model: AppModel
    context: Context
    released: bool = False

    @property
    def rights(self) -> tuple[object, ...]:
        """Everything that decides which names exist: what was found out for one reader holds for all with the same."""
        principal = self.context.principal
        return (self.model.fingerprint, principal.roles, principal.token_scopes, self.released)

    def access(self, entity: str) -> Allow | None:
        if self.released:
            return released_access(self.model, entity)
        decision = decide(self.model, self.context, entity, Action.READ)
        return decision if isinstance(decision, Allow) else None


_KNOWN = StatementCache()
"""What paths lead to, by what decides it: the same for everybody with the same rights. Names that are none are not kept."""


def resolve(reader: Reader, entity: str, path: Path) -> ResolvedPath:
    """The fields of `path` from `entity`; raises UnknownField for what is not there or may never be read."""
    return _KNOWN.get((reader.rights, entity, path), lambda: _resolved(reader, entity, path))


def find(reader: Reader, entity: str, path: Path) -> ResolvedPath | None:
    """Like `resolve`, with None for what does not exist."""
    try:
        return resolve(reader, entity, path)
    except UnknownField:
        return None


def _resolved(reader: Reader, entity: str, path: Path) -> ResolvedPath:
    found = _find(reader, entity, path)
    if found is None:
        raise UnknownField(".".join(path))
    return found


def _find(reader: Reader, entity: str, path: Path) -> ResolvedPath | None:
    if not path or len(path) > LONGEST_PATH:
        return None
    steps: list[Field] = []
    current: Entity | FieldKind | None = reader.model.entities.get(entity)
    for index, name in enumerate(path):
        field = _visible_field(reader, current, name) if current else None
        if field is None:
            return None
        if index == len(path) - 1 or (path[index + 1 :] == (HTML,) and _formatted(reader, current, field)):
            return ResolvedPath(path, tuple(steps), field)
        steps.append(field)
        current = target_of(reader.model, field)
    return None


def target_of(model: AppModel, field: Field) -> Entity | FieldKind | None:
    """What a reference points at: an entity, or the kernel's USER or UNIT."""
    if field.relation is not None:
        return model.entities.get(field.relation.entity)
    return field.kind if field.kind in KERNEL_FIELDS else None


def visible_paths(reader: Reader, entity: str, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those of a definition's paths that exist for the reader, in their order: what a page may ask for."""
    return tuple(path for path in paths if find(reader, entity, path) is not None)


def nameable(reader: Reader, entity: str, reference: str) -> bool:
    """Whether a reference of a formula is a name for the reader; the first step of a collection is one of the entity."""
    path = tuple(reference.split("."))
    declared = reader.model.entities[entity]
    collection = declared.collections.get(path[0])
    if collection is None:
        return find(reader, entity, path) is not None
    return reader.access(collection.entity) is not None and (
        len(path) == 1 or nameable(reader, collection.entity, ".".join(path[1:]))
    )


def _formatted(reader: Reader, holder: Entity | FieldKind | None, field: Field) -> bool:
    """Whether a field has formatting for the reader: what they only see masked has none."""
    access = reader.access(holder.name) if field.rich and isinstance(holder, Entity) else None
    return access is not None and access.field(field.name).readable != NEVER


def _visible_field(reader: Reader, holder: Entity | FieldKind, name: str) -> Field | None:
    if not isinstance(holder, Entity):
        return KERNEL_FIELDS[holder].get("name" if name == TITLE else name)
    access = reader.access(holder.name)
    own_name = holder.title if name == TITLE else name
    field = field_of(holder, own_name)
    return field if access and field and not access.field(own_name).hidden else None
