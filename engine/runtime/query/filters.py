"""Filters: conditions on secured cells. Their shape makes the statement, their values are bound when it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from engine.diagnostics import Message
from engine.model.areas import Area
from engine.model.entities import TEXT_KINDS, Field, FieldKind
from engine.model.errors import BadRequest, ValidationFailed
from engine.model.requests import AllOf, AnyOf, Condition, Filter
from engine.runtime.query import nodes
from engine.runtime.query.area_conditions import area_values, lies_in
from engine.runtime.query.membership import list_parameter, member_of
from engine.runtime.query.names import Reader, resolve
from engine.runtime.query.sealed_fields import refuse_sealed
from engine.runtime.query.secure import SecuredRows
from engine.runtime.query.units import subtree
from engine.runtime.storage.fields import Operation, storage_of

DEEPEST = 10
MOST_CONDITIONS = 100
MOST_LISTED = 1_000
COMPARISONS: Mapping[str, type[exp.Expression]] = {"lt": exp.LT, "le": exp.LTE, "gt": exp.GT, "ge": exp.GTE}
AREAS = frozenset({"near", "within"})
OPERATORS = (
    frozenset(
        {"eq", "ne", *COMPARISONS, "in", "not_in", "contains", "starts_with", "empty", "not_empty", "between", "under"}
    )
    | AREAS
)


@dataclass(frozen=True, slots=True)
class BoundFilter:
    """A filter taken apart: `shape` is hashable and holds no value, `values` are physical, in the order of the walk."""

    shape: object
    values: tuple[object, ...]


def bind(reader: Reader, entity: str, where: Filter, dialect: str) -> BoundFilter:
    """Checks a filter and encodes its values; raises UnknownField and BadRequest."""
    values: list[object] = []
    counted = 0

    def walk(part: Filter, depth: int) -> object:
        nonlocal counted
        counted += 1
        if depth > DEEPEST or counted > MOST_CONDITIONS:
            raise BadRequest(
                Message("筛选条件太多或嵌套太深", "The filter has too many or too deeply nested conditions")
            )
        if isinstance(part, Condition):
            bound = _encoded(reader, entity, part, dialect)
            values.extend(bound)
            return (part.path, part.operator, len(bound))
        return (type(part).__name__, tuple(walk(child, depth + 1) for child in part.conditions))

    shape = walk(where, 0)
    return BoundFilter(shape, tuple(values))


def lowered(rows: SecuredRows, where: Filter, names: Iterator[str]) -> exp.Expression:
    """The filter as SQL; `names` are the parameters of its values, in the order that `bind` gave them."""
    if isinstance(where, Condition):
        cell = rows.cell(where.path)
        return _condition(rows, cell.field, cell.shown, where, names)
    parts = [lowered(rows, child, names) for child in where.conditions]
    return nodes.any_of(parts) if isinstance(where, AnyOf) else nodes.all_of(parts)


def _encoded(reader: Reader, entity: str, condition: Condition, dialect: str) -> list[object]:
    field = resolve(reader, entity, condition.path).field
    operator, value = condition.operator, condition.value
    refuse_sealed(field, condition.path, "用来筛选", "filtered by")
    if operator not in allowed_operators(field):
        raise _not_offered(condition, field)
    try:
        return _physical(field, operator, value, dialect)
    except (ValidationFailed, TypeError, ValueError):
        raise _bad_value(condition) from None


def _physical(field: Field, operator: str, value: object, dialect: str) -> list[object]:
    storage = storage_of(lenient(field))
    if operator in ("empty", "not_empty") or (operator in ("eq", "ne") and value is None):
        return []
    if operator in AREAS:
        return area_values(value)
    if operator in ("in", "not_in", "between"):
        listed = list(value) if isinstance(value, tuple | list | frozenset | set) else None
        if (
            listed is None
            or len(listed) > MOST_LISTED
            or (operator == "between" and len(listed) != 2)
            or None in listed
        ):
            raise ValueError(operator)
        encoded = [storage.encode(one, dialect) for one in listed]
        return encoded if operator == "between" else [list_parameter(encoded, dialect)]
    if value is None:
        raise ValueError(operator)
    if operator in ("contains", "starts_with"):
        return [folded(value)] if field.kind in TEXT_KINDS else [f'"{value}"']
    return [storage.encode(value, dialect)]


def lenient(field: Field) -> Field:
    """The field as filters compare it: any text will do, for a mask is no phone number."""
    return replace(field, kind=FieldKind.LONG_TEXT, rich=False) if field.kind in TEXT_KINDS else field


def folded(value: object) -> str:
    """Text in the case that `contains` compares in: ASCII letters small, as the databases' own lower() does."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("text")
    value.encode()
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in value)


