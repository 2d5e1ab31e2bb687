"""Fields that every entity has, and what the kernel's users and units show of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from engine.model.entities import Entity, Field, FieldKind, Relation
from engine.model.names import Label, Place

USER_TABLE = "dougong_user"
UNIT_TABLE = "dougong_unit"
KERNEL_TABLES = {FieldKind.USER: USER_TABLE, FieldKind.UNIT: UNIT_TABLE}
"""Tables that user and unit fields point at; both have `id` and `name`, units have `kind` and `parent`."""

_PLACE = Place("engine", "built-in", 1)


def _field(name: str, kind: FieldKind, zh: str, en: str) -> Field:
    return Field(name=name, kind=kind, label=Label({"zh": zh, "en": en}), place=_PLACE, read_only=True)


_SHARED = {
    field.name: field
    for field in (
        _field("version", FieldKind.INTEGER, "版本", "Version"),
        _field("created_at", FieldKind.INSTANT, "创建时间", "Created at"),
        _field("created_by", FieldKind.USER, "创建人", "Created by"),
        _field("updated_at", FieldKind.INSTANT, "修改时间", "Updated at"),
        _field("updated_by", FieldKind.USER, "修改人", "Updated by"),
        _field("deleted_at", FieldKind.INSTANT, "删除时间", "Deleted at"),
        _field("scope_unit", FieldKind.UNIT, "归属单位", "Owning unit"),
    )
}
TOLD = ("created_at", "created_by", "updated_at", "updated_by", "scope_unit")
"""Built-in fields that a row is read with, beside its id and version."""
KERNEL_FIELDS: Mapping[FieldKind, Mapping[str, Field]] = MappingProxyType(
    {
        FieldKind.USER: {
            "id": _field("id", FieldKind.USER, "标识", "Id"),
            "name": _field("name", FieldKind.TEXT, "姓名", "Name"),
        },
        FieldKind.UNIT: {
            "id": _field("id", FieldKind.UNIT, "标识", "Id"),
            "name": _field("name", FieldKind.TEXT, "名称", "Name"),
            "kind": _field("kind", FieldKind.TEXT, "类型", "Kind"),
            "parent": _field("parent", FieldKind.UNIT, "上级", "Parent"),
        },
    }
)
"""What every signed-in person may know of a user or a unit that a row names."""


@lru_cache(maxsize=2_000)
def _own_id(entity: str) -> Field:
    return Field(
        name="id",
        kind=FieldKind.RELATION,
        label=Label({"zh": "标识", "en": "Id"}),
        place=_PLACE,
        relation=Relation(entity),
        read_only=True,
    )


def field_of(entity: Entity, name: str) -> Field | None:
    """A declared or built-in field of `entity`; `id` is a relation of the entity to itself."""
    if name == "id":
        return _own_id(entity.name)
    return entity.fields.get(name) or _SHARED.get(name)
