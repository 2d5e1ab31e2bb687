"""What a chart shows: categories, series, and how their figures are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.widgets.formats import axis_text, compact, compact_money, format_money, format_number, format_percent

Value = Decimal | int | None
SERIES_COLOURS = 8


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures, a value for each category; `links` open the rows behind a value ('' for none).

    `told_as` says how its figures are told where that is not how the chart tells its first ones.
    """

    name: str
    values: tuple[Value, ...]
    links: tuple[str, ...] = ()
    dashed: bool = False
    told_as: ChartSpec | None = None
    amounts: tuple[Decimal | None, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amounts", tuple([_finite(one) for one in self.values]))

    def value(self, index: int) -> Decimal | None:
        """The value at a category as a finite decimal, or None."""
        return self.amounts[index] if index < len(self.amounts) else None

    def link(self, index: int) -> str:
        """The address behind a value; only addresses of our own are kept."""
        found = self.links[index] if index < len(self.links) else ""
        return found if found.startswith("/") and not found.startswith(("//", "/\\")) else ""


def _finite(value: Value) -> Decimal | None:
    if value is None:
        return None
    amount = value if isinstance(value, Decimal) else Decimal(value)
    return amount if amount.is_finite() else None


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart as data. `title` states the question; `display` is number, money or percent (ratios); `signed`
    colours by rise and fall.
    """

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    language: str = "zh"
    unit: str = ""
    period: str = ""
    display: str = "number"
    currency: str = "CNY"
    scale: int | None = None
    signed: bool = False
    description: str = ""
    _exact: dict[Decimal, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def empty(self) -> bool:
        return all(one.value(index) is None for one in self.series for index in range(len(self.categories)))

    @property
    def linked(self) -> bool:
        return any(one.link(index) for one in self.series for index in range(len(self.categories)))

    def telling(self, place: int) -> ChartSpec:
        """How the figures of a series are told."""
        return self.series[place].told_as or self

    def short(self, value: Decimal) -> str:
        """A value beside its mark."""
        if self.display == "percent":
            return format_percent(value, self.language)
        if self.display == "money":
            return compact_money(value, self.language, self.currency)
        return compact(value, self.language, self.scale if self.scale is not None else 2)

    def exact(self, value: Decimal | None) -> str:
        """A value in the table and on hover, with its unit."""
        if value is None:
            return "—"
        found = self._exact.get(value)
        if found is None:
            found = self._exact[value] = self._exactly(value)
        return found

    def _exactly(self, value: Decimal) -> str:
        if self.display == "percent":
            return format_percent(value, self.language, 2)
        if self.display == "money":
            return format_money(value, self.language, self.currency, self.scale if self.scale is not None else 2)
        text = format_number(value, self.language, self.scale)
        return f"{text} {self.unit}" if self.unit else text

    def tick(self, value: Decimal, largest: Decimal) -> str:
        """A value on an axis whose largest tick is `largest`."""
        if self.display == "percent":
            return format_percent(value, self.language, 1)
        return axis_text(value, self.language, largest)

    def say(self, zh: str, en: str) -> str:
        return zh if self.language.startswith("zh") else en


def colour(index: int) -> str:
    """The class of a series' colour."""
    return f"s{index % SERIES_COLOURS + 1}"
