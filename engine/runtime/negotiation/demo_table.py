"""The demo table: the sandbox for somebody without an account, on reference figures; nothing is read and nothing is kept."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.negotiation.advice import Advice, Models, advise
from engine.runtime.negotiation.deals import Sums
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.reference_figures import DISCOUNTS, EFFECT, EXAMPLE, FEATURES, USUAL, reference_scorer
from engine.runtime.negotiation.stakes import LeverStake, ModelStake, Stakes, SupportStake

NO_UNIT, DAY, WEEK, MONTH = Message("", ""), Message("天", "days"), Message("周", "weeks"), Message("个月", "months")
SERVICE, HASTE, CAPITAL, FLOOR, LATE_DAYS = 0.002, 0.01, 0.06, 0.05, 45
REACH = 0.75


@dataclass(frozen=True, slots=True)
class DemoField:
    """A field of the demo: what it is called, how it is written (`money`, `percent`, `integer`), and within what."""

    key: str
    label: Message
    unit: Message
    kind: str
    default: float
    low: float
    high: float


FIELDS = (
    DemoField("list_price", Message("目录价", "List price"), Message("元", "CNY"), "money", 1_000_000, 1_000, 1e10),
    DemoField("cost_share", Message("成本占目录价", "Cost of the list price"), NO_UNIT, "percent", 0.62, 0.01, 1),
    DemoField("chance", Message("你估计的赢率", "Your guess of the chance"), NO_UNIT, "percent", 0.45, 0.02, 0.98),
    DemoField("late_share", Message("客户过往逾期占比", "Late payments so far"), NO_UNIT, "percent", 0.2, 0.01, 0.99),
    DemoField("discount", Message("现在的折扣", "Discount now"), NO_UNIT, "percent", 0.05, 0, 0.5),
    DemoField("discount_limit", Message("你能给的最大折扣", "Your largest discount"), NO_UNIT, "percent", 0.15, 0, 0.5),
    DemoField("payment_days", Message("账期", "Payment days"), DAY, "integer", 30, 0, 180),
    DemoField("prepayment", Message("预付比例", "Prepayment"), NO_UNIT, "percent", 0.3, 0, 1),
    DemoField("delivery_weeks", Message("交货周期", "Delivery"), WEEK, "integer", 8, 1, 52),
    DemoField("warranty_months", Message("质保", "Warranty"), MONTH, "integer", 12, 0, 60),
)
"""At most ten."""
TERMS = {
    "price": ("discount", Message("折扣", "Discount"), "price", 1, NO_UNIT, 8, 0.05),
    "payment_days": ("payment_days", FEATURES["payment_days"][0], "payment", 1, DAY, 4, 30.0),
    "prepayment": ("prepayment", FEATURES["prepayment"][0], "prepayment", -1, NO_UNIT, 4, 0.15),
    "delivery_weeks": ("delivery_weeks", FEATURES["delivery_weeks"][0], "delivery", -1, WEEK, 3, 3.0),
    "warranty_months": ("warranty_months", FEATURES["warranty_months"][0], "service", 1, MONTH, 2, 8.0),
}
"""The levers: field, label, part, generous way, unit, values tried, and how far they usually lie apart."""
LIMITS = {"payment_days": 90.0, "prepayment": 0.0, "delivery_weeks": 4.0, "warranty_months": 24.0}
ASKS = (
    Message("本月内签约", "Signs this month"),
    Message("同意作公开案例", "Agrees to be a public reference"),
    Message("签订年度框架协议", "Signs a yearly framework"),
)


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """What the demo says, with the sentence that it is an example."""

    stakes: Stakes
    advice: Advice
    example: Message = EXAMPLE


def demo_fields() -> tuple[DemoField, ...]:
    """What is asked."""
    return FIELDS


def demo_answer(given: Mapping[str, float], offer: Mapping[str, float] | None = None) -> DemoAnswer:
    """The packages of a made-up deal; fields that are not given have their defaults. Raises ValidationFailed."""
    problems = [
        *(_unknown(name) for name in given if name not in {one.key for one in FIELDS}),
        *(
            _outside(one, given[one.key])
            for one in FIELDS
            if not one.low <= given.get(one.key, one.default) <= one.high
        ),
        *(_unknown(name) for name in offer or {} if name not in TERMS),
    ]
    if problems:
        raise ValidationFailed(tuple(problems))
    values = {one.key: float(given.get(one.key, one.default)) for one in FIELDS}
    stakes = _stakes(values)
    models = Models(*(reference_scorer(at, values[name], values) for at, name in enumerate(("chance", "late_share"))))
    asked = None if offer is None else tuple(float(offer.get(one.key, one.now)) for one in stakes.levers)
    return DemoAnswer(stakes, advise(stakes, models, asked))


def _stakes(values: Mapping[str, float]) -> Stakes:
    listed = values["list_price"]
    levers = tuple(_lever(key, values) for key in TERMS)
    line = tuple(values[name] for name in FEATURES)
    row = RowEvidence("", 0, 0, EXAMPLE.zh)
    return Stakes(
        levers,
        Sums(listed, listed * values["cost_share"], listed * SERVICE, CAPITAL, FLOOR, listed * HASTE),
        LATE_DAYS,
        ModelStake("example", 0, "", line, "", row, shares=("prepayment",)),
        ModelStake("example", 0, "", line, "", row, shares=("prepayment",)),
        EFFECT,
        _support(levers),
        (),
        ASKS,
    )


def _lever(key: str, values: Mapping[str, float]) -> LeverStake:
    name, label, part, generous, unit, most, scale = TERMS[key]
    now = values[name]
    seen = (*(DISCOUNTS if key == "price" else USUAL[name]), now)
    limit = values["discount_limit"] if key == "price" else LIMITS[name]
    whole = scale >= 1
    return LeverStake(
        key=key,
        label=label,
        unit=unit,
        kind="integer" if whole else "percent",
        part=part,
        generous=generous,
        now=now,
        limit=max(limit, now) if generous > 0 and key != "price" else min(limit, now) if generous < 0 else limit,
        locked=False,
        low=float(min(seen)),
        high=float(max(seen)),
        steps=() if key == "price" else tuple(float(one) for one in USUAL[name]),
        most=most,
        scale=scale,
        places=0 if whole else 4,
        usual=None,
        win="" if key == "price" else name,
        late="" if key == "price" else name,
    )


def _support(levers: tuple[LeverStake, ...]) -> SupportStake:
    """Terms as they are usual, put together in every way, and those of now."""
    scales = tuple(one.scale for one in levers)
    usual = itertools.product(DISCOUNTS, *(USUAL[TERMS[one.key][0]] for one in levers[1:]))
    rows = (*usual, tuple(one.now for one in levers))
    return SupportStake(
        tuple(tuple(value / scale for value, scale in zip(row, scales, strict=True)) for row in rows), scales, REACH
    )


def _unknown(name: str) -> FieldProblem:
    return FieldProblem(name[:40], "unknown_field", Message("没有这一项", "There is no such field"))


def _outside(field: DemoField, value: float) -> FieldProblem:
    words = f"应在 {field.low:,g} 到 {field.high:,g} 之间", f"must lie between {field.low:,g} and {field.high:,g}"
    return FieldProblem(
        field.key, "out_of_range", Message(f"{field.label.zh}{words[0]}", f"{field.label.en} {words[1]}")
    )
