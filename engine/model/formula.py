"""Formulas: types, typed nodes, and what a formula needs to be checked and evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal as OneOf
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.model.names import empty_map

MAX_PRECISION = 18
"""Digits of the widest number; every number fits a signed 64-bit integer at its scale."""

INTEGER_PRECISION = 18

ErrorCode = OneOf["overflow", "division_by_zero", "invalid"]


@dataclass(frozen=True, slots=True)
class Text:
    """Unicode text in NFC; compares by code point."""


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Decimal:
    """An exact number with `precision` digits, `scale` of them after the point. An integer is Decimal(18, 0)."""

    precision: int = INTEGER_PRECISION
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency (ISO 4217)."""

    currency: str = "CNY"
    precision: int = MAX_PRECISION
    scale: int = 2


@dataclass(frozen=True, slots=True)
class Date:
    """A business date, without zone, years 1 to 9999."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time, UTC, to the microsecond."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in whole seconds."""


@dataclass(frozen=True, slots=True)
class Period:
    """A number of calendar months, made by months(n) and years(n); only added to and subtracted from dates."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of `options`; text literals compared with it must be among them."""

    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """Any number of `options`."""

    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """The id of a row of `entity` ("user" and "unit" name the kernel's tables)."""

    entity: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """Several values of one type, such as user.units."""

    item: Type


@dataclass(frozen=True, slots=True)
class Null:
    """The type of the literal `empty`; fits every type."""


Number = Decimal | Money
Type = (
    Text | Boolean | Decimal | Money | Date | Instant | Duration | Period | Choice | Choices | Relation | ListOf | Null
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. Numbers are scaled integers of the node's type, durations seconds, dates `date`."""

    value: str | bool | int | date | None
    type: Type
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of the row, or along relations from it. `may_fail`: the stored number may be an error value."""

    path: tuple[str, ...]
    type: Type
    start: int = 0
    end: int = 0
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A value of the request by dotted name: user.id, user.units."""

    name: str
    type: Type
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Items:
    """A list written in the formula: the right side of `in [...]`."""

    items: tuple[Node, ...]
    type: Type
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function of the kernel on checked arguments; `guarded`: the result may be the error `overflow`.

    Arguments of sums, comparisons and choices have one scale: the checker has inserted `rescale` and `round`.
    """

    function: str
    arguments: tuple[Node, ...]
    type: Type
    start: int = 0
    end: int = 0
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Rows folded into one value.

    `over` is the path to a collection (`("lines",)`), or empty for the current rows of a metric. `argument`,
    `condition` and `order` are evaluated on each of those rows; only rows whose condition is true count.
    """

    function: str
    over: tuple[str, ...]
    argument: Node | None
    condition: Node | None
    type: Type
    start: int = 0
    end: int = 0
    order: Node | None = None


Node = Literal | Reference | Variable | Items | Call | Aggregate


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula. `references` are dotted paths (`amount`, `customer.tier`, `lines.amount`).

    `rounded` says that the checker rounded the result to the expected scale; `engine_only` that a function of it
    has no SQL form.
    """

    source: str
    node: Node
    type: Type
    references: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    uses_now: bool = False
    uses_user: bool = False
    rounded: bool = False
    engine_only: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """What a name means: a field of `type`, or, with `child` set, a collection of rows of that entity by its field `by`."""

    type: Type
    child: str | None = None
    by: str | None = None
    may_fail: bool = False


class Environment(Protocol):
    """The names a formula may use. Names that its reader may never read are not names."""

    @property
    def rows(self) -> bool:
        """True where aggregates fold the current rows (metrics): `sum(amount)` instead of `sum(lines.amount)`."""
        ...

    def root(self, name: str) -> Binding | None:
        """A field, built-in field or collection of the current entity."""
        ...

    def field(self, entity: str, name: str) -> Binding | None:
        """A field or collection of another entity, reached along a relation or a collection."""
        ...

    def variable(self, name: str) -> Type | None:
        """The type of a dotted variable such as `user.units`."""
        ...

    def names(self, entity: str | None) -> Iterable[str]:
        """Names for suggestions: of `entity`, or roots and variables when None."""
        ...


@dataclass(frozen=True, slots=True)
class FormulaError:
    """An error as a value: it travels through arithmetic instead of stopping the evaluation."""

    code: ErrorCode


@dataclass(frozen=True, slots=True)
class Moment:
    """What is fixed for one request: an aware UTC instant, an IANA zone, variables by dotted name."""

    now: datetime
    zone: str = "Asia/Shanghai"
    variables: Mapping[str, object] = field(default_factory=empty_map)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()


EPOCH = date(1970, 1, 1)
LONGEST_DURATION = timedelta(seconds=10**13 - 1)


def is_number(of: Type) -> bool:
    return isinstance(of, Decimal | Money)


def scale_of(of: Type) -> int:
    """Digits after the point of a numeric type; 0 for every other."""
    return of.scale if isinstance(of, Decimal | Money) else 0
