"""What a page is narrowed to: its period and dimensions of its figures, as the address or their defaults say."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from engine.diagnostics import DougongError
from engine.model.metrics import Metric, bases_of
from engine.model.pages import Page, PageFilter
from engine.runtime.work import Work
from engine.web.dimension_keys import key_of
from engine.widgets.chosen_dimensions import ChosenDimension, metrics_of
from engine.widgets.periods import resolve_period

PERIOD = "period"


def chosen_filters(work: Work, page: Page, parameters: Mapping[str, str]) -> Mapping[str, object]:
    """The page's filters by dimension as chosen in the address, else their defaults; what is no value chooses nothing."""
    chosen: dict[str, object] = {}
    for one in page.filters:
        written = parameters.get(one.id, str(one.default) if one.default is not None else "")
        if one.dimension == PERIOD:
            chosen[PERIOD] = resolve_period(written, work.context.today)
        elif written:
            chosen |= _chosen(work, page, one, written)
    chosen.setdefault(PERIOD, resolve_period(parameters.get(PERIOD, "this_month"), work.context.today))
    return chosen


def metrics_with(work: Work, page: Page, dimension: str) -> tuple[Metric, ...]:
    """The metrics with rows of their own behind the page's figures that can be told apart by a dimension."""
    names = dict.fromkeys(name for item in page.walk() for name in metrics_of(item, work.model.metrics))
    bases = {base.name: base for name in names for base in bases_of(work.model.metrics, name)}
    return tuple(base for base in bases.values() if base.dimension(dimension) is not None)


def _chosen(work: Work, page: Page, one: PageFilter, written: str) -> Mapping[str, ChosenDimension]:
    for base in metrics_with(work, page, one.dimension):
        with suppress(DougongError):
            return {one.dimension: ChosenDimension(key_of(work, base, one.dimension, written), written)}
    return {}
