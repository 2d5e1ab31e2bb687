"""Columns of a sheet on a page: what each is called, what stands in it, and which field it fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.entities import Entity, Field
from engine.model.errors import BadRequest
from engine.runtime.access.rights import writable_fields
from engine.runtime.transfer.documents import part_fields
from engine.runtime.work import Work
from engine.widgets.default_items import enterable

SAMPLES, LONGEST = 3, 24
Mapped = tuple[dict[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column, its place, some of its values, and the field that it fills; empty where it is left out."""

    at: int
    name: str
    samples: tuple[str, ...]
    field: str


def mapped_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], columns: Mapping[str, str]
) -> list[MappedColumn]:
    return [MappedColumn(at, name, _samples(at, rows), columns.get(name, "")) for at, name in enumerate(header)]


def _samples(at: int, rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    different = dict.fromkeys(row[at].strip() for row in rows[:50] if row[at].strip())
    return tuple(one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in [*different][:SAMPLES])


def mapped(form: Mapping[str, str], header: Sequence[str]) -> Mapped:
    """Which column fills which field, and the key, as a form says. Raises BadRequest."""
    columns = {column: field for at, column in enumerate(header) if (field := form.get(f"map.{at}", ""))}
    if not columns:
        raise BadRequest(Message("至少对应一列", "Map at least one column"))
    key = tuple(name for name in form.get("key", "").split(",") if name)
    missing = [name for name in key if name not in columns.values()]
    if missing:
        raise BadRequest(
            Message("识别已有记录的字段没有对应的列", "No column fills the field that existing rows are found by")
        )
    return columns, key


def offered_fields(work: Work, entity: Entity) -> list[tuple[str, str]]:
    """The fields that a column may fill, by name and label."""
    writable = writable_fields(work.model, work.context, entity.name)
    named = ((name, one) for name, one in entity.fields.items() if name in writable and _imported(one))
    own = [(name, one.label.text(work.context.language) or name) for name, one in named]
    return [*own, *_offered_parts(work, entity)]


def _imported(field: Field) -> bool:
    """Whether a sheet may fill a field: its cells lie on the server for a while, in the clear."""
    return enterable(field) and not field.sealed


def _offered_parts(work: Work, entity: Entity) -> Iterator[tuple[str, str]]:
    language = work.context.language
    for name, part, field in part_fields(entity, work.model.entities):
        if field in writable_fields(work.model, work.context, part.name) and _imported(part.fields[field]):
            label = entity.collections[name.partition(".")[0]].label.text(language) or part.label.text(language)
            yield name, f"{label} · {part.fields[field].label.text(language) or field}"


def offered_keys(work: Work, entity: Entity) -> list[tuple[str, str]]:
    """What existing rows may be found by: the natural key where it is of several fields, and each single field."""
    offered = [(name, label) for name, label in offered_fields(work, entity) if "." not in name]
    labels = dict(offered)
    several = [entity.natural_key] if len(entity.natural_key) > 1 and set(entity.natural_key) <= labels.keys() else []
    return [(",".join(one), " + ".join(labels[name] for name in one)) for one in several] + offered
