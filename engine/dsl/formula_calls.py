"""The type rules of functions: one entry a function, from checked arguments to a node or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from engine.dsl.formula_numbers import fitted, product, quotient
from engine.model.formula import (
    Boolean,
    Call,
    Choice,
    Date,
    Decimal,
    Duration,
    Instant,
    Literal,
    Money,
    Node,
    Null,
    Text,
    Type,
    is_number,
    scale_of,
)
from engine.model.formula_words import type_words


class Checker(Protocol):
    """What rules may ask of the check."""

    def comparable(self, left: Node, right: Node) -> tuple[Node, Node] | None: ...


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule's no, by its code."""

    code: str
    at: Node | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """The checked arguments of a call, and its place."""

    parts: Sequence[Node]
    start: int
    end: int
    checker: Checker

    def call(self, name: str, of: Type, parts: Sequence[Node] | None = None) -> Call:
        return Call(name, tuple(self.parts if parts is None else parts), of, self.start, self.end)


Rule = Callable[[Checked], Node | Refused]


def _wrong(node: Node, wanted: Type) -> Refused:
    return Refused("F301", node, {"wanted": type_words(wanted), "given": type_words(node.type)})


def _takes(name: str, wanted: tuple[Type, ...], of: Type) -> Rule:
    """Arguments of fixed types; a choice passes for text, an integer is a number without decimals."""

    def rule(given: Checked) -> Node | Refused:
        for one, kind in zip(given.parts, wanted, strict=False):
            if not _fits(one.type, kind):
                return _wrong(one, kind)
        return given.call(name, of)

    return rule


def _fits(given: Type, wanted: Type) -> bool:
    if isinstance(given, Null):
        return True
    if isinstance(wanted, Text):
        return isinstance(given, Text | Choice)
    if wanted == Decimal(18, 0):
        return is_number(given) and scale_of(given) == 0
    if isinstance(wanted, Decimal):
        return is_number(given)
    return type(given) is type(wanted)


def _same_types(given: Checked, parts: Sequence[Node]) -> tuple[list[Node], Type] | Refused:
    """Values of one type: numbers at the widest scale."""
    known = [one for one in parts if not isinstance(one.type, Null)]
    if not known:
        return list(parts), Null()
    first = known[0]
    if is_number(first.type):
        for one in known:
            if not is_number(one.type):
                return _wrong(one, first.type)
        scale = max(scale_of(one.type) for one in known)
        money = next((one.type for one in known if isinstance(one.type, Money)), first.type)
        of = replace(money, precision=18, scale=scale) if isinstance(money, Decimal | Money) else money
        return [fitted(one, scale) for one in parts], of
    texts = all(isinstance(one.type, Text | Choice) for one in known)
    for one in known:
        if type(one.type) is not type(first.type) and not texts:
            return _wrong(one, first.type)
    same_choice = all(one.type == first.type for one in known)
    return list(parts), first.type if same_choice or not texts else Text()


def _if(given: Checked) -> Node | Refused:
    condition, *rest = given.parts
    if not isinstance(condition.type, Boolean | Null):
        return _wrong(condition, Boolean())
    branches = rest if len(rest) == 2 else [*rest, Literal(None, Null())]
    found = _same_types(given, branches)
    return found if isinstance(found, Refused) else given.call("if", found[1], (condition, *found[0]))


def _ifs(given: Checked) -> Node | Refused:
    parts = list(given.parts)
    otherwise = parts.pop() if len(parts) % 2 else Literal(None, Null())
    conditions, values = parts[0::2], parts[1::2]
    for one in conditions:
        if not isinstance(one.type, Boolean | Null):
            return _wrong(one, Boolean())
    found = _same_types(given, [*values, otherwise])
    if isinstance(found, Refused):
        return found
    result: Node = found[0][-1]
    for condition, value in reversed(list(zip(conditions, found[0][:-1], strict=True))):
        result = given.call("if", found[1], (condition, value, result))
    return result


def _folding(name: str) -> Rule:
    def rule(given: Checked) -> Node | Refused:
        found = _same_types(given, given.parts)
        return found if isinstance(found, Refused) else given.call(name, found[1], found[0])

    return rule


def _between(given: Checked) -> Node | Refused:
    one, low, high = given.parts
    first, second = given.checker.comparable(one, low), given.checker.comparable(one, high)
    if first is None or second is None:
        return Refused("F301", low, {"wanted": type_words(one.type), "given": type_words(low.type)})
    above, below = given.call("ge", Boolean(), first), given.call("le", Boolean(), second)
    return given.call("and", Boolean(), (above, below))


def _numeric(name: str, whole: bool = False) -> Rule:
    def rule(given: Checked) -> Node | Refused:
        one = given.parts[0]
        if not is_number(one.type):
            return one if isinstance(one.type, Null) else _wrong(one, Decimal())
        of = replace(one.type, scale=0) if whole and isinstance(one.type, Decimal | Money) else one.type
        return given.call(name, Decimal(18, 0) if name == "sign" else of)

    return rule


