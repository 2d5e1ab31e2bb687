"""A paper: all that stands in a document for one reader, in words, ready for its template."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from engine.model.documents import Logo

FEW = 12
"""Rows that stand on paper below their picture; more of them would only fill pages."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A label with its value; `blank` is room to write by hand, `formatted` a rich text as it is shown."""

    label: str
    text: str
    wide: bool = False
    strong: bool = False
    blank: bool = False
    formatted: Markup | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    label: str
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells; `share` is how long its bar is, in hundredths, where it has one."""

    cells: tuple[str, ...]
    share: int | None = None


@dataclass(frozen=True, slots=True)
class PaperPart:
    """A part of a paper. `sums` stand under the columns; `more` says that rows are not listed.

    `picture` is the chart of its rows, where paper shows one: it tells the label. Rows that it tells in figures, and
    long ones, are for letters alone.
    """

    id: str
    type: str
    label: str
    pairs: tuple[Pair, ...] = ()
    wide: int = 2
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    sums: tuple[str, ...] = ()
    bars: bool = False
    more: str = ""
    words: tuple[str, ...] = ()
    picture: Markup | None = None
    told: bool = False

    @property
    def empty(self) -> bool:
        return not (self.pairs or self.columns or self.words)

    @property
    def tabled(self) -> bool:
        """Whether its rows stand on paper: below a picture if it does not tell them in figures and they are few."""
        return bool(self.columns) and (self.picture is None or (not self.told and len(self.rows) <= FEW))


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as one reader may have it, at one moment. `mark` is what it bears where its rows are made up."""

    title: str
    number: str
    language: str
    company: str
    company_lines: tuple[str, ...]
    logo: Logo | None
    period: str
    parts: tuple[PaperPart, ...]
    size: str
    made: str
    mark: str = ""

    @property
    def file_name(self) -> str:
        return "-".join(one for one in (self.mark, self.title, self.number or self.period) if one) + ".pdf"
