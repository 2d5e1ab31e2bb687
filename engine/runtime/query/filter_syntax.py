"""Filter syntax of the API: `field=value` and `field__op=value` become a Filter, or an error that names the key.

Operators: eq, ne, lt, le, gt, ge, in, not_in (values separated by commas), contains, starts_with, empty (true or false),
between (two values separated by a comma), under (a unit and all below it); of a location near (`30.27,120.15~5000`: metres
around a point) and within (`south,west,north,east` in degrees). Fields may be dotted paths.
`ne` and `not_in` also give rows where the field is empty.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.areas import area_of
from engine.model.context import Context
from engine.model.entities import Field, FieldKind
from engine.model.errors import BadRequest, ValidationFailed
from engine.model.requests import AllOf, Condition, Filter
from engine.runtime.query.filters import AREAS, OPERATORS, lenient
from engine.runtime.query.names import Reader, resolve
from engine.runtime.storage.json import parse_json

LISTED = frozenset({"in", "not_in", "between"})
PIECES = frozenset({"contains", "starts_with"})


def parse_filter(model: AppModel, context: Context, entity: str, params: Iterable[tuple[str, str]]) -> Filter:
    """All conditions of a query string together; raises UnknownField or BadRequest for the first that does not fit.

    The caller takes its own keys (sort, limit, cursor, …) out first: every key that is left must be a field.
    """
    reader = Reader(model, context)
    return AllOf(tuple(parse_condition(reader, entity, key, value) for key, value in params))


def parse_condition(reader: Reader, entity: str, key: str, value: str) -> Condition:
    """One `field__op=value`."""
    name, separator, operator = key.rpartition("__")
    if not separator or operator not in OPERATORS:
        name, operator = key, "eq"
    path = tuple(name.split("."))
    field = resolve(reader, entity, path).field
    if operator == "empty":
        return Condition(path, "empty" if _truth(key, value) else "not_empty")
    if operator in AREAS:
        return Condition(path, operator, _area(field, key, operator, value))
    try:
        return Condition(path, operator, _value(field, operator, value, reader.context.zone))
    except ValidationFailed as failure:
        problem = failure.problems[0].message
        raise BadRequest(Message(f"{key}:{problem.zh}", f"{key}: {problem.en}"), field=key) from None


def _area(field: Field, key: str, operator: str, written: str) -> object:
    area = area_of(operator, written)
    if area is None and field.kind is FieldKind.LOCATION:
        form = "30.27,120.15~5000" if operator == "near" else "30.1,120.0,30.4,120.3"
        raise BadRequest(Message(f"{key} 要写成 {form}", f"{key} is written as {form}"), field=key)
    return area


def _value(field: Field, operator: str, written: str, zone: str) -> object:
    if operator in LISTED:
        return tuple(parse_json(part, lenient(field), zone) for part in written.split(",") if part.strip())
    if operator in PIECES:
        return written
    return parse_json(written, lenient(field), zone)


def _truth(key: str, written: str) -> bool:
    if written not in ("true", "false", "1", "0", ""):
        raise BadRequest(Message(f"{key} 只能是 true 或 false", f"{key} is either true or false"), field=key)
    return written in ("true", "1", "")
