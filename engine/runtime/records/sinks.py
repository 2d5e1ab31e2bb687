"""Sinks: who hears of every write, in the write's own transaction, in this order. A new one is a file and a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.model.requests import Change
from engine.runtime.events import EventSink
from engine.runtime.records.owners import OwnershipSink
from engine.runtime.rollups.deltas import RollupSink
from engine.runtime.search.index import SearchSink
from engine.runtime.sovereignty.subjects.freezing import FreezeSink
from engine.runtime.versions import VersionSink
from engine.runtime.work import Work
from engine.runtime.workflow.flow_sink import FlowSink


class RecordSink(Protocol):
    """Takes the Changes of one unit of work."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None: ...


SINKS: tuple[RecordSink, ...] = (
    FreezeSink(),
    VersionSink(),
    SearchSink(),
    RollupSink(),
    EventSink(),
    OwnershipSink(),
    FlowSink(),
)
