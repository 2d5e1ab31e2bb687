"""Negotiations: what a deal is bargained over, how far each may go, and what is learnt from the deals that were decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place, empty_map

Path = tuple[str, ...]


class Part(StrEnum):
    """What a lever is in the sum of money. OTHER moves none."""

    PRICE = "price"
    PAYMENT = "payment"
    PREPAYMENT = "prepayment"
    DELIVERY = "delivery"
    SERVICE = "service"
    VOLUME = "volume"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Limit:
    """How far towards the customer a role may go with a lever; without a role it binds everybody, for the reason `label`."""

    role: str
    formula: Formula
    label: Label
    place: Place


@dataclass(frozen=True, slots=True)
class Lever:
    """A term that is bargained over: a number of the quote at `field`.

    `generous` is the way that is good for the customer: 1 more, -1 less. Candidates stand on `steps`, or on at most `most`
    values between those observed. `win` and `late` name the features of the models that it is.
    """

    id: str
    label: Label
    place: Place
    field: Path
    part: Part
    generous: int
    steps: tuple[float, ...] = ()
    most: int = 4
    limits: tuple[Limit, ...] = ()
    bounds: tuple[Limit, ...] = ()
    win: str = ""
    late: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The rows of `entity` that hold terms: which one of a record gives those of now, which are decided, which were won.

    `of` is their relation to the record, `customer` the one to the customer, `at` their day. Terms of a row that is
    `standing` were authorised as they are: they may stay, whoever asks.
    """

    entity: str
    of: str
    customer: str
    at: str
    current: Formula
    decided: Formula
    won: Formula
    standing: Formula | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """A column by which decided rows are near or far: a number (by its logarithm with `log`), or one of a list."""

    path: Path
    label: Label
    place: Place
    weight: float = 1.0
    log: bool = False


@dataclass(frozen=True, slots=True)
class ContractRows:
    """The contracts that came of won rows, by the relation `by`, and their typed clauses."""

    entity: str
    by: str
    clauses: str = ""
    clause_by: str = ""
    clause_kind: str = ""
    clause_text: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """Sums of the row that gives the terms of now, at its volume of now.

    `listed` is the list price, `cost` what it costs us, `service` what a unit of the service lever costs, `haste` a
    unit of delivery earlier than now, `capital` the cost
    of capital in a year as a share, `floor` the least margin rate; `late_days` is how late a late payment is taken to be.
    """

    listed: Formula
    cost: Formula | None = None
    service: Formula | None = None
    capital: Formula | None = None
    floor: Formula | None = None
    late_days: int = 30
    haste: Formula | None = None


@dataclass(frozen=True, slots=True)
class Foretold:
    """A model of the registry and the pipeline whose features it takes.

    `by` is the relation from the pipeline's rows to the customer, where those are not the rows that hold the terms: the
    customer's newest stands for the deal. `amount` is the feature that is the sum to be paid.
    """

    model: str
    pipeline: str
    by: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class PriceEffect:
    """The registry's effect of the price, and the paths whose values say for whom it is asked.

    `pipeline` gives the rows that it is estimated from, in which `treatment`, `cluster` and `recorded` are features.
    """

    name: str
    where: Mapping[str, Path] = field(default_factory=empty_map)
    pipeline: str = ""
    treatment: str = ""
    cluster: str = ""
    recorded: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """Dated events of the last `days` with source and confidence. `match` pairs a field with a path of the terms' row."""

    entity: str
    at: str
    text: str
    days: int = 30
    source: str = ""
    confidence: str = ""
    url: str = ""
    where: Formula | None = None
    match: Mapping[str, Path] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class PaymentRows:
    """What the customer had to pay: the relation to the customer, when it was due, how many days late it came."""

    entity: str
    by: str
    due: str
    late: str
    amount: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that is asked for in return and is no lever."""

    id: str
    label: Label


@dataclass(frozen=True, slots=True)
class Jitter:
    """A randomised move of the price that whoever decides agrees to by `consent`: at most `most` of the list price either
    way, in so many `steps`."""

    most: float
    steps: int
    consent: Label


@dataclass(frozen=True, slots=True)
class Negotiation:
    """The sandbox of a record of `entity`, offered while `when` holds, to `roles` (without any: to whoever reads the record).

    `won` and `lost` tell of a record how it ended. `reviewers` read the decisions of others.
    """

    name: str
    label: Label
    place: Place
    pack: str
    entity: str
    when: Formula
    won: Formula
    lost: Formula
    history: History
    levers: tuple[Lever, ...]
    money: Money
    similar: tuple[Likeness, ...] = ()
    contract: ContractRows | None = None
    win: Foretold | None = None
    late: Foretold | None = None
    effect: PriceEffect | None = None
    signals: Signals | None = None
    payment: PaymentRows | None = None
    asks: tuple[Ask, ...] = ()
    roles: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()
    description: Label = NO_LABEL
    jitter: Jitter | None = None

    def lever(self, part: Part) -> Lever | None:
        """The lever that is this part of the money; None where none is."""
        return next((one for one in self.levers if one.part is part), None)
