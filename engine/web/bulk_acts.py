"""Bulk acts: what is asked for of many rows as operations on each, and why one of them was refused, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import DougongError, Message
from engine.model.entities import Entity
from engine.model.errors import BadRequest, ValidationFailed
from engine.runtime.records.bulk import Operation

ACTS = frozenset({"update", "delete", "move", "undo", "restore"})


def operations(act: str, values: Mapping[str, object], rows: Mapping[int, int | None]) -> Iterator[Operation]:
    """An operation for each row (versions by id): `act` is update, delete, undo, restore, or move.<transition>.

    Raises BadRequest for another one, and for an update of nothing.
    """
    kind, _, move = act.partition(".")
    if kind not in ACTS:
        raise BadRequest(Message("请选择要做什么", "Choose what to do"))
    if kind == "update" and not values:
        raise BadRequest(Message("请勾选要改的字段，并填写新的值", "Tick the fields to set and enter their values"))
    for record, version in rows.items():
        if kind == "move":
            yield Operation("transition", record, values, version, move)
        else:
            yield Operation(kind, record, values if kind == "update" else {}, version)


def refusal(entity: Entity, error: DougongError) -> Message:
    """Why a row was refused: with the fields that it is about."""
    if not isinstance(error, ValidationFailed):
        return error.message
    told = [(entity.fields.get(one.field), one.message) for one in error.problems]

    def words(language: str, colon: str) -> list[str]:
        return [
            f"{field.label.text(language)}{colon}{one.text(language)}" if field is not None else one.text(language)
            for field, one in told
        ]

    return Message("；".join(words("zh", "：")), "; ".join(words("en", ": ")))
