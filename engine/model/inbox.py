"""Inbox kinds: rows of an entity that wait for a person, and what can be done with them in the inbox itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.formula import Formula
from engine.model.names import Label, Place, empty_map


@dataclass(frozen=True, slots=True)
class InboxAct:
    """What a person can do with a row without opening it: take a transition, or set fields by formula.

    `words` is the text field that takes what the person writes along.
    """

    id: str
    label: Label
    place: Place
    transition: str = ""
    values: Mapping[str, Formula] = field(default_factory=empty_map)
    words: str = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class InboxKind:
    """Rows that wait for the person in the field `holder`, for as long as the entity's condition holds.

    `mine` is that condition together with the holder being the reader; `rank` the day or instant by which the inbox
    orders, `endless` whether there is none, which comes last; both None where nothing is declared. `due` is the field
    shown as the term, `amount` the one shown as what is at stake, `show` are further paths under the title.
    """

    id: str
    entity: str
    label: Label
    place: Place
    holder: str
    mine: Formula
    rank: Formula | None = None
    endless: Formula | None = None
    due: str | None = None
    amount: str | None = None
    show: tuple[tuple[str, ...], ...] = ()
    acts: tuple[InboxAct, ...] = ()

    @property
    def name(self) -> str:
        """The name by which addresses and the interface know it."""
        return f"{self.entity}.{self.id}"

    def act(self, name: str) -> InboxAct | None:
        return next((one for one in self.acts if one.id == name), None)
