"""The rules of functions: one entry a function, from checked arguments to a typed node or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.dsl.formula_check import Check
from engine.dsl.formula_numbers import aligned, fitted, quotient, wide_type
from engine.dsl.formula_operators import as_text, comparable, same_currency
from engine.model.formula import (
    Boolean,
    Call,
    Choice,
    Choices,
    Date,
    Decimal,
    Duration,
    Instant,
    Literal,
    Money,
    Node,
    Null,
    Period,
    Text,
    Type,
    is_number,
    scale_of,
)
from engine.model.locations import LocationFault, location_of

WHOLE = Decimal(18, 0)
INEXACT_SCALE = 8
"""Decimals of powers, roots and logarithms unless the formula says."""


@dataclass(frozen=True, slots=True)
class Given:
    """The checked arguments of a call, and its place."""

    parts: Sequence[Node]
    start: int
    end: int

    def call(self, name: str, of: Type, parts: Sequence[Node] | None = None) -> Call:
        return Call(name, tuple(self.parts if parts is None else parts), of, self.start, self.end)

    def integer(self, value: int) -> Literal:
        return Literal(value, WHOLE, self.start, self.end)


CallRule = Callable[[Check, Given], Node | None]


def takes(name: str, wanted: Sequence[Type], of: Type) -> CallRule:
    """Arguments of fixed types; a choice passes for text, an integer is a number without decimals."""

    def rule(check: Check, given: Given) -> Node | None:
        return given.call(name, of) if fits_all(check, given.parts, wanted) else None

    return rule


def fits_all(check: Check, parts: Sequence[Node], wanted: Sequence[Type]) -> bool:
    """Whether the parts have the wanted types; refuses the first that has not."""
    for one, kind in zip(parts, wanted, strict=False):
        if not _fits(one.type, kind):
            check.wrong(one, kind)
            return False
    return True


def _fits(given: Type, wanted: Type) -> bool:
    if isinstance(given, Null):
        return True
    if isinstance(wanted, Text):
        return isinstance(given, Text | Choice)
    if wanted == WHOLE:
        return is_number(given) and scale_of(given) == 0
    if isinstance(wanted, Decimal | Money):
        return is_number(given)
    return type(given) is type(wanted)


def alike(check: Check, parts: Sequence[Node]) -> tuple[list[Node], Type] | None:
    """Values of one type: numbers at the widest scale, amounts of one currency."""
    known = [one for one in parts if not isinstance(one.type, Null)]
    if not known:
        return list(parts), Null()
    first = known[0].type
    if is_number(first):
        of = wide_type(known)
        if not fits_all(check, known, [Decimal(18, 1)] * len(known)) or not same_currency(check, known):
            return None
        return [fitted(one, of.scale) for one in parts], of
    if all(isinstance(one.type, Text | Choice) for one in known):
        return list(parts), first if all(one.type == first for one in known) else Text()
    return (list(parts), first) if fits_all(check, known, [first] * len(known)) else None


def _if(check: Check, given: Given) -> Node | None:
    condition, *branches = given.parts
    found = alike(check, branches if len(branches) == 2 else [*branches, Literal(None, Null())])
    if found is None or not fits_all(check, [condition], [Boolean()]):
        return None
    return given.call("if", found[1], (condition, *found[0]))


def _paired(parts: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """The firsts and seconds of pairs; the seconds end with the value for all other cases."""
    rest = list(parts)
    otherwise = rest.pop() if len(rest) % 2 else Literal(None, Null())
    return rest[0::2], [*rest[1::2], otherwise]


def _interleaved(firsts: Sequence[Node], seconds: Sequence[Node]) -> list[Node]:
    return [one for pair in zip(firsts, seconds[:-1], strict=True) for one in pair] + [seconds[-1]]


def _ifs(check: Check, given: Given) -> Node | None:
    conditions, values = _paired(given.parts)
    found = alike(check, values)
    if found is None or not fits_all(check, conditions, [Boolean()] * len(conditions)):
        return None
    return given.call("if", found[1], _interleaved(conditions, found[0]))


def _case(check: Check, given: Given) -> Node | None:
    """case(x, v1, r1, v2, r2, otherwise): the result beside the first value that equals x."""
    one, *parts = given.parts
    whens, values = _paired(parts)
    found = alike(check, values)
    pairs = [comparable(check, one, value) for value in whens]
    if found is None or any(pair is None for pair in pairs):
        return None
    scale = max(scale_of(pair[0].type) for pair in pairs if pair)
    fit = [aligned(pair[1], scale) for pair in pairs if pair]
    return given.call("case", found[1], (aligned(one, scale), *_interleaved(fit, found[0])))


def _folding(name: str) -> CallRule:
    def rule(check: Check, given: Given) -> Node | None:
        found = alike(check, given.parts)
        if found is not None and isinstance(found[1], Choices | Boolean) and name != "coalesce":
            check.wrong(given.parts[0], Decimal())
            return None
        return None if found is None else given.call(name, found[1], found[0])

    return rule


def _between(check: Check, given: Given) -> Node | None:
    one, low, high = given.parts
    first, second = comparable(check, one, low, ordered=True), comparable(check, one, high, ordered=True)
    if first is None or second is None:
        return None
    return given.call("and", Boolean(), (given.call("ge", Boolean(), first), given.call("le", Boolean(), second)))


def _numeric(name: str, of: Callable[[Decimal | Money], Type] = lambda kind: kind) -> CallRule:
    def rule(check: Check, given: Given) -> Node | None:
        one = given.parts[0]
        if isinstance(one.type, Decimal | Money):
            return given.call(name, of(one.type))
        return one if fits_all(check, [one], [Decimal()]) else None

    return rule


def _mod(check: Check, given: Given) -> Node | None:
    if not fits_all(check, given.parts, [Decimal(18, 1), Decimal(18, 1)]):
        return None
    scale = max(scale_of(one.type) for one in given.parts)
    return given.call("mod", Decimal(18, scale), [fitted(one, scale) for one in given.parts])


def decimals(check: Check, node: Node | None, usual: int) -> int | None:
    """A number of decimals written in the formula, 0 to 12."""
    if node is None:
        return usual
    value = node.value if isinstance(node, Literal) and scale_of(node.type) == 0 else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 12:
        return value
    check.refuse("F305", node)
    return None


def divided(check: Check, way: str, parts: tuple[Node, Node], places: int, place: tuple[int, int]) -> Node | None:
    """The quotient of two numbers, refused where a side would be widened beyond 18 digits."""
    if abs(places + scale_of(parts[1].type) - scale_of(parts[0].type)) > 17:
        check.refuse("F307", parts[0])
        return None
    return quotient(way, parts[0], parts[1], places, *place)


def _percent_of(check: Check, given: Given) -> Node | None:
    one, whole = given.parts[:2]
    places = decimals(check, given.parts[2] if len(given.parts) > 2 else None, 4)
    if places is None or not fits_all(check, (one, whole), (Decimal(18, 1), Decimal(18, 1))):
        return None
    return divided(check, "round", (one, whole), places, (given.start, given.end))


def _inexact(name: str, numbers: int) -> CallRule:
    """Functions that are not exact: twelve significant digits, then the scale."""

    def rule(check: Check, given: Given) -> Node | None:
        places = decimals(check, given.parts[numbers] if len(given.parts) > numbers else None, INEXACT_SCALE)
        parts = given.parts[:numbers]
        if places is None or not fits_all(check, parts, [Decimal(18, 1)] * numbers):
            return None
        return given.call(name, Decimal(18, places), parts)

    return rule


def _finance(name: str) -> CallRule:
    """Of an amount, a rate a period and a number of periods: an amount like the first, to 2 decimals."""

    def rule(check: Check, given: Given) -> Node | None:
        if not fits_all(check, given.parts, (Decimal(18, 1), Decimal(18, 1), WHOLE)):
            return None
        of = given.parts[0].type
        return given.call(name, replace(of, precision=18, scale=2) if isinstance(of, Money) else Decimal(18, 2))

    return rule


def _joining(name: str) -> CallRule:
    def rule(check: Check, given: Given) -> Node | None:
        texts = [as_text(check, one) for one in given.parts]
        known = [one for one in texts if one is not None]
        return given.call(name, Text(), known) if len(known) == len(texts) else None

    return rule


def _text(check: Check, given: Given) -> Node | None:
    one = given.parts[0]
    if len(given.parts) > 1:
        places = decimals(check, given.parts[1], 0)
        if places is None or not fits_all(check, [one], [Decimal(18, 1)]):
            return None
        one = fitted(one, places)
    return as_text(check, one)


def _grouped(check: Check, given: Given) -> Node | None:
    one = given.parts[0]
    places = decimals(check, given.parts[1] if len(given.parts) > 1 else None, scale_of(one.type))
    if places is None or not fits_all(check, [one], [Decimal(18, 1)]):
        return None
    return given.call("grouped", Text(), (fitted(one, places),))


def _rmb_upper(check: Check, given: Given) -> Node | None:
    one = given.parts[0]
    fits = fits_all(check, [one], [Decimal(18, 1)])
    return given.call("rmb_upper", Text(), (fitted(one, 2),)) if fits else None


def _same_text(check: Check, given: Given) -> Node | None:
    if not fits_all(check, given.parts, (Text(), Text())):
        return None
    return given.call("eq", Boolean(), [given.call("lower", Text(), (one,)) for one in given.parts])


def _contains(check: Check, given: Given) -> Node | None:
    one, other = given.parts
    if not isinstance(one.type, Choices):
        return given.call("contains", Boolean()) if fits_all(check, given.parts, (Text(), Text())) else None
    if check.option(other, one.type) is None:
        return None
    empty, holds = given.call("is_empty", Boolean(), (one,)), given.call("in", Boolean(), (other, one))
    return given.call("if", Boolean(), (empty, Literal(None, Boolean()), holds))


def _length(check: Check, given: Given) -> Node | None:
    if isinstance(given.parts[0].type, Choices):
        return given.call("size", WHOLE)
    return given.call("length", WHOLE) if fits_all(check, given.parts, [Text()]) else None


def _date(check: Check, given: Given) -> Node | None:
    values = [one.value for one in given.parts if isinstance(one, Literal)]
    numbers = [one for one in values if isinstance(one, int)]
    try:
        if len(values) == 1 == len(given.parts) and isinstance(values[0], str):
            return Literal(date.fromisoformat(values[0]), Date(), given.start, given.end)
        if len(numbers) == 3 == len(given.parts):
            return Literal(date(*numbers), Date(), given.start, given.end)
    except (ValueError, OverflowError):
        check.refuse("F309", given.parts[0])
        return None
    check.refuse("F309", given.parts[0])
    return None


def _distance(check: Check, given: Given) -> Node | None:
    """Of two locations; a written one is kept as locations are."""
    if not fits_all(check, given.parts, (Text(), Text())):
        return None
    parts = list(given.parts)
    for at, one in enumerate(parts):
        if isinstance(one, Literal) and isinstance(one.value, str):
            try:
                parts[at] = replace(one, value=location_of(one.value).stored)
            except LocationFault:
                check.refuse("F312", one)
                return None
    return given.call("distance", WHOLE, parts)


def _times(factor: int, of: Type) -> CallRule:
    """An integer number of a unit: seconds of a duration, months of a period."""

    def rule(check: Check, given: Given) -> Node | None:
        one = given.parts[0]
        if not fits_all(check, [one], [WHOLE]):
            return None
        if isinstance(one, Literal) and isinstance(one.value, int) and abs(one.value) < 10**6:
            return Literal(one.value * factor, of, given.start, given.end)
        return Call("multiply", (one, given.integer(factor)), of, given.start, given.end, guarded=True)

    return rule


def _measured(seconds: int) -> CallRule:
    def rule(check: Check, given: Given) -> Node | None:
        one = given.parts[0]
        places = decimals(check, given.parts[1] if len(given.parts) > 1 else None, 2)
        if places is None or not fits_all(check, [one], [Duration()]):
            return None
        return given.call("divide_round", Decimal(18, places), (one, given.integer(seconds), given.integer(places)))

    return rule


def _add_years(check: Check, given: Given) -> Node | None:
    day, years = given.parts
    if not fits_all(check, given.parts, (Date(), WHOLE)):
        return None
    months = Call("multiply", (years, given.integer(12)), WHOLE, years.start, years.end, guarded=True)
    return given.call("add_months", Date(), (day, months))


def _whole_units(name: str, wanted: Type, of: Type, unit: int) -> CallRule:
    """Whole units of the distance `name` between two dates or instants."""

    def rule(check: Check, given: Given) -> Node | None:
        if not fits_all(check, given.parts, (wanted, wanted)):
            return None
        return given.call("divide_round_down", WHOLE, (given.call(name, of), given.integer(unit), given.integer(0)))

    return rule


def _is_weekend(check: Check, given: Given) -> Node | None:
    if not fits_all(check, given.parts, [Date()]):
        return None
    return given.call("ge", Boolean(), (given.call("weekday", WHOLE), given.integer(6)))


_DATE_PARTS = ("year", "quarter", "month", "day", "weekday", "week", "day_of_year")
_BOUNDS = (
    "start_of_week",
    "start_of_month",
    "end_of_month",
    "start_of_quarter",
    "end_of_quarter",
    "start_of_year",
    "end_of_year",
)
CALLS: Mapping[str, CallRule] = {
    "if": _if,
    "ifs": _ifs,
    "case": _case,
    "coalesce": _folding("coalesce"),
    "is_empty": lambda check, given: given.call("is_empty", Boolean()),
    "between": _between,
    "abs": _numeric("abs"),
    "sign": _numeric("sign", lambda kind: WHOLE),
    "floor": _numeric("floor", lambda kind: replace(kind, scale=0)),
    "ceil": _numeric("ceil", lambda kind: replace(kind, scale=0)),
    "mod": _mod,
    "min": _folding("least"),
    "max": _folding("greatest"),
    "percent_of": _percent_of,
    "power": _inexact("power", 2),
    **{name: _inexact(name, 1) for name in ("sqrt", "exp", "ln", "log10")},
    **{name: _finance(name) for name in ("payment", "future_value", "present_value")},
    **{name: takes(name, (Text(),), Text()) for name in ("upper", "lower", "trim")},
    "length": _length,
    **{name: takes(name, (Text(), WHOLE), Text()) for name in ("left", "right", "repeat")},
    "mid": takes("mid", (Text(), WHOLE, WHOLE), Text()),
    "contains": _contains,
    **{name: takes(name, (Text(), Text()), Boolean()) for name in ("starts_with", "ends_with")},
    "position": takes("position", (Text(), Text()), WHOLE),
    "same_text": _same_text,
    "replace": takes("replace", (Text(), Text(), Text()), Text()),
    **{name: takes(name, (Text(), WHOLE, Text()), Text()) for name in ("pad_left", "pad_right")},
    "concat": _joining("concat"),
    "join": _joining("join"),
    "text": _text,
    "grouped": _grouped,
    "rmb_upper": _rmb_upper,
    "distance": _distance,
    "today": lambda check, given: given.call("today", Date()),
    "now": lambda check, given: given.call("now", Instant()),
    "date": _date,
    "date_of": takes("date_of", (Instant(),), Date()),
    **{name: takes(name, (Instant(),), WHOLE) for name in ("hour", "minute")},
    **{name: takes(name, (Date(),), WHOLE) for name in _DATE_PARTS},
    "is_weekend": _is_weekend,
    "minutes": _times(60, Duration()),
    "hours": _times(3_600, Duration()),
    "days": _times(86_400, Duration()),
    "weeks": _times(604_800, Duration()),
    "months": _times(1, Period()),
    "years": _times(12, Period()),
    "in_hours": _measured(3_600),
    "in_days": _measured(86_400),
    "hours_between": _whole_units("elapsed", Instant(), Duration(), 3_600),
    "years_between": _whole_units("months_between", Date(), WHOLE, 12),
    **{name: takes(name, (Date(), Date()), WHOLE) for name in ("days_between", "months_between", "workdays")},
    "add_days": takes("add_days", (Date(), WHOLE), Date()),
    "add_months": takes("add_months", (Date(), WHOLE), Date()),
    "add_years": _add_years,
    **{name: takes(name, (Date(),), Date()) for name in _BOUNDS},
}
