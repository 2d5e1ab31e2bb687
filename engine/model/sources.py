"""Data sources and egress destinations as declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.model.names import NO_LABEL, Label, Place, empty_map

HOME = "CN"
"""The jurisdiction that is not abroad. A label that says anything else, or nothing that is known, is abroad."""
TRAINING = frozenset({"train", "training", "fine_tune", "embed"})
"""Purposes by which a model learns from what it is given."""
DECISION_CHAIN = "decision_chain"
"""The tag of fields whose values never go abroad: who decides at a customer, and by what."""


EXEMPT = (99_999, 0)
CERTIFIED = (999_999, 9_999)
"""People whose data may go abroad in a calendar year, and those of level G4 among them: without evidence, and with a
contract or a certificate. The figures are those of the rules of 2024-03-22; a lawyer has not checked them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that data may go somewhere: its number, and the last day on which it holds."""

    id: str
    until: date


@dataclass(frozen=True, slots=True)
class Destination:
    """A place outside that bytes may go to. Without one that fits, the egress gate refuses.

    `nets` are where each address of the host must lie (empty: wherever its reach allows), `pins` prints of public keys one
    of which its certificate has. `persons` and `sensitive` are how many people's data may go in a calendar year, the second
    of level G4. A `device` is that of whoever takes a file with them; a `folder` is where backups are written.
    """

    name: str
    label: Label
    place: Place
    scheme: str
    host: str
    port: int
    jurisdiction: str = "CN"
    max_level: str = "G1"
    purposes: frozenset[str] = frozenset()
    owner: Label = NO_LABEL
    allow_private: bool = False
    operator: Label = NO_LABEL
    nets: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    evidence: Evidence | None = None
    persons: int | None = None
    sensitive: int | None = None
    folder: str = ""

    @property
    def abroad(self) -> bool:
        """Whether whoever runs it is not known to be at home."""
        return self.jurisdiction != HOME

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """People whose data may go in a calendar year, and those of level G4: as declared, abroad never without a bound."""
        persons, sensitive = (CERTIFIED if self.evidence else EXEMPT) if self.abroad else (None, None)
        return _lower(self.persons, persons), _lower(self.sensitive, sensitive)

    @property
    def pool(self) -> str:
        """With which other destinations its people are counted together: all abroad, at home those of one operator."""
        return "abroad" if self.abroad else f"operator:{self.operator.text('zh')}" if self.operator.texts else self.name


@dataclass(frozen=True, slots=True)
class Source:
    """Rows from elsewhere: `kind` names the connector; `fields` maps entity fields to columns of the source.

    A run writes with the rights of `roles`; without any it may write nothing.
    """

    name: str
    label: Label
    place: Place
    kind: str
    entity: str
    key: tuple[str, ...]
    fields: Mapping[str, str]
    destination: str | None = None
    settings: Mapping[str, object] = field(default_factory=empty_map)
    schedule: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStamp:
    """How fresh the rows of an entity are that come from elsewhere: `as_of` when a run last came to its end, None where none
    ever did; `failing` since the newest run did not, and all since `since`; `late` where the schedule promised newer ones."""

    label: Label
    as_of: datetime | None
    failing: bool = False
    late: bool = False
    since: datetime | None = None

    @property
    def troubled(self) -> bool:
        """Whether the rows are not as fresh as they should be."""
        return self.failing or self.late


def _lower(declared: int | None, bound: int | None) -> int | None:
    return bound if declared is None else declared if bound is None else min(declared, bound)


def least_fresh(stamps: Iterable[SourceStamp | None]) -> SourceStamp | None:
    """The stamp that fails, or is late, or is the oldest; what was never read and does not fail says nothing."""
    told = [one for one in stamps if one is not None and (one.failing or one.as_of is not None)]
    return min(told, key=_freshness, default=None)


def _freshness(one: SourceStamp) -> tuple[bool, bool, float]:
    return not one.failing, not one.late, one.as_of.timestamp() if one.as_of else 0.0