def _mod(given: Checked) -> Node | Refused:
    for one in given.parts:
        if not is_number(one.type):
            return _wrong(one, Decimal())
    scale = max(scale_of(one.type) for one in given.parts)
    return given.call("mod", Decimal(18, scale), [fitted(one, scale) for one in given.parts])


def _percent_of(given: Checked) -> Node | Refused:
    for one in given.parts[:2]:
        if not is_number(one.type):
            return _wrong(one, Decimal())
    decimals = given.parts[2] if len(given.parts) > 2 else Literal(4, Decimal(18, 0))
    if not isinstance(decimals, Literal) or not isinstance(decimals.value, int) or not 0 <= decimals.value <= 12:
        return Refused("F305")
    return quotient("round", given.parts[0], given.parts[1], decimals.value, given.start, given.end)


def _concat(given: Checked) -> Node | Refused:
    texts = [
        one if isinstance(one.type, Text | Choice | Null) else given.call("text", Text(), (one,)) for one in given.parts
    ]
    return given.call("concat", Text(), texts)


def _date(given: Checked) -> Node | Refused:
    first = given.parts[0]
    if len(given.parts) == 1 and isinstance(first, Literal) and isinstance(first.value, str):
        try:
            return Literal(date.fromisoformat(first.value), Date(), given.start, given.end)
        except ValueError:
            return _wrong(first, Date())
    if len(given.parts) == 3 and all(isinstance(one, Literal) and isinstance(one.value, int) for one in given.parts):
        numbers = [one.value for one in given.parts if isinstance(one, Literal) and isinstance(one.value, int)]
        try:
            return Literal(date(*numbers), Date(), given.start, given.end)
        except ValueError:
            return _wrong(first, Date())
    return _wrong(first, Date())


def _seconds(factor: int) -> Rule:
    def rule(given: Checked) -> Node | Refused:
        one = given.parts[0]
        if not _fits(one.type, Decimal(18, 0)):
            return _wrong(one, Decimal())
        made = product(one, Literal(factor, Decimal(18, 0)), given.start, given.end)
        return replace(made, type=Duration()) if isinstance(made, Call) else one

    return rule


_WHOLE = Decimal(18, 0)
CALLS: Mapping[str, Rule] = {
    "if": _if,
    "ifs": _ifs,
    "coalesce": _folding("coalesce"),
    "is_empty": lambda given: given.call("is_empty", Boolean()),
    "between": _between,
    "abs": _numeric("abs"),
    "sign": _numeric("sign"),
    "floor": _numeric("floor", whole=True),
    "ceil": _numeric("ceil", whole=True),
    "mod": _mod,
    "min": _folding("least"),
    "max": _folding("greatest"),
    "percent_of": _percent_of,
    "upper": _takes("upper", (Text(),), Text()),
    "lower": _takes("lower", (Text(),), Text()),
    "trim": _takes("trim", (Text(),), Text()),
    "length": _takes("length", (Text(),), _WHOLE),
    "left": _takes("left", (Text(), _WHOLE), Text()),
    "right": _takes("right", (Text(), _WHOLE), Text()),
    "mid": _takes("mid", (Text(), _WHOLE, _WHOLE), Text()),
    "contains": _takes("contains", (Text(), Text()), Boolean()),
    "starts_with": _takes("starts_with", (Text(), Text()), Boolean()),
    "ends_with": _takes("ends_with", (Text(), Text()), Boolean()),
    "replace": _takes("replace", (Text(), Text(), Text()), Text()),
    "concat": _concat,
    "text": lambda given: given.call("text", Text()),
    "today": lambda given: given.call("today", Date()),
    "now": lambda given: given.call("now", Instant()),
    "date": _date,
    "date_of": _takes("date_of", (Instant(),), Date()),
    "hour": _takes("hour", (Instant(),), _WHOLE),
    "year": _takes("year", (Date(),), _WHOLE),
    "quarter": _takes("quarter", (Date(),), _WHOLE),
    "month": _takes("month", (Date(),), _WHOLE),
    "day": _takes("day", (Date(),), _WHOLE),
    "weekday": _takes("weekday", (Date(),), _WHOLE),
    "days": _seconds(86_400),
    "weeks": _seconds(604_800),
    "days_between": _takes("days_between", (Date(), Date()), _WHOLE),
    "add_days": _takes("add_days", (Date(), _WHOLE), Date()),
    "add_months": _takes("add_months", (Date(), _WHOLE), Date()),
    "start_of_month": _takes("start_of_month", (Date(),), Date()),
    "end_of_month": _takes("end_of_month", (Date(),), Date()),
    "start_of_year": _takes("start_of_year", (Date(),), Date()),
}
