"""The grounds of a negotiation in words: similar deals, signals of competitors, how the customer pays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from engine.diagnostics import Message
from engine.model.negotiations import Negotiation
from engine.runtime.negotiation.delivery_signals import Gap, Signal, SignalWindow
from engine.runtime.negotiation.payment_history import Payment, PaymentHistory
from engine.runtime.negotiation.similar import Similar, SimilarRow
from engine.runtime.negotiation.stakes import EffectStake
from engine.web.negotiation_levers import LeverWords
from engine.widgets.formats import compact_money, format_days, format_money, short_date
from engine.widgets.identifiers import record_link
from engine.widgets.negotiation_parts import (
    EventView,
    GapView,
    PaymentLineView,
    PaymentView,
    PriceView,
    SignalsView,
    SimilarView,
    SourceLink,
)

_PRICE = {
    "known": (Message("可用", "Usable"), "success"),
    "too_few": (Message("不足以判断", "Too little to judge by"), "warning"),
    "sign_alarm": (Message("符号异常，不采用", "Wrong sign: not used"), "danger"),
    "unusable": (Message("不可用", "Not usable"), "danger"),
}
_NO_PRICE = Message("还没有估计", "No estimate yet"), "neutral"
_WON, _LOST = Message("成交", "Won"), Message("丢单", "Lost")
SCALE = 90
"""Days late at which a bar is full."""
LONG = 30
"""Days late from which on a payment is told as bad."""


def similar_views(
    negotiation: Negotiation, similar: Similar, levers: Sequence[LeverWords], language: str
) -> tuple[SimilarView, ...]:
    """The nearest decided deals."""
    return tuple(_similar(negotiation, one, levers, language) for one in similar.rows)


def similar_words(similar: Similar, language: str) -> str:
    """How many were looked through and what became of the nearest."""
    if not similar.rows:
        none = Message(
            "还没有你能看到的已决报价，所以没有可比的", "No decided quote that you may see: nothing to compare"
        )
        return none.text(language)
    won, shown = sum(one.won for one in similar.rows), len(similar.rows)
    return Message(
        f"从 {similar.n:,} 笔已决报价里找最近的 {shown} 笔：{won} 笔成交，{shown - won} 笔丢单；距离越小越像",
        f"The {shown} nearest of {similar.n:,} decided quotes: {won} won, {shown - won} lost; the smaller the distance, the more alike",
    ).text(language)


def _similar(negotiation: Negotiation, row: SimilarRow, levers: Sequence[LeverWords], language: str) -> SimilarView:
    terms = [
        f"{lever.label} {lever.text(value)}"
        for lever, value in zip(levers, row.terms, strict=True)
        if value is not None
    ]
    contract = None
    if row.contract is not None and negotiation.contract is not None:
        contract = SourceLink(row.contract[1], record_link(negotiation.contract.entity, row.contract[0]))
    return SimilarView(
        title=row.title,
        url=record_link(negotiation.history.entity, row.id),
        outcome=(_WON if row.won else _LOST).text(language),
        tone="success" if row.won else "neutral",
        near=f"{row.distance:.2f}",
        why=tuple(one.text(language) for one in row.why),
        terms=" · ".join(terms),
        contract=contract,
        clauses=tuple((one.kind.text(language), one.text) for one in row.clauses),
    )


def signals_view(entity: str, window: SignalWindow, today: date, language: str) -> SignalsView:
    """The strip of the last days: each signal at its day, days without any as gaps."""
    since = today - timedelta(days=window.days - 1)

    def place(day: date) -> float:
        return ((day - since).days + 0.5) / window.days

    def event(one: Signal) -> EventView:
        return EventView(
            place=place(one.on),
            on=short_date(one.on, language, today),
            text=one.text,
            source=one.source.text(language),
            confidence=one.confidence.text(language),
            url=record_link(entity, one.id),
            source_url=one.url if one.url.startswith(("https://", "http://")) else "",
        )

    def gap(one: Gap) -> GapView:
        first, last = (short_date(day, language, today) for day in (one.since, one.until))
        words = Message(
            f"{first}到 {last}没有消息（{one.days} 天）", f"Nothing known from {first} to {last} ({one.days} days)"
        )
        return GapView((one.since - since).days / window.days, one.days / window.days, words.text(language))

    return SignalsView(
        days=window.days,
        first=short_date(since, language, today),
        last=short_date(today, language, today),
        events=tuple(event(one) for one in window.events),
        gaps=tuple(gap(one) for one in window.gaps),
        words=_signal_words(window, language),
    )


def _signal_words(window: SignalWindow, language: str) -> str:
    if not window.events:
        none = Message(
            "这段时间没有人记下竞品的交付消息；没有消息不等于没有动静",
            "Nobody noted a delivery of a competitor; that nothing is known does not mean that nothing happened",
        )
        return none.text(language)
    n, silent = len(window.events), sum(one.days for one in window.gaps)
    gaps = Message(f"，其中 {silent} 天没有消息", f", {silent} days without any") if silent else Message("", "")
    said = Message(f"{n} 条消息{gaps.text('zh')}", f"{n} {'signal' if n == 1 else 'signals'}{gaps.text('en')}")
    return said.text(language)


def payment_view(
    negotiation: Negotiation, payments: PaymentHistory, badge: Message | None, today: date, language: str
) -> PaymentView | None:
    """What the customer had to pay and how late it came; None where neither is known nor foretold."""
    if negotiation.payment is None:
        return None
    entity = negotiation.payment.entity
    return PaymentView(
        words=_payment_words(payments, language),
        badge=badge.text(language) if badge is not None else "",
        tone="info",
        lines=tuple(_payment(entity, one, today, language) for one in payments.past),
    )


def _payment_words(payments: PaymentHistory, language: str) -> str:
    """How the newest were paid, and what is not due yet."""
    said = _paid_words(payments.past, language)
    if not payments.coming:
        return said
    amount = format_money(round(payments.coming_amount), language, scale=0)
    more = "+" if payments.more else ""
    coming = Message(
        f"。还有 {payments.coming}{more} 笔未到期，共 {amount}{more}",
        f". {payments.coming}{more} not due yet, {amount}{more} in all",
    )
    return said + coming.text(language)


def _paid_words(payments: Sequence[Payment], language: str) -> str:
    settled = [one.days_late for one in payments if one.days_late is not None]
    if not settled:
        return Message("没有你能看到的付款记录", "No payment that you may see is on record").text(language)
    kept, worst = sum(one <= 0 for one in settled), max(settled)
    late = Message(f"，最长晚 {worst} 天", f", at worst {worst} days late") if worst > 0 else Message("", "")
    return Message(
        f"最近 {len(settled)} 笔里 {kept} 笔按时{late.text('zh')}",
        f"{kept} of the last {len(settled)} on time{late.text('en')}",
    ).text(language)


def _payment(entity: str, one: Payment, today: date, language: str) -> PaymentLineView:
    late = one.days_late
    if late is None:
        waits = one.due is not None and one.due > today
        words, tone = (Message("未到期", "Not due") if waits else Message("未付", "Open")).text(language), "neutral"
    elif late <= 0:
        words, tone = Message("按时", "On time").text(language), "success"
    else:
        days = format_days(late, language)
        words, tone = Message(f"晚 {days}", f"{days} late").text(language), "danger" if late > LONG else "warning"
    return PaymentLineView(
        on=short_date(one.due, language, today) if one.due is not None else "—",
        late=min(max(late or 0, 0) / SCALE, 1.0),
        words=words,
        amount=compact_money(Decimal(str(one.amount)), language) if one.amount is not None else "—",
        url=record_link(entity, one.id),
        tone=tone,
    )


def price_view(effect: EffectStake, language: str) -> PriceView:
    """What the price does by itself, or why that cannot be said."""
    badge, tone = _PRICE.get(effect.state, _NO_PRICE)
    words, overlap = effect.words.text(language), effect.overlap.text(language)
    if effect.known and effect.per_point is not None and effect.low is not None and effect.high is not None:
        said = Message(
            f"多让 1 个百分点的折扣，赢单率变化 {effect.per_point:+.1f} 个百分点（区间 {effect.low:+.1f} 到 {effect.high:+.1f}）",
            f"One more point of discount moves the chance to win by {effect.per_point:+.1f} points ({effect.low:+.1f} to {effect.high:+.1f})",
        )
        words = f"{said.text(language)} {words}".strip()
    rows = Message(f"{effect.n:,} 笔成交与丢单", f"{effect.n:,} deals").text(language) if effect.n else ""
    return PriceView(effect.state, badge.text(language), tone, words, " · ".join(one for one in (rows, overlap) if one))
