"""Freshness: as of when the rows of an entity are that sources bring, and whether the other side is heard of at all."""

from __future__ import annotations

from engine.model.app import AppModel
from engine.model.sources import Source, SourceStamp
from engine.runtime.database.protocol import Session
from engine.runtime.sources.standing import Standing, standings
from engine.runtime.sources.tables import SourceRun, last_runs


def stamp_of(session: Session, model: AppModel, entity: str) -> SourceStamp | None:
    """The stamp of an entity's rows: of several sources that ever ran the stalest, one that fails first; None where no source
    fills it."""
    filling = [one for one in model.sources.values() if one.entity == entity]
    if not filling:
        return None
    names = [one.name for one in filling]
    stands, runs = standings(session, names), last_runs(session, names)
    stamps = [_stamp(one, stands[one.name], runs.get(one.name)) for one in filling]
    tried = [one for one in stamps if one.failing or one.as_of is not None]
    return min(tried or stamps, key=lambda one: (not one.failing, one.as_of.timestamp() if one.as_of else 0.0))


def _stamp(source: Source, stands: Standing, last: SourceRun | None) -> SourceStamp:
    failed = last is not None and (last.error is not None or (last.ended is None and stands.failures > 0))
    return SourceStamp(source.label, stands.read_at, failed)
