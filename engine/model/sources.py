"""Data sources and egress destinations as declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.model.names import NO_LABEL, Label, Place, empty_map


@dataclass(frozen=True, slots=True)
class Destination:
    """A place outside that bytes may go to. Without one that fits, the egress gate refuses."""

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


def least_fresh(stamps: Iterable[SourceStamp | None]) -> SourceStamp | None:
    """The stamp that fails, or is late, or is the oldest; what was never read and does not fail says nothing."""
    told = [one for one in stamps if one is not None and (one.failing or one.as_of is not None)]
    return min(told, key=_freshness, default=None)


def _freshness(one: SourceStamp) -> tuple[bool, bool, float]:
    return not one.failing, not one.late, one.as_of.timestamp() if one.as_of else 0.0
