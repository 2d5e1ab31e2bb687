"""Masks as SQL sees them, so that filters, sorts and groups work on the mask and never on what is behind it."""

from __future__ import annotations

from sqlglot import exp

from engine.runtime.access.masks import STARS, TEXT_MASKS
from engine.runtime.formula.sql_places import begins_with_a_point
from engine.runtime.query import nodes


def masked_text(mask: str, cell: exp.Expression, dialect: str) -> exp.Expression:
    """The expression of `mask` over a text cell; equal to `engine.runtime.access.masks.mask_text` for every value."""
    if mask not in TEXT_MASKS:
        return nodes.text(STARS)
    if mask == "name":
        return nodes.concatenated(_first(cell, 1), nodes.text("**"))
    if mask == "email":
        return _email(cell, dialect)
    if mask == "area":
        return _area(cell, dialect)
    shape = {"phone": (9, 3, "****"), "id": (11, 3, "********"), "last4": (8, 0, "****")}[mask]
    return _ends(cell, *shape)


def _ends(cell: exp.Expression, least: int, kept: int, stars: str) -> exp.Expression:
    tail = nodes.call("substr", cell.copy(), exp.Sub(this=_length(cell), expression=nodes.number(3)))
    parts = [nodes.text(stars), tail] if kept == 0 else [_first(cell, kept), nodes.text(stars), tail]
    return _guarded(cell, nodes.compare(exp.GTE, _length(cell), nodes.number(least)), nodes.concatenated(*parts))


def _email(cell: exp.Expression, dialect: str) -> exp.Expression:
    place = nodes.call("strpos" if dialect == "postgres" else "instr", cell.copy(), nodes.text("@"))
    parts = (_first(cell, 1), nodes.text("***"), nodes.call("substr", cell.copy(), place))
    return _guarded(cell, nodes.compare(exp.GT, place, nodes.number(0)), nodes.concatenated(*parts))


def _area(cell: exp.Expression, dialect: str) -> exp.Expression:
    lat, lng = (
        nodes.call("substr", cell.copy(), nodes.number(at), nodes.number(kept)) for at, kept in ((9, 5), (19, 6))
    )
    return _guarded(
        cell, begins_with_a_point(cell, dialect == "postgres"), nodes.concatenated(lat, nodes.text(", "), lng)
    )


def _guarded(cell: exp.Expression, long_enough: exp.Expression, shown: exp.Expression) -> exp.Expression:
    return nodes.case([(nodes.is_null(cell), nodes.null()), (long_enough, shown)], nodes.text(STARS))


def _first(cell: exp.Expression, count: int) -> exp.Expression:
    return nodes.call("substr", cell.copy(), nodes.number(1), nodes.number(count))


def _length(cell: exp.Expression) -> exp.Expression:
    return nodes.call("length", cell.copy())