def allowed_operators(field: Field) -> frozenset[str]:
    """The operators that make sense for a field, by what its storage can lower."""
    if field.sealed:
        return frozenset()
    operations = storage_of(field).operations
    allowed = {"empty", "not_empty"}
    if Operation.EQUAL in operations:
        allowed |= {"eq", "ne", "in", "not_in"}
    if Operation.RANGE in operations:
        allowed |= {"lt", "le", "gt", "ge", "between"}
    if field.name == "id":
        allowed |= {"lt", "gt"}  # identifiers are in the order in which rows were made
    if Operation.CONTAINS in operations:
        allowed.add("contains")
    if Operation.PREFIX in operations:
        allowed.add("starts_with")
    if field.kind is FieldKind.UNIT:
        allowed.add("under")
    if field.kind is FieldKind.LOCATION:
        allowed |= AREAS
    return frozenset(allowed)


def _condition(
    rows: SecuredRows, field: Field, cell: exp.Expression, condition: Condition, names: Iterator[str]
) -> exp.Expression:
    operator, dialect = condition.operator, rows.compilation.dialect
    match operator:
        case "empty":
            return nodes.is_null(cell)
        case "not_empty":
            return nodes.is_not_null(cell)
        case "eq" | "ne" if condition.value is None:
            return nodes.is_null(cell) if operator == "eq" else nodes.is_not_null(cell)
        case "eq":
            return nodes.compare(exp.EQ, cell, nodes.parameter(next(names)))
        case "ne":
            return _or_empty(nodes.compare(exp.NEQ, cell, nodes.parameter(next(names))), cell)
        case "in":
            return member_of(cell, next(names), field, dialect)
        case "not_in":
            return _or_empty(exp.Not(this=nodes.parens(member_of(cell, next(names), field, dialect))), cell)
        case "between":
            low = nodes.compare(exp.GTE, cell, nodes.parameter(next(names)))
            return nodes.all_of([low, nodes.compare(exp.LTE, cell, nodes.parameter(next(names)))])
        case "contains":
            return contains(cell, next(names), dialect, fold=field.kind in TEXT_KINDS)
        case "starts_with":
            return _starts_with(cell, next(names))
        case "near" | "within" if isinstance(condition.value, Area):
            return lies_in(cell, condition.value, names, dialect)
        case "under":
            return subtree(rows.compilation, cell, next(names))
        case _:
            return nodes.compare(COMPARISONS[operator], cell, nodes.parameter(next(names)))


def contains(cell: exp.Expression, parameter: str, dialect: str, fold: bool = True) -> exp.Expression:
    """True where the cell holds the (folded) text of `parameter`."""
    haystack = nodes.call("lower", cell.copy()) if fold else cell.copy()
    found = nodes.call("strpos" if dialect == "postgres" else "instr", haystack, nodes.parameter(parameter))
    return nodes.compare(exp.GT, found, nodes.number(0))


def _starts_with(cell: exp.Expression, parameter: str) -> exp.Expression:
    start = nodes.parameter(parameter)
    head = nodes.call("substr", nodes.call("lower", cell.copy()), nodes.number(1), nodes.call("length", start))
    return nodes.compare(exp.EQ, head, nodes.parameter(parameter))


def _or_empty(condition: exp.Expression, cell: exp.Expression) -> exp.Expression:
    return nodes.any_of([condition, nodes.is_null(cell)])


def _not_offered(condition: Condition, field: Field) -> BadRequest:
    name, offered = ".".join(condition.path), ", ".join(sorted(allowed_operators(field)))
    return BadRequest(
        Message(
            f"字段 {name} 不能用 {condition.operator} 筛选，可用：{offered}",
            f"Field {name} cannot be filtered by {condition.operator}; offered: {offered}",
        ),
        field=name,
    )


def _bad_value(condition: Condition) -> BadRequest:
    name = ".".join(condition.path)
    return BadRequest(
        Message(f"字段 {name} 的筛选值不合适", f"The filter value of field {name} does not fit"), field=name
    )


def everything(where: Filter) -> bool:
    return isinstance(where, AllOf) and not where.conditions
