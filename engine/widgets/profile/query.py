"""A profile: one's figures as a radar against the middle of one's peers, never against another person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from markupsafe import Markup

from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow, QueryRequest, RecordPage
from engine.widgets.charts.radar import radar_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.contract import Aggregates, Need, Rows, Scene
from engine.widgets.drill_links import drill_into
from engine.widgets.figures import as_decimal, figure_text
from engine.widgets.properties import formula, number, text, texts
from engine.widgets.unanswered import unanswered

LEAST, LEAST_PEERS, DAYS = 30, 3, 90
MOST = 10_000
MIDDLE, RIM = Decimal(100), Decimal(200)
BLUR = Decimal("0.1")
"""The middle of the peers is told as a band so wide on either side: an exact median of three would give one away."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One ability: one's own figure, the band of the peers, and how it compares."""

    label: str
    own: str
    band: str
    tone: str
    words: str
    link: str


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    asked: dict[str, Need] = {"rows": Aggregates(_request(item, scene))} if len(_metrics(item, scene)) > 2 else {}
    if scene.record is None and text(item, "entity") and asked:
        entity = text(item, "entity")
        asked["self"] = Rows(QueryRequest(entity, (), formula_filter=formula(item, "where"), limit=1))
    return asked


def _metrics(item: Item, scene: Scene) -> list[Metric]:
    return [scene.model.metrics[name] for name in texts(item, "metrics") if name in scene.model.metrics]


def _request(item: Item, scene: Scene) -> AggregateRequest:
    count = text(item, "count")
    names = [*(one.name for one in _metrics(item, scene)), *([count] if count in scene.model.metrics else [])]
    yesterday = scene.today - timedelta(days=1)
    return AggregateRequest(
        tuple(dict.fromkeys(names)),
        (text(item, "by"), text(item, "peers")),
        since=yesterday - timedelta(days=number(item, "days", DAYS) - 1),
        until=yesterday,
        limit=MOST,
    )


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    label, rows = scene.words(item.label), found.get("rows")
    if not isinstance(rows, tuple):
        return unanswered(label, rows)
    told: dict[str, object] = {
        "label": label,
        "days": number(item, "days", DAYS),
        "least": number(item, "least", LEAST),
    }
    kept = [row for row in rows if isinstance(row, AggregateRow)]
    own = next((row for row in kept if row.keys[0] == _subject(scene, found)), None)
    if own is None:
        return {**told, "state": "empty"}
    profile = _Profile(item, scene, own, _peers(item, own, kept))
    if profile.cases < number(item, "least", LEAST):
        return {**told, "state": "few", "cases": profile.cases}
    return {
        **told,
        "state": "rows",
        "cases": profile.cases,
        "peers": len(profile.peers),
        "compared": profile.compared,
        "chart": profile.chart(label) if profile.compared else "",
        "axes": [profile.axis(one) for one in profile.metrics],
    }


def _subject(scene: Scene, found: Mapping[str, object]) -> int | None:
    if scene.record is not None:
        return scene.record.id
    page = found.get("self")
    return page.records[0].id if isinstance(page, RecordPage) and page.records else None


def _peers(item: Item, own: AggregateRow, rows: Sequence[AggregateRow]) -> list[AggregateRow]:
    """Those of the same kind with enough cases, oneself among them."""
    least, count = number(item, "least", LEAST), text(item, "count")
    return [
        row for row in rows if row.keys[0] is not None and row.keys[1] == own.keys[1] and _amount(row, count) >= least
    ]


def _amount(row: AggregateRow, name: str) -> Decimal:
    return as_decimal(row.values.get(name)) or Decimal(0)


@dataclass(frozen=True)
class _Profile:
    """One's row and those of one's peers."""

    item: Item
    scene: Scene
    own: AggregateRow
    peers: Sequence[AggregateRow]

    @property
    def metrics(self) -> list[Metric]:
        return _metrics(self.item, self.scene)

    @property
    def cases(self) -> int:
        return int(_amount(self.own, text(self.item, "count")))

    @property
    def compared(self) -> bool:
        return len(self.peers) >= number(self.item, "least_peers", LEAST_PEERS)

    def middle(self, metric: Metric) -> Decimal | None:
        """The median of the peers."""
        values = [one for row in self.peers if (one := as_decimal(row.values.get(metric.name))) is not None]
        return Decimal(median(values)) if values and self.compared else None

    def score(self, metric: Metric) -> Decimal | None:
        """One's figure as percent of the middle, turned round where less is better; what is beyond stays on the rim."""
        value, middle = as_decimal(self.own.values.get(metric.name)), self.middle(metric)
        if value is None or middle is None:
            return None
        part, whole = (middle, value) if metric.good_when == "down" else (value, middle)
        if whole <= 0:
            return MIDDLE if part <= 0 else RIM
        return min((part / whole * MIDDLE).quantize(Decimal(1), ROUND_HALF_UP), RIM)

    def axis(self, metric: Metric) -> Axis:
        value, middle, language = self.own.values.get(metric.name), self.middle(metric), self.scene.language
        tone, words = self._compared(metric)
        band = [middle * (1 - BLUR), middle * (1 + BLUR)] if middle is not None else []
        drill = drill_into(self.scene, metric, _request(self.item, self.scene))
        return Axis(
            label=self.scene.words(metric.label),
            own=figure_text(metric, value, language),
            band=" ~ ".join(figure_text(metric, one, language) for one in band) if band else "—",
            tone=tone,
            words=words,
            link=drill.group(self.own) if as_decimal(value) is not None else "",
        )

    def _compared(self, metric: Metric) -> tuple[str, str]:
        score = self.score(metric)
        if score is None:
            return "neutral", "—"
        if score > MIDDLE * (1 + BLUR):
            return "success", self._say("强项", "Strength")
        if score < MIDDLE * (1 - BLUR):
            return "warning", self._say("可提升", "To improve")
        return "neutral", self._say("持平", "As others")

    def chart(self, title: str) -> Markup:
        metrics = self.metrics
        low, high = (MIDDLE * (1 - BLUR), MIDDLE * (1 + BLUR))
        drill = {one.name: drill_into(self.scene, one, _request(self.item, self.scene)) for one in metrics}
        return radar_chart(
            ChartSpec(
                title=title,
                categories=tuple(self.scene.words(one.label) for one in metrics),
                series=(
                    Series(
                        self._say("本人", "Self"),
                        tuple(self.score(one) for one in metrics),
                        tuple(drill[one.name].group(self.own) for one in metrics),
                    ),
                    Series(
                        self._say("同店中位数 +10%", "Median of the peers + 10 %"), (high,) * len(metrics), (), True
                    ),
                    Series(self._say("同店中位数 −10%", "Median of the peers − 10 %"), (low,) * len(metrics), (), True),
                ),
                language=self.scene.language,
                period=self._say("同店中位数为 100，越靠外越好", "The median of the peers is 100, outward is better"),
                scale=0,
            ),
            maximum=RIM,
        )

    def _say(self, zh: str, en: str) -> str:
        return zh if self.scene.language.startswith("zh") else en
