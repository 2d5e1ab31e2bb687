"""Packages of a negotiation in words: gauges beside the terms of now, what is given and got, and what an offer changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.diagnostics import Message
from engine.runtime.negotiation.authority import Terms
from engine.runtime.negotiation.packages import PACKAGE_WORDS, Estimate, Margin, Package, PackageKey
from engine.web.negotiation_levers import LeverWords
from engine.widgets.formats import MINUS, compact_money, format_percent
from engine.widgets.identifiers import record_link
from engine.widgets.negotiation_parts import (
    GaugeView,
    PackageView,
    ReasonView,
    SourceLink,
    TermView,
    TradeView,
)

SAYS = {
    PackageKey.NOW: Message("照现在的报价", "The quote as it is"),
    PackageKey.HOLD: Message("利润最多", "Most margin"),
    PackageKey.BALANCE: Message("胜算与利润折中", "Between chance and margin"),
    PackageKey.WIN: Message("胜算最大", "Best chance"),
    PackageKey.OFFER: Message("客户提的条件", "What the customer asks for"),
}
WIN, LATE, MARGIN = Message("赢单率", "Chance to win"), Message("晚付风险", "Late payment"), Message("毛利", "Margin")
UNKNOWN = Message("还没有模型", "No model yet")
OUTSIDE = Message("超出模型学过的范围", "Outside of what the model learnt from")
JOINED = "\u2060"
"""Keeps a sign and its figure on one line."""
HEADROOM = 1.15
"""How far beyond the largest margin rate a track goes."""
NOTICED = 0.005
"""Difference of a share from which on it is told."""


@dataclass(frozen=True, slots=True)
class PackageWords:
    """Tells packages beside the one of now. `rates` are the least and largest margin rate that tracks have room for."""

    levers: Sequence[LeverWords]
    now: Package
    rates: tuple[float, float]
    language: str

    def view(self, one: Package) -> PackageView:
        """A package with everything that is said of it."""
        terms = self.terms(one.terms, self.now.terms)
        return PackageView(
            key=str(one.key),
            label=PACKAGE_WORDS[one.key].text(self.language),
            says=SAYS[one.key].text(self.language),
            gauges=tuple(self._gauges(one)),
            terms={words.key: words.entered(value) for words, value in zip(self.levers, one.terms, strict=True)},
            gives=tuple(term for term in terms if term.way == "give"),
            gets=tuple(term for term in terms if term.way == "get"),
            reasons=tuple(ReasonView(each.words.text(self.language), each.share > 0) for each in one.reasons),
            path=tuple(TradeView(each.give.text(self.language), each.get.text(self.language)) for each in one.path),
            rows=tuple(SourceLink(each.title, record_link(each.entity, each.id)) for each in one.evidence),
            note=one.effect.text(self.language) if one.effect is not None else "",
        )

    def terms(self, terms: Terms, before: Terms) -> tuple[TermView, ...]:
        """Each lever's value, with that of before where it differs."""
        found = []
        for words, value, was in zip(self.levers, terms, before, strict=True):
            moved = (value - was) * words.generous
            way = "" if abs(moved) < 1e-9 else "give" if moved > 0 else "get"
            before_words = words.text(was) if way else ""
            found.append(TermView(words.key, words.label, words.text(value), before_words, way))
        return tuple(found)

    def _gauges(self, one: Package) -> Iterable[GaugeView]:
        """The chance to win, the margin where it may be known, the risk of a late payment."""
        beside = None if one.key is PackageKey.NOW else self.now
        why = (OUTSIDE if one.silent else UNKNOWN).text(self.language)
        yield self._share("win", WIN, one.win, beside.win if beside else None, why)
        if one.margin is not None:
            yield self._margin(one.margin, beside.margin if beside else None)
        yield self._share("late", LATE, one.late, beside.late if beside else None, why)

    def _share(self, key: str, label: Message, one: Estimate | None, now: Estimate | None, why: str) -> GaugeView:
        """A probability on its track; `why` says why there is none."""
        if one is None:
            return GaugeView(key, label.text(self.language), "—", note=why)
        low, high = (format_percent(Decimal(str(end)), self.language, 0) for end in (one.low, one.high))
        moved = one.value - now.value if now is not None else 0.0
        told = abs(moved) >= NOTICED
        return GaugeView(
            key=key,
            label=label.text(self.language),
            text=format_percent(Decimal(str(one.value)), self.language, 0),
            value=_bounded(one.value),
            low=_bounded(one.low),
            high=_bounded(one.high),
            now=_bounded(now.value) if now is not None and told else None,
            reach=Message(f"区间 {low} 到 {high}", f"interval {low} to {high}").text(self.language),
            change=self._points(moved) if told else "",
            better=(moved > 0) == (key == "win") if told else None,
        )

    def _margin(self, one: Margin, now: Margin | None) -> GaugeView:
        least, most = self.rates
        money = compact_money(Decimal(str(round(one.money, 2))), self.language)
        said = [money]
        if one.expected is not None:
            expected = compact_money(Decimal(str(round(one.expected, 2))), self.language)
            said.append(Message(f"按赢单率折算 {expected}", f"{expected} times the chance").text(self.language))
        moved = one.money - now.money if now is not None else 0.0
        told = abs(moved) >= 1
        return GaugeView(
            key="margin",
            label=MARGIN.text(self.language),
            text=format_percent(Decimal(str(one.rate)), self.language, 1),
            value=_bounded((one.rate - least) / (most - least)),
            now=_bounded((now.rate - least) / (most - least)) if now is not None and told else None,
            reach=" · ".join(said),
            change=_signed(compact_money(Decimal(str(round(abs(moved), 2))), self.language), moved) if told else "",
            better=moved > 0 if told else None,
        )

    def _points(self, moved: float) -> str:
        points = f"{abs(moved) * 100:.0f}"
        return _signed(
            Message(f"{points} 个百分点", f"{points} point" if points == "1" else f"{points} points").text(
                self.language
            ),
            moved,
        )


