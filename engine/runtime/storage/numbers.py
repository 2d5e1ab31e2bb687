"""Numbers as the engine keeps them: scaled 64-bit integers in the database, Decimal in Python, text in JSON."""

from __future__ import annotations

import re
import unicodedata
from decimal import Context, Decimal

from engine.model.entities import Field, FieldKind
from engine.runtime.storage.problems import OUT_OF_RANGE, WRONG_TYPE, refuse

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_PLAIN = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
"""What most numbers are written as."""
LARGEST_INTEGER = 10**18 - 1
_EXACT = Context(prec=100)


def written_number(text: str, percent: bool = False) -> Decimal | None:
    """The number that a person wrote (full-width digits and grouping commas allowed), or None when it is none.

    `percent` reads `35%` as 0.35.
    """
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    written = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("¥", "").strip()
    hundredths = percent and written.endswith("%")
    if hundredths:
        written = written[:-1].rstrip()
    if len(written) > 40 or _NUMBER.fullmatch(written) is None:
        return None
    number = Decimal(written.replace(",", ""))
    return number.scaleb(-2) if hundredths else number


def parse_integer(value: object, field: Field) -> int | None:
    """A whole number of at most 18 digits."""
    number = _number(value, field)
    if number is None:
        return None
    if number != _EXACT.to_integral_value(number):
        raise refuse(field, WRONG_TYPE, "这里需要整数", "A whole number is needed here")
    if abs(number) > LARGEST_INTEGER:
        raise _too_large(field)
    return int(number)


def parse_decimal(value: object, field: Field) -> Decimal | None:
    """A number with at most the field's decimal places and digits; never rounded silently."""
    number = _number(value, field)
    if number is None:
        return None
    exact = scaled(number, field.scale)
    if exact is None:
        raise refuse(field, OUT_OF_RANGE, f"最多 {field.scale} 位小数", f"At most {field.scale} decimal places")
    if abs(exact) >= 10**field.precision:
        raise _too_large(field)
    return unscaled(exact, field.scale)


def scaled(number: Decimal, scale: int) -> int | None:
    """`number` as an integer of its last decimal place, or None when it has more places than `scale`."""
    shifted = _EXACT.scaleb(number, scale)
    whole = _EXACT.to_integral_value(shifted)
    return int(whole) if whole == shifted else None


def unscaled(stored: int, scale: int) -> Decimal:
    """The Decimal with exactly `scale` places that a stored integer stands for."""
    return _EXACT.scaleb(Decimal(stored), -scale)


def decimal_text(number: Decimal, scale: int) -> str:
    """Plain digits with exactly `scale` decimal places, as JSON carries it."""
    return f"{number:.{scale}f}"


def _number(value: object, field: Field) -> Decimal | None:
    if isinstance(value, str):
        if not value.strip():
            return None
        number = written_number(value, field.kind is FieldKind.PERCENT)
        if number is None:
            raise refuse(field, WRONG_TYPE, "这里需要数字", "A number is needed here")
        return number
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise refuse(field, WRONG_TYPE, "这里需要数字，小数请写成文本", "A number is needed here, decimals as text")
    if not Decimal(value).is_finite() or abs(Decimal(value).adjusted()) > 40:
        raise _too_large(field)
    return Decimal(value)


def _too_large(field: Field) -> Exception:
    return refuse(field, OUT_OF_RANGE, "数字太大", "The number is too large")
