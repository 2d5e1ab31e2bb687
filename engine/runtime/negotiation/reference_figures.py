"""Reference figures: an example of how a trade answers to terms, for whoever tries the sandbox without data of their own.

They are made up to be plausible, learnt from nobody, and said to be an example wherever they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from engine.diagnostics import Message
from engine.runtime.modeling.graphs import Cells, Floats, Texts
from engine.runtime.modeling.scoring import Scorer
from engine.runtime.negotiation.stakes import EffectStake

EXAMPLE = Message(
    "这是示例：用随产品附带的参考数字计算，不是你的数据，也不保存你填的内容",
    "This is an example: worked out from reference figures that come with the product, not from your data; what you "
    "enter is not kept",
)
FEATURES: Mapping[str, tuple[Message, tuple[float, float], float, float]] = {
    "payment_days": (Message("账期", "Payment days"), (0, 180), 0.010, 0.012),
    "prepayment": (Message("预付比例", "Prepayment"), (0, 1), -1.4, -1.5),
    "delivery_weeks": (Message("交货周期", "Delivery"), (1, 52), -0.07, 0.0),
    "warranty_months": (Message("质保", "Warranty"), (0, 60), 0.02, 0.0),
}
"""Each term with its range, and what a unit of it adds to the logarithm of the odds of winning and of paying late."""
USUAL = {
    "payment_days": (30, 60, 90),
    "prepayment": (0.0, 0.2, 0.3, 0.5),
    "delivery_weeks": (4, 8, 12),
    "warranty_months": (12, 24),
}
DISCOUNTS = (0.0, 0.05, 0.10, 0.15, 0.20)
EFFECT = EffectStake(
    "known",
    1.4,
    0.9,
    1.9,
    0,
    Message("示例：多让 1 个点，赢率约 +1.4 个百分点", "Example: a point more, about +1.4 points of chance"),
    EXAMPLE,
)
SHARES = (0.0, 0.33, 0.67, 1.0)


@dataclass
class ReferenceCurve:
    """Satisfies engine.runtime.modeling.graphs.Graph: a logistic curve over the terms."""

    weights: Floats
    bias: float
    inputs: Sequence[tuple[str, str]] = (("numbers", "tensor(double)"),)
    outputs: Sequence[tuple[str, str]] = (("raw", "tensor(double)"), ("value", "tensor(double)"))

    def run(self, texts: Texts, numbers: Floats) -> Cells:
        raw = numbers @ self.weights + self.bias
        return numpy.stack([raw, 1.0 / (1.0 + numpy.exp(-raw))], axis=1)


def reference_scorer(which: int, chance: float, terms: Mapping[str, float]) -> Scorer:
    """The curve of winning (0) or of paying late (1) that gives `chance` at these terms."""
    names = tuple(FEATURES)
    weights = numpy.array([FEATURES[name][2 + which] for name in names])
    odds = float(numpy.log(chance / (1.0 - chance)))
    bias = odds - float(weights @ numpy.array([terms[name] for name in names]))
    return Scorer(_card(names), ReferenceCurve(weights, bias))


def _card(names: Sequence[str]) -> Mapping[str, object]:
    columns = []
    for name in names:
        label, (low, high), _, _ = FEATURES[name]
        usual = USUAL[name]
        columns.append(
            {
                "name": name,
                "label": {"zh": label.zh, "en": label.en},
                "kind": "number",
                "group": name,
                "missing": False,
                "low": low,
                "high": high,
                "typical": float(usual[len(usual) // 2]),
            }
        )
    background = [[float(numpy.quantile(USUAL[name], share)) for share in SHARES] for name in names]
    return {
        "columns": columns,
        "interval": {"kind": "example", "scores": [-4.0, 4.0], "lower": [0.0, 0.9], "upper": [0.1, 1.0]},
        "settings": {},
        "drivers": [{"group": name} for name in names],
        "background": {"categories": [], "numbers": background},
    }
