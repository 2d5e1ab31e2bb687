"""What a reader is shown of lineage: the thing in the middle, what it draws from, what it goes to, and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PointView:
    """A node, or several of one kind in one (`count` of them): what it is called, what it is, its level and standing, where
    it leads. `ids` are the nodes that it stands for."""

    ids: tuple[str, ...]
    kind: str
    kind_words: str
    label: str
    url: str
    level: str = ""
    status: str = "green"
    status_words: str = ""
    reason: str = ""
    name: str = ""
    place: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class LineView:
    """What flows from one point to another: in which ways, for which purposes; `direct` where some value itself does."""

    source: str
    target: str
    says: str
    purpose: str
    direct: bool


@dataclass(frozen=True, slots=True)
class ColumnView:
    """The points so many steps before (negative) or behind the middle."""

    distance: int
    points: tuple[PointView, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """A line of the table: a point, its distance, and how it is tied to the middle where it is so directly."""

    point: PointView
    distance: int
    says: str
    purpose: str


@dataclass(frozen=True, slots=True)
class LineageView:
    """A neighbourhood as its reader sees it; `withheld` are things before and behind that they may not know."""

    centre: PointView
    columns: tuple[ColumnView, ...]
    lines: tuple[LineView, ...]
    before: tuple[RowView, ...]
    behind: tuple[RowView, ...]
    withheld: tuple[int, int] = (0, 0)
    cut: bool = False

    def point_of(self, identity: str) -> PointView | None:
        """The point that stands for a node."""
        found = (one for column in self.columns for one in column.points if identity in one.ids)
        return next(found, None)
