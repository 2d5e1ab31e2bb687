"""Decisions on entities, rows and fields as frozen values; making them is in `decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.model.formula import Formula


@dataclass(frozen=True, slots=True)
class Always:
    """Holds on every row."""


@dataclass(frozen=True, slots=True)
class Never:
    """Holds on no row."""


@dataclass(frozen=True, slots=True)
class When:
    """Holds on rows where any of the formulas is true (empty counts as not true)."""

    formulas: tuple[Formula, ...]


ALWAYS = Always()
NEVER = Never()
Right = Always | Never | When


@dataclass(frozen=True, slots=True)
class FieldDecision:
    """What a principal may do with one field of rows it may reach; reading wins over the mask.

    `writable` is the right alone: computed, read-only and state fields are never written by hand whatever it says.
    """

    readable: Right
    masked: Right
    writable: Right
    mask: str = "all"

    @property
    def hidden(self) -> bool:
        """True when the field is not even a name for the principal."""
        return self.readable == NEVER and self.masked == NEVER

    @property
    def plain(self) -> bool:
        return self.readable == ALWAYS


OPEN_FIELD = FieldDecision(ALWAYS, NEVER, ALWAYS)
HIDDEN_FIELD = FieldDecision(NEVER, NEVER, NEVER)


@dataclass(frozen=True, slots=True)
class Whole:
    """The rows of a part that are reached through its whole: `relation` leads to a row that `access` reaches."""

    relation: str
    access: Allow


@dataclass(frozen=True, slots=True)
class Deny:
    """No grant: no row of the entity, no field of it, no word about it."""

    entity: str


@dataclass(frozen=True)
class Allow:
    """Rows that the principal reaches, and its rights on their fields.

    `rows` is ALWAYS, a condition on the row, or the way over the whole of a part.
    """

    entity: str
    rows: Always | When | Whole
    fields: Mapping[str, FieldDecision]

    @cached_property
    def names(self) -> frozenset[str]:
        """The fields that are names for the principal."""
        return frozenset(name for name, field in self.fields.items() if not field.hidden)

    @cached_property
    def depending(self) -> tuple[tuple[str, str], ...]:
        """The rights on fields that depend on the row: the field, and `readable`, `masked` or `writable`."""
        return tuple(
            (name, kind)
            for name, decision in self.fields.items()
            for kind in ("readable", "masked", "writable")
            if isinstance(getattr(decision, kind), When)
        )

    def field(self, name: str) -> FieldDecision:
        return self.fields.get(name, HIDDEN_FIELD)


EntityDecision = Allow | Deny


def union(rights: list[Right]) -> Right:
    """The right that holds where any of `rights` does."""
    if ALWAYS in rights:
        return ALWAYS
    formulas = tuple(formula for right in rights if isinstance(right, When) for formula in right.formulas)
    return When(formulas) if formulas else NEVER
