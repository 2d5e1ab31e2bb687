"""Units of measure: products of powers of symbols, such as CNY/m2, and what sums, products and quotients make of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.model.names import NO_LABEL, Label

NAMED: Mapping[str, tuple[str, str]] = {
    "m2": ("㎡", "m²"),
    "m": ("米", "m"),
    "km": ("公里", "km"),
    "kg": ("千克", "kg"),
    "t": ("吨", "t"),
    "l": ("升", "l"),
    "kwh": ("度", "kWh"),
    "minute": ("分钟", "minutes"),
    "hour": ("小时", "h"),
    "day": ("天", "days"),
    "week": ("周", "weeks"),
    "month": ("个月", "months"),
    "item": ("件", "items"),
    "person": ("人", "people"),
    "visit": ("人次", "visits"),
    "point": ("分", "points"),
    "time": ("次", "times"),
}
"""Symbols that every pack may use, with what people read (zh, en). Currencies (ISO 4217) and entities are symbols too."""

_CURRENCY_WORDS = {"CNY": ("元", "CNY")}
_SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9_]*|1", re.ASCII)
_STEP = re.compile(r"\s*([*/])\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class MeasureUnit:
    """`powers` holds each symbol with its exponent, sorted, none of them zero; empty for a plain number.

    Laws: products commute and associate, `one / one` is a plain number (tests/dsl/test_measure_units.py).
    """

    powers: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(symbol: str) -> MeasureUnit:
        return MeasureUnit(((symbol, 1),))

    def __mul__(self, other: MeasureUnit) -> MeasureUnit:
        return _folded((*self.powers, *other.powers))

    def __truediv__(self, other: MeasureUnit) -> MeasureUnit:
        return _folded((*self.powers, *((symbol, -power) for symbol, power in other.powers)))

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(symbol for symbol, _ in self.powers)

    def __str__(self) -> str:
        """As it is written in a definition: `CNY/m2`; `1` for a plain number."""
        return _written(self.powers, {})

    def label(self) -> Label:
        """What people read, when every symbol has words; no label for a plain number or one with unnamed symbols."""
        words = {symbol: _words(symbol) for symbol in self.symbols}
        if not words or not all(words.values()):
            return NO_LABEL
        texts = {
            language: _written(self.powers, {symbol: pair[at] for symbol, pair in words.items() if pair})
            for at, language in enumerate(("zh", "en"))
        }
        return Label(texts)


PLAIN = MeasureUnit()
"""The unit of ratios and of numbers that are written down."""


def parse_unit(text: str) -> MeasureUnit | None:
    """`CNY/m2`, `item*hour`, `1`; None where the text is no unit. Factors are read from left to right."""
    first, *rest = _STEP.split(text.strip())
    if any(_SYMBOL.fullmatch(symbol) is None for symbol in (first, *rest[1::2])):
        return None
    found = _factor(first)
    for sign, symbol in zip(rest[::2], rest[1::2], strict=True):
        found = found * _factor(symbol) if sign == "*" else found / _factor(symbol)
    return found


def is_currency(symbol: str) -> bool:
    return len(symbol) == 3 and symbol.isascii() and symbol.isupper()


def _factor(symbol: str) -> MeasureUnit:
    return PLAIN if symbol == "1" else MeasureUnit.of(symbol)


def _folded(powers: Iterable[tuple[str, int]]) -> MeasureUnit:
    sums: dict[str, int] = {}
    for symbol, power in powers:
        sums[symbol] = sums.get(symbol, 0) + power
    return MeasureUnit(tuple(sorted((symbol, power) for symbol, power in sums.items() if power)))


def _words(symbol: str) -> tuple[str, str] | None:
    if is_currency(symbol):
        return _CURRENCY_WORDS.get(symbol, (symbol, symbol))
    return NAMED.get(symbol)


def _written(powers: tuple[tuple[str, int], ...], words: Mapping[str, str]) -> str:
    above = [words.get(symbol, symbol) for symbol, power in powers for _ in range(power)]
    below = [words.get(symbol, symbol) for symbol, power in powers for _ in range(-power)]
    return "/".join(("*".join(above) or "1", *below))
