"""Typed values: what a formula's column gives, as the Python value of the formula's type."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Context
from decimal import Decimal as Number

from engine.model.formula import Boolean, Choices, Date, Decimal, Duration, Instant, Money, Relation, Type
from engine.runtime.storage.fields import decode_date, decode_instant

_EXACT = Context(prec=100)


def typed_value(of: Type, stored: object) -> object:
    """The value that is stored for a type; references are ids."""
    match of:
        case Decimal() | Money():
            return _EXACT.scaleb(Number(int(str(stored))), -of.scale)
        case Date():
            return decode_date(stored, "")
        case Instant():
            return decode_instant(stored, "")
        case Duration():
            return timedelta(seconds=int(str(stored)))
        case Boolean():
            return bool(stored)
        case Relation():
            return int(str(stored))
        case Choices():
            return tuple(json.loads(str(stored))) if stored else ()
        case _:
            return stored
