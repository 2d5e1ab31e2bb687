"""The clock of watches: looks at figures with their reader's own rights, and tells once when a bound is passed.

A period that begins anew (a day, a month) is told of anew; a rolling one (the last 7 days) only when the figure comes over
the bound again. A period that is over is looked at in the morning, when the day before has come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from engine.diagnostics import DougongError, Message
from engine.model.context import Context, Principal
from engine.model.levels import level_of_metric
from engine.model.metrics import Metric
from engine.model.requests import AggregateRequest
from engine.runtime.figure_watches.watches import Bound, FigureWatch, Side, looked_at, turn, watches_due
from engine.runtime.identity.users import user_by_id
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.metrics.sources import figures_for
from engine.runtime.notices import tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.readers import context_of_reader
from engine.runtime.notifying.telling import Telling
from engine.runtime.query.names import Reader
from engine.runtime.work import Work, Workplace
from engine.widgets.figures import as_decimal, figure_text
from engine.widgets.periods import PERIOD_LABELS, resolve_period

PAUSE = timedelta(minutes=15)
"""Between two looks at one figure."""
MOST = 50
"""Figures of one look, so that other rounds wait little; those that waited longest come first."""
MORNING = time(8)
"""From when on a period is looked at that is over."""
RUNNING = ("today", "this_week", "this_month", "this_quarter", "this_year")
OVER = ("yesterday", "last_month")
ROLLING = ("last_7_days", "last_30_days", "last_90_days", "last_12_months", "all")
SIDES = {Side.ABOVE: Message("高于", "above"), Side.BELOW: Message("低于", "below")}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a figure saw: the span in which the bound is passed, empty when it is not, and what is told then."""

    watch: FigureWatch
    passed_in: str
    telling: Telling | None


def timeless(metric: Metric) -> bool:
    """Whether a figure is of now alone, whatever the period."""
    return metric.time is None and not metric.formula


def periods_of(metric: Metric, side: Side) -> tuple[str, ...]:
    """The periods that a bound may be about: what has only begun is low for that alone."""
    if timeless(metric):
        return ("all",)
    return (*(RUNNING if side is Side.ABOVE else ()), *OVER, *ROLLING)


def said(metric: Metric, bound: Bound, language: str) -> str:
    """A bound in words: 昨天低于 ¥5,000."""
    return f"{when(metric, bound.period, bound.side, language)} {figure_text(metric, bound.value, language)}"


def when(metric: Metric, period: str, side: Side, language: str) -> str:
    """A period and a side in words."""
    words = SIDES[side].text(language)
    if timeless(metric):
        return words
    gap = "" if language == "zh" else " "
    return f"{PERIOD_LABELS[period].text(language)}{gap}{words}"


@dataclass(frozen=True, slots=True)
class FigureClock:
    """Looks now and then at the figures that somebody watches."""

    workplace: Workplace
    zone: str

    def look(self, now: datetime) -> int:
        """Look at what it is time for; how many people were told something."""
        context = Context(Principal(0, "figures", frozenset(), service="figures"), now, zone=self.zone, cause="figures")
        looks = self.workplace.read(context, self._looks)
        return self.workplace.write(context, partial(self._note, looks)) if looks else 0

    def _looks(self, work: Work) -> list[Look]:
        return [_look(work, one) for one in watches_due(work.session, work.context.now - PAUSE, MOST)]

    def _note(self, looks: list[Look], work: Work) -> int:
        looked_at(work.session, [one.watch for one in looks], work.context.now)
        told = 0
        for one in looks:
            if one.passed_in != one.watch.passed_in and turn(work.session, one.watch, one.passed_in) and one.telling:
                tell(work, (one.watch.user,), one.telling)
                told += 1
        return told


def _look(work: Work, one: FigureWatch) -> Look:
    """A look with the rights of who watches; a figure that they cannot have, and one before its time, is as it was."""
    person, metric = user_by_id(work.session, one.user), work.model.metrics.get(one.bound.metric)
    if person is None or person.disabled or metric is None:
        return Look(one, one.passed_in, None)
    own = work.under(context_of_reader(work, person))
    figure = _figure(own, metric, one.bound.period)
    if figure is None:
        return Look(one, one.passed_in, None)
    if not one.bound.passed_by(figure):
        return Look(one, "", None)
    return Look(one, _span(own, one.bound.period), _telling(own, metric, one.bound, figure))


def _figure(own: Work, metric: Metric, period: str) -> Decimal | None:
    """The figure that the reader has now; None where it does not exist for them, cannot be told, or is not in yet."""
    here = own.context.moment.astimezone(ZoneInfo(own.context.zone)).time()
    if (period in OVER and here < MORNING) or metric.name not in figures_for(Reader(own.model, own.context)):
        return None
    span = resolve_period(period, own.context.today)
    try:
        rows = aggregate(own, AggregateRequest((metric.name,), since=span.since, until=span.until))
    except DougongError:  # of too few rows to be told, or not to be worked out now
        return None
    return as_decimal(rows[0].values.get(metric.name)) if rows else None


def _span(own: Work, period: str) -> str:
    """What names the span: its first day, or only its name where it moves on every day."""
    since = resolve_period(period, own.context.today).since
    return period if period in ROLLING or since is None else since.isoformat()


def _telling(own: Work, metric: Metric, bound: Bound, figure: Decimal) -> Telling:
    language = own.context.language
    of = "" if timeless(metric) else f" {PERIOD_LABELS[bound.period].text(language)}"
    comma = "，" if language == "zh" else ", "
    side = f"{SIDES[bound.side].text(language)} {figure_text(metric, bound.value, language)}"
    title = f"{metric.label.text(language)}{of} {figure_text(metric, figure, language)}{comma}{side}"
    level = level_of_metric(own.model, metric.name)
    return Telling(NoticeKind.FIGURE.value, title, "", "", 0, f"/figures/{metric.name}", (metric.name,), level)
