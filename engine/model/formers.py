"""Former names: what was renamed, so that what is stored under the old name follows."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.names import Place


@dataclass(frozen=True, slots=True)
class Former:
    """`old` is what the thing `now` of `kind` was called. `kind` is that of a resource, or `states` or `transitions` of the
    workflow `owner`."""

    kind: str
    owner: str
    now: str
    old: str
    place: Place

    @property
    def name(self) -> str:
        """What tells it from all others."""
        return ".".join((self.kind, self.owner, self.now, self.old))
