"""Known entities: those that an address may name for its caller. One that is denied does not exist."""

from __future__ import annotations

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.runtime.query.rights import may
from engine.runtime.work import Work


def known_entity(work: Work, name: str) -> Entity:
    """The entity of that name; raises NotFound for none and for one whose rows the caller may neither read nor create."""
    entity = work.model.entities.get(name)
    if entity is None or not (may(work, name, Action.READ) or may(work, name, Action.CREATE)):
        raise NotFound
    return entity