def package_words(levers: Sequence[LeverWords], now: Package, others: Iterable[Package], language: str) -> PackageWords:
    """The teller of packages whose margins share one scale."""
    rates = [one.margin.rate for one in (now, *others) if one.margin is not None]
    return PackageWords(levers, now, (min([0.0, *rates]), max([0.4, *(rate * HEADROOM for rate in rates)])), language)


def headline(now: PackageView, packages: Sequence[PackageView], language: str) -> str:
    """What the packages say in one sentence; nothing where no chance is known."""
    own = now.gauge("win")
    chosen = next((one for one in packages if one.key == PackageKey.BALANCE), packages[0] if packages else None)
    found = chosen.gauge("win") if chosen is not None else None
    if chosen is None or own is None or found is None or own.value is None or found.value is None:
        return ""
    margin = chosen.gauge("margin")
    zh = f"{chosen.label}方案赢单率 {found.text}，现在是 {own.text}"
    en = f"{chosen.label}: {found.text} to win, {own.text} now"
    if margin is not None and margin.change:
        zh, en = f"{zh}；毛利 {margin.change}", f"{en}; margin {margin.change}"
    return Message(zh, en).text(language)


def told(offer: PackageView, breaches: int, language: str) -> str:
    """What the counter-offer comes to against now, in one sentence."""
    if not offer.gives and not offer.gets:
        return Message("与现在的条件相同", "The terms are as they are now").text(language)
    said = []
    for one in offer.gauges:
        if one.value is not None:
            same = Message("不变", "as now").text(language)
            said.append(f"{one.label} {one.text}{_brackets(one.change or same, language)}")
    if breaches:
        many = "limits" if breaches > 1 else "limit"
        said.append(Message(f"有 {breaches} 项超出你的权限", f"{breaches} {many} exceeded").text(language))
    if not said:
        return Message(
            "条件已改；还没有模型，算不出赢单率", "The terms changed; without a model no chance can be told"
        ).text(language)
    return Message("，", ", ").text(language).join(said)


def _brackets(words: str, language: str) -> str:
    return Message(f"（{words}）", f" ({words})").text(language)


def _signed(words: str, moved: float) -> str:
    return f"{'+' if moved > 0 else MINUS}{JOINED}{words}"


def _bounded(value: float) -> float:
    return min(max(value, 0.0), 1.0)
