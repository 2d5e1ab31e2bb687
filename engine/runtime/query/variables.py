"""Variables: what a formula may know of the request and its user, as bound values."""

from __future__ import annotations

import json
from collections.abc import Iterable

from engine.model.context import Context
from engine.model.formula_numbers import zone_offsets
from engine.runtime.query.compilation import parameter_of
from engine.runtime.query.membership import list_parameter
from engine.runtime.storage.fields import encode_date, encode_instant

LISTS = frozenset({"user.roles", "user.units", "user.subtree", "user.reports"})


def variable_values(context: Context, names: Iterable[str], dialect: str) -> dict[str, object]:
    """The bound values of the named variables, by parameter."""
    return {parameter_of(name): _value(context, name, dialect) for name in names}


def _value(context: Context, name: str, dialect: str) -> object:
    match name:
        case "user.id":
            return context.principal.user_id
        case "user.unit":
            return context.main_unit
        case "user.roles":
            return list_parameter(sorted(context.principal.roles), dialect)
        case "today()":
            return encode_date(context.today, dialect)
        case "zone()":
            return context.zone if dialect == "postgres" else json.dumps(zone_offsets(context.zone))
        case "now()":
            return encode_instant(context.moment, dialect)
        case _ if name in LISTS:
            return list_parameter(sorted(context.scopes.get(name, frozenset())), dialect)
        case _:
            raise KeyError(f"there is no variable {name}")
