"""Kept views: what people have saved of a list page, as its toolbar offers them; and how an address tells one of them.

`v=s.<id>` opens a view as it was saved; with `own=1` the address holds every parameter itself and the view is where it
came from, so that a changed view can be shared by its address like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.names import empty_map

KEPT = "s."
"""What a kept view's name in an address begins with; views that a definition declares have no dot."""
BASE = "base"
"""The parameter that names the declared view which a kept one stands on."""
OWN = "own"
COLUMNS, FROZEN, DENSITY = "cols", "freeze", "rows"
GROUP, FOLD, ONLY = "group", "fold", "only"
WARNED = "warned"
ONCE = frozenset({"cursor", "deleted", "merged", "parts", WARNED})
"""Parameters that are of one answer alone: the page forward, what was just done and what is to be said of it."""
PASSING = ONCE | {"month", "v", "view", OWN, ONLY}
"""Parameters that are no part of what a view keeps, or stand beside it."""
KNOWN = frozenset({"q", "sort", "view", BASE, COLUMNS, FROZEN, DENSITY, GROUP, FOLD})
"""What a view keeps, besides the filters."""


@dataclass(frozen=True, slots=True)
class KeptView:
    """A saved view that the reader may open; `mine` when they keep it, `changes` when they may change it."""

    id: str
    label: str
    parameters: Mapping[str, str] = field(default_factory=empty_map)
    mine: bool = True
    shared: bool = False
    changes: bool = True
    hides: bool = False

    @property
    def key(self) -> str:
        return f"{KEPT}{self.id}"


@dataclass(frozen=True, slots=True)
class Kept:
    """The saved views of a list page for its reader: those on offer, the one that is open, whether it was changed since.

    `default` is what the reader begins with; `lost` that the address names a view which is not theirs to open.
    """

    views: tuple[KeptView, ...] = ()
    open: KeptView | None = None
    changed: bool = False
    default: str = ""
    lost: bool = False
    may_share: bool = False


NONE_KEPT = Kept()


def is_kept_name(name: str) -> bool:
    """Whether a parameter belongs to what a view keeps."""
    return name in KNOWN or name.startswith("f.")
