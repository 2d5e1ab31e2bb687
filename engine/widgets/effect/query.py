"""The effect of an event: what it brought against its baseline, part by part, with the interval and what to doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from markupsafe import Markup

from engine.model.effects import ControlUnit, Effect, EffectRequest, Estimate, Lack, MetricEffect, Side
from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.charts.area import line_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.contract import EventEffect, Need, Scene
from engine.widgets.drill_links import drill_into
from engine.widgets.effect.words import doubts, in_short, no_verdict, pick, verdict
from engine.widgets.figures import exact_text, figure_text
from engine.widgets.properties import formula, number, path_of, text, texts
from engine.widgets.unanswered import unanswered

CENT = Decimal("0.01")
BEFORE, AFTER = 28, 14
DECIDED = frozenset({"success", "danger"})
"""The tones of a verdict that says yes or no: without a control neither is said outright."""
MOST_CONTROLS = 12
"""Control units named on the page."""


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One part of the effect on the gain: what was, what would have been, the difference and its interval."""

    label: str
    actual: str
    expected: str
    difference: str
    interval: str
    rows: str = ""
    basis: str = ""
    total: bool = False


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    request = _request(item, scene)
    return {"effect": EventEffect(request)} if request is not None else {}


def _request(item: Item, scene: Scene) -> EffectRequest | None:
    """What is asked about the scene's record; None where the reader may not see what is needed, or it is not filled in."""
    if scene.record is None or scene.entity is None or len(texts(item, "metrics")) != 2:
        return None
    since, until = (_cell(item, scene, name) for name in ("from", "to"))
    unit, scope = _side(item, scene, "by", "unit"), _side(item, scene, "by2", "scope")
    if not isinstance(since, date) or not isinstance(until, date) or unit is None or until < since:
        return None
    volume, gain = texts(item, "metrics")
    return EffectRequest(
        entity=scene.entity.name,
        record=scene.record.id,
        since=since,
        until=until,
        span=(path_of(text(item, "from")), path_of(text(item, "to"))),
        unit=unit,
        scope=scope,
        metrics=(volume, gain),
        before=number(item, "before", BEFORE),
        after=number(item, "after", AFTER),
        counts=formula(item, "where"),
    )


def _side(item: Item, scene: Scene, dimension: str, field: str) -> Side | None:
    key = _cell(item, scene, field)
    return None if key is None else Side(text(item, dimension), path_of(text(item, field)), key)


def _cell(item: Item, scene: Scene, name: str) -> object:
    field = text(item, name)
    if scene.record is None or not field or field in scene.record.masked:
        return None
    return scene.record.cells.get(field)


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    label, request, effect = scene.words(item.label), _request(item, scene), found.get("effect")
    if request is None or effect is None:
        return {"state": "empty", "label": label}
    if not isinstance(effect, Effect):
        return unanswered(label, effect)
    return _Told(item, scene, request, effect, label).view()


