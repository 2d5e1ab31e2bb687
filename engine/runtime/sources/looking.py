"""Looking at a source before it is one: what it offers, and its first rows. Nothing is written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from engine.extensions import (
    Clock,
    Describing,
    EgressRefused,
    SourceFault,
    SourceFile,
    SourceObject,
    SourceReach,
    SourceRow,
    Worker,
)
from engine.model.context import Context
from engine.model.sources import Destination, Source
from engine.runtime.settings import Settings
from engine.runtime.sources.registry import connectors
from engine.runtime.sources.running import SourceRunner
from engine.runtime.sources.values import text_of
from engine.runtime.sovereignty.decision import explained
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.work import OneModel, Workplace

PATIENCE = 5.0
"""Seconds that a look waits for a limit to pass; a run waits longer."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks by the same connectors, gate and secrets as a run."""

    runner: SourceRunner

    def objects(self, source: Source, context: Context, file: SourceFile | None = None) -> tuple[SourceObject, ...]:
        """What a source offers. Raises what reading raises."""
        connector = connectors()[source.kind]
        if isinstance(connector, Describing):
            return tuple(connector.describe(source, context, self._reach(source, context, file)))
        return connector.spec.objects

    def rows(
        self, source: Source, found: SourceObject, context: Context, file: SourceFile | None = None
    ) -> list[Mapping[str, str]]:
        """The first rows of an object, by column; what is no plain value is shown as `…`. Raises what reading raises."""
        columns = {one.name: one.name for one in found.columns}
        asked = replace(source, settings={**source.settings, **found.chosen_by()}, fields=columns)
        read = connectors()[source.kind].rows(asked, context, self._reach(asked, context, file))
        return [dict(_cells(row.values)) for row in islice((one for one in read if isinstance(one, SourceRow)), SHOWN)]

    def _reach(self, source: Source, context: Context, file: SourceFile | None) -> SourceReach:
        """What the connector may reach. Raises EgressRefused where the source names an address that is not open."""
        reach = self.runner.reach(source, context, file)
        if source.destination is not None and reach.destination is None:
            words = explained(source.destination, "undeclared")
            raise EgressRefused(source.destination, "undeclared", words)
        return reach


def looker_of(
    workplace: Workplace, clock: Clock, settings: Settings, worker: Worker, destinations: Mapping[str, Destination]
) -> Looker:
    """A looker whose gate knows these destinations besides those that are live."""
    live = workplace.models.current()
    models = OneModel(replace(live, destinations={**live.destinations, **destinations}))
    place = replace(workplace, models=models)
    gate = gate_of(place, clock, settings.authorities)
    return Looker(SourceRunner(place, gate, clock, settings.zone, worker, wait=_hurried))


def filled(rows: Sequence[Mapping[str, str]], column: str) -> list[str]:
    """The different cells of a column that are not empty, as they come."""
    return [*dict.fromkeys(text for row in rows if (text := row.get(column, "").strip()))]


def _cells(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        text = text_of(value)
        yield name, "…" if text is None else text


def _hurried(seconds: float) -> None:
    if seconds > PATIENCE:
        raise SourceFault(
            "rate_limited",
            "对方限流，请过一会儿再试",
            "The other side limits us; try again in a while",
        )
    time.sleep(seconds)
