"""Scenes: what a page's widgets may know of the reader, the page, the record and the address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.pages import Form, Page
from engine.model.requests import Record
from engine.model.sources import SourceStamp
from engine.runtime.access.rights import allowed_actions, readable_fields, writable_fields
from engine.runtime.sources.freshness import stamp_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.chosen_filters import chosen_filters
from engine.widgets.contract import FormFilling, Scene
from engine.widgets.periods import with_spans

Value = TypeVar("Value")


class PerEntity(Mapping[str, Value], Generic[Value]):
    """A mapping over entity names whose values are worked out when first asked for."""

    def __init__(self, names: Mapping[str, Entity], work_out: Callable[[str], Value]) -> None:
        self._names = names
        self._work_out = work_out
        self._known: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._known:
            if name not in self._names:
                raise KeyError(name)
            self._known[name] = self._work_out(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def scene_for(
    work: Work,
    call: Call,
    page: Page | None = None,
    entity: Entity | None = None,
    record: Record | None = None,
    form: Form | None = None,
    filling: FormFilling | None = None,
) -> Scene:
    """The scene of one page for the work's context."""
    model, context, parameters = work.model, work.context, with_spans(call.first)
    readable: PerEntity[frozenset[str]] = PerEntity(model.entities, lambda name: readable_fields(model, context, name))
    allowed: PerEntity[frozenset[Action]] = PerEntity(
        model.entities, lambda name: allowed_actions(model, context, name)
    )
    writable: PerEntity[frozenset[str]] = PerEntity(model.entities, lambda name: writable_fields(model, context, name))
    return Scene(
        model=model,
        language=context.language,
        zone=context.zone,
        now=context.moment,
        roles=context.principal.roles,
        user_id=context.principal.user_id,
        readable=readable,
        allowed=allowed,
        writable=writable,
        page=page,
        form=form,
        entity=entity,
        record=record,
        filling=filling,
        parameters=parameters,
        filters=chosen_filters(work, page, parameters) if page else {},
        path=call.path,
        fresh=_fresh(work),
    )


def _fresh(work: Work) -> Mapping[str, SourceStamp | None]:
    """How fresh what sources fill is now; nothing of the past."""
    if work.context.as_of is not None:
        return {}
    filled = {one.entity: work.model.entities[one.entity] for one in work.model.sources.values()}
    return PerEntity(filled, lambda name: stamp_of(work, name))