@dataclass(frozen=True)
class _Told:
    """An effect in words and lines."""

    item: Item
    scene: Scene
    request: EffectRequest
    effect: Effect
    label: str

    def view(self) -> Mapping[str, object]:
        told: dict[str, object] = {
            "state": "rows",
            "label": self.label,
            "doubts": doubts(self.effect, self.request, self.scene),
            "method": self._method(),
            "controls": [(one.title, self._link(self._first, self._last, one.key), one.used) for one in self._shown()],
            "chart": self._chart(),
            "lines": (),
            "figures": (),
        }
        gain = self.effect.metrics.get(self._gain.name)
        if gain is None:
            tone, words = no_verdict(self.effect, self.request, self.scene)
            return {**told, "tone": tone, "verdict": words, "figures": self._actuals()}
        low, high = (_money(one) for one in gain.net.within(self.effect.quantile))
        tone, words = verdict(low, high, self._cost, self.scene)
        if Lack.NO_CONTROL in self.effect.lacks and tone in DECIDED:
            tone, words = "info", self._say(f"只和自己过去比：{words}", f"Against its own past only: {words}")
        return {**told, "tone": tone, "verdict": words, "lines": self._lines(gain), "figures": self._figures(gain)}

    @property
    def _gain(self) -> Metric:
        return self.scene.model.metrics[self.request.metrics[1]]

    @property
    def _volume(self) -> Metric:
        return self.scene.model.metrics[self.request.metrics[0]]

    @property
    def _cost(self) -> Decimal | None:
        found = _cell(self.item, self.scene, "cost")
        return found if isinstance(found, Decimal) else None

    @property
    def _first(self) -> date:
        return self.request.since - timedelta(days=self.request.before)

    @property
    def _last(self) -> date:
        return min(self.request.until + timedelta(days=self.request.after), self.effect.seen_until)

    @property
    def _end(self) -> date:
        return min(self.request.until, self.effect.seen_until)

    def _say(self, zh: str, en: str) -> str:
        return pick(self.scene, zh, en)

    def _figures(self, gain: MetricEffect) -> list[tuple[str, str, str]]:
        """The figures above the lines: name, figure, interval."""
        volume = self.effect.metrics[self._volume.name].net
        found = [
            (self._net_name(self._volume), *self._with_interval(self._volume, volume)),
            (self._net_name(self._gain), *self._with_interval(self._gain, gain.net)),
        ]
        cost = self._cost
        if cost is None:
            return found
        low, high = (_money(one) - cost for one in gain.net.within(self.effect.quantile))
        won = _money(gain.net.difference) - cost
        found.append((self._say("扣费用后净赚", "Left after cost"), *self._figure(won, low, high)))
        if cost > 0:
            rates = [in_short(one / cost, self.scene) for one in (won, low, high)]
            found.append((self._say("投资回报率 ROI", "ROI"), rates[0], f"{rates[1]} ~ {rates[2]}"))
        return found

    def _net_name(self, metric: Metric) -> str:
        return self._say(f"净增{metric.label.text('zh')}", f"{metric.label.text('en')}, net")

    def _with_interval(self, metric: Metric, one: Estimate) -> tuple[str, str]:
        low, high = (_money(bound) for bound in one.within(self.effect.quantile))
        return self._figure(_money(one.difference), low, high, metric)

    def _figure(self, value: Decimal, low: Decimal, high: Decimal, metric: Metric | None = None) -> tuple[str, str]:
        told = [figure_text(metric or self._gain, one, self.scene.language) for one in (value, low, high)]
        return told[0], f"{told[1]} ~ {told[2]}"

    def _actuals(self) -> list[tuple[str, str, str]]:
        """What was, where nothing can be said of what it brought."""
        language = self.scene.language
        return [
            (self.scene.words(one.label), figure_text(one, self.effect.actual[one.name], language), "")
            for one in (self._volume, self._gain)
        ]

    def _lines(self, gain: MetricEffect) -> list[EffectLine]:
        asked, first = self.request, self.request.until + timedelta(days=1)
        before = asked.since - timedelta(days=1)
        scope = asked.scope.key if asked.scope else None
        own, base = self._link(asked.since, self._end, asked.unit.key, scope), (self._first, before, asked.unit.key)
        lines = [self._line(self._say("活动期间", "While it ran"), gain.direct, own, self._link(*base, scope))]
        if gain.rest is not None:
            label = self._say("同店其他品类（蚕食为负，带动为正）", "The rest of the unit (cannibalised if negative)")
            rest = self._link(asked.since, self._end, asked.unit.key)
            lines.append(self._line(label, gain.rest, rest, self._link(*base)))
        if gain.later is not None and self.effect.later_until is not None:
            days = (self.effect.later_until - asked.until).days
            label = self._say(f"结束后 {days} 天（提前购买为负）", f"The {days} days after (bought ahead if negative)")
            later = self._link(first, self.effect.later_until, asked.unit.key, scope)
            lines.append(self._line(label, gain.later, later, self._link(*base, scope)))
        return [*lines, self._line(self._say("合计", "Together"), gain.net, total=True)]

    def _line(self, label: str, one: Estimate, rows: str = "", basis: str = "", total: bool = False) -> EffectLine:
        low, high = (self._exact(bound) for bound in one.within(self.effect.quantile))
        return EffectLine(
            label,
            self._exact(one.actual),
            self._exact(one.expected),
            self._exact(one.difference),
            f"{low} ~ {high}",
            rows,
            basis,
            total,
        )

    def _exact(self, value: float) -> str:
        return exact_text(self._gain, _money(value), self.scene.language)

    def _link(self, since: date, until: date, unit: object, scope: object = None) -> str:
        """The rows of a unit on some days, of a part of it or of all."""
        pairs = [(text(self.item, "by"), unit), (text(self.item, "by2"), scope)]
        named = [(name, key) for name, key in pairs if name and key is not None]
        request = AggregateRequest((self._gain.name,), tuple(name for name, _ in named), since=since, until=until)
        keys = tuple(key for _, key in named)
        titles = tuple("" if isinstance(key, int) else None for key in keys)
        return drill_into(self.scene, self._gain, request).group(AggregateRow(keys, titles, {}))

    def _shown(self) -> tuple[ControlUnit, ...]:
        return self.effect.controls[:MOST_CONTROLS]

    def _method(self) -> list[str]:
        baseline, used = self.effect.baseline, sum(one.used for one in self.effect.controls)
        if not baseline:
            return []
        days = self._say(
            f"基准：{baseline[0]} 至 {baseline[-1]} 里没有其他活动的 {len(baseline)} 天，按星期几分别取平均",
            f"Baseline: {len(baseline)} days without another event from {baseline[0]} to {baseline[-1]}, "
            "averaged by weekday",
        )
        if not used:
            return [days]
        moved = self._say(
            f"大势：再乘以 {used} 个对照单元同期相对自身基准的涨跌（双重差分）",
            f"Trend: times how {used} control units moved against their own baseline (difference in differences)",
        )
        return [days, moved]

    def _chart(self) -> Markup:
        days = self.effect.days
        series = (
            Series(self._say("实际", "Actual"), tuple(one.actual for one in days)),
            Series(self._say("基准", "Baseline"), tuple(one.expected for one in days), (), True),
        )
        title = self._say(
            f"每天的{self._gain.label.text('zh')}，和没有活动时的估计",
            f"{self._gain.label.text('en')} per day, and as it would have been",
        )
        return line_chart(
            ChartSpec(
                title,
                tuple(f"{one.day.month}/{one.day.day}" for one in days),
                series if any(one.expected is not None for one in days) else series[:1],
                self.scene.language,
                display=self._gain.display if self._gain.display in {"money", "percent"} else "number",
                currency=self._gain.currency or "CNY",
            )
        )


def _money(value: float) -> Decimal:
    return Decimal(str(value)).quantize(CENT)
