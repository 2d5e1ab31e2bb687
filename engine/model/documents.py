"""Documents: papers about a record (a quote, a contract, a report), as text declares them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place

Path = tuple[str, ...]
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
"""A value inside the words of a document."""


class PartType(StrEnum):
    """What a part of a document holds."""

    PAIRS = "pairs"
    TABLE = "table"
    TOTALS = "totals"
    TEXT = "text"
    FIGURES = "figures"
    SIGNATURES = "signatures"


class DocumentPeriod(StrEnum):
    """The span that the reader chooses and that a document's figures are of."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class DocumentValue:
    """A label with a value: of the field at `path`, or what `formula` gives. `keep` leaves room where there is none."""

    id: str
    label: Label
    path: Path = ()
    formula: Formula | None = None
    wide: bool = False
    strong: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class DocumentColumn:
    """A column over the rows of a collection."""

    id: str
    label: Label
    path: Path
    sum: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class DocumentParty:
    """Somebody who signs."""

    id: str
    label: Label
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class Logo:
    """A mark drawn from paths, each with its colour."""

    box: str
    paths: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Company:
    """The head of a document."""

    name: Label
    lines: tuple[Label, ...] = ()
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A part of a document; which of its values are set hangs on its type."""

    id: str
    type: PartType
    place: Place
    label: Label = NO_LABEL
    visible_when: Formula | None = None
    values: tuple[DocumentValue, ...] = ()
    columns_wide: int = 2
    collection: str = ""
    columns: tuple[DocumentColumn, ...] = ()
    numbered: bool = False
    sort: tuple[str, ...] = ()
    text: Label = NO_LABEL
    metrics: tuple[str, ...] = ()
    by: str = ""
    of: str = ""
    by_key: bool = False
    limit: int = 0
    parties: tuple[DocumentParty, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    """A document about records of `entity`. Without `roles`, whoever may read the record may make it.

    `visible_when` says of which records it can be made, `otherwise` what is said of the others; `language` is `reader`,
    or the one that it is always written in.
    """

    name: str
    pack: str
    label: Label
    place: Place
    entity: str
    parts: tuple[DocumentPart, ...]
    roles: frozenset[str] = field(default_factory=frozenset)
    number: str = ""
    visible_when: Formula | None = None
    otherwise: Label = NO_LABEL
    period: DocumentPeriod = DocumentPeriod.NONE
    paper: str = "A4"
    landscape: bool = False
    company: Company | None = None
    language: str = "reader"
