"""What a reader is shown of a negotiation: packages beside the terms of now, levers with their limits, and the grounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A row or source that something rests on; without an address the reader may not open it."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class GaugeView:
    """A figure on a track from 0 to 1: where it stands, its interval, where the terms of now stand; None is not known.

    `text` and `reach` say it in words, `change` how far it is from now, `better` whether that is good for us, `note` what
    a reader must know of it.
    """

    key: str
    label: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    now: float | None = None
    reach: str = ""
    change: str = ""
    better: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TermView:
    """A lever's value in words: `way` is give, get, or empty where it is as now; `was` is the value of now."""

    key: str
    label: str
    text: str
    was: str = ""
    way: str = ""


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why the deal is likely or unlikely to be won."""

    words: str
    up: bool


@dataclass(frozen=True, slots=True)
class TradeView:
    """One step of a concession path: what is given and what is asked for in return."""

    give: str
    get: str


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package. `terms` are its values as the form takes them."""

    key: str
    label: str
    says: str
    gauges: tuple[GaugeView, ...]
    terms: Mapping[str, str]
    gives: tuple[TermView, ...] = ()
    gets: tuple[TermView, ...] = ()
    reasons: tuple[ReasonView, ...] = ()
    path: tuple[TradeView, ...] = ()
    rows: tuple[SourceLink, ...] = ()
    note: str = ""

    def gauge(self, key: str) -> GaugeView | None:
        return next((one for one in self.gauges if one.key == key), None)


@dataclass(frozen=True, slots=True)
class MarkView:
    """A mark on a lever's track, 0 to 1: a limit and whose it is."""

    place: float
    label: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class CorridorView:
    """What similar deals agreed on: a tenth, the middle and nine tenths on a lever's track."""

    low: float
    middle: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class LeverView:
    """A lever as a form takes it: `value` is what stands in the input, `limit` how far the reader may go in words.

    `problem` is why the value cannot be taken.
    """

    key: str
    label: str
    unit: str
    value: str
    now: str
    least: str
    most: str
    step: str
    limit: str
    marks: tuple[MarkView, ...] = ()
    corridor: CorridorView | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SimilarView:
    """A decided deal that is like this one: `outcome` and its tone, how near, why, and the terms it was decided on."""

    title: str
    url: str
    outcome: str
    tone: str
    near: str
    why: tuple[str, ...]
    terms: str
    contract: SourceLink | None = None
    clauses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EventView:
    """A dated signal: `place` is where its day stands on the strip, 0 to 1; `source_url` leads to where it was read."""

    place: float
    on: str
    text: str
    source: str
    confidence: str
    url: str
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class GapView:
    """Days without a signal on the strip."""

    start: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class SignalsView:
    """The strip of the last days: signals, gaps, and what they come to in words."""

    days: int
    first: str
    last: str
    events: tuple[EventView, ...]
    gaps: tuple[GapView, ...]
    words: str


@dataclass(frozen=True, slots=True)
class PaymentLineView:
    """Something that was to be paid: when, how late in words, how much; `late` on a scale from 0 to 1."""

    on: str
    late: float
    words: str
    amount: str
    url: str
    tone: str


@dataclass(frozen=True, slots=True)
class PaymentView:
    """How the customer pays: what is foretold, with what right it is said, and what happened."""

    words: str
    badge: str
    tone: str
    lines: tuple[PaymentLineView, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceView:
    """What a price does by itself: `state` is known, too_few, sign_alarm or none."""

    state: str
    badge: str
    tone: str
    words: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class PastDecisionView:
    """A decision that was taken on the record before."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class NegotiationView:
    """The sandbox of one record. `told` says in one sentence what the offer changed, `headline` what the page says; `notes` are
    what is not known and why, `remarks` what was left out."""

    label: str
    headline: str
    terms: tuple[TermView, ...]
    now: PackageView
    packages: tuple[PackageView, ...]
    levers: tuple[LeverView, ...]
    offer: PackageView | None = None
    told: str = ""
    breaches: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    similar: tuple[SimilarView, ...] = ()
    similar_words: str = ""
    signals: SignalsView | None = None
    payment: PaymentView | None = None
    price: PriceView | None = None
    decided: tuple[PastDecisionView, ...] = ()

    @property
    def columns(self) -> tuple[PackageView, ...]:
        """What stands side by side: now first, then the packages."""
        return (self.now, *self.packages)


@dataclass(frozen=True, slots=True)
class PrintView:
    """A row that a decision rests on: what it was used for, its hash of then, and whether it reads the same now."""

    label: str
    url: str
    hash: str
    same: bool


@dataclass(frozen=True)
class DecisionView:
    """A decision as it was taken, with what it stood on and whether it comes out the same again. `rows` are those that people
    went by, `model_rows` those that the features of models came of; `full` is the address of the whole record."""

    label: str
    by: str
    on: str
    reason: str
    chosen: PackageView
    terms: tuple[TermView, ...]
    models: tuple[tuple[str, str], ...]
    features: tuple[tuple[str, str], ...]
    rows: tuple[PrintView, ...]
    model_rows: tuple[PrintView, ...]
    full: str
    same: bool | None = None
    differs: tuple[str, ...] = ()
    outcome: str = ""

    @cached_property
    def changed(self) -> int:
        """How many of all rows read otherwise by now."""
        return sum(not one.same for one in (*self.rows, *self.model_rows))


@dataclass(frozen=True, slots=True)
class DemoFieldView:
    """A field of the demonstration: what stands in it, what it takes, and what is wrong with it."""

    key: str
    label: str
    unit: str
    value: str
    problem: str = ""
