"""Effects in words: for somebody who decides on a discount, and never more than the checks allow to be said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.diagnostics import Message
from engine.runtime.modeling.card_words import Section

Card = Mapping[str, Any]
Interval = tuple[float | None, float | None, float | None]
GRADES = {
    "sound": Message("可用", "usable"),
    "careful": Message("谨慎", "with care"),
    "unusable": Message("不可用", "not usable"),
}
STATES = {
    "too_few": Message("不足以判断", "too few to judge"),
    "sign_alarm": Message("符号异常", "sign alarm"),
    "unusable": Message("不可用", "not usable"),
}
TRIALS = {
    "placebo": Message(
        "安慰剂:把折扣随机打乱后,应当看不出作用", "Placebo: discounts dealt out by lot should show nothing"
    ),
    "random_cause": Message(
        "随机因素:加一列随机数,结果应当不变", "Random cause: a column of noise should change nothing"
    ),
    "halves": Message(
        "半样本:两半客户各算一次,应当相近", "Halves: each half of the customers should say about the same"
    ),
    "lead": Message("未来价格:下一次的折扣不应作用于这一次", "Lead: the next discount should not work on this deal"),
    "robustness": Message(
        "稳健值:没有记录的原因要多强才能推翻结果", "Robustness: how strong an unrecorded cause would have to be"
    ),
}
CERTIFIES_NOTHING = Message(
    "以上检查都通过也不能证明没有遗漏的原因,只有如实记录折扣理由或随机试验能做到",
    "That all checks pass does not prove that no cause is missing; only recorded reasons or chance can",
)
Words = list[Message]


def no_effect_sentence() -> Message:
    return Message(
        "尚无上线的价格弹性估计,价格不参与成交概率的变化",
        "No estimate of the price's effect is live: the price does not move the probability",
    )


def effect_sentence(card: Card, state: str, said: Interval, n: int) -> Message:
    """What a card says of all rows, or of a cell."""
    value, low, high = said
    if state == "sign_alarm":
        return Message(
            f"符号异常(n={n}):数据里折扣越大成交越少,多半有没有记录的原因(如竞品在场)。不显示数值,请补录折扣理由,先参考相似合同的区间",
            f"Sign alarm (n={n}): in these rows larger discounts go with fewer deals, so a cause is probably not recorded "
            "(a competitor, say). No number is shown: record the reasons, and go by similar contracts",
        )
    if state == "too_few":
        return Message(f"不足以判断(n={n})", f"Too few to judge (n={n})")
    if state == "unusable" or value is None or low is None or high is None:
        return Message(
            f"不可用(n={n}):没有通过自己的检查,不显示数值",
            f"Not usable (n={n}): it did not pass its own checks, no number is shown",
        )
    level = f"{card['interval'] * 100:g}"
    step, figures = _step(card), f"{value * 100:+.1f}"
    span = f"{low * 100:+.1f} ~ {high * 100:+.1f}"
    if low <= 0:
        return Message(
            f"可比报价之间的差别,方向还不能确定:折扣每多 {step} 个百分点,成交概率相差 {figures} 个百分点({level}% 区间 {span} 含零,n={n})",
            f"Difference between comparable quotes, its direction not certain: with {step} point more of discount the share "
            f"won differs by {figures} points ({level} % interval {span} holds zero, n={n})",
        )
    if card["grade"] == "sound":
        return Message(
            f"估计的因果影响:折扣每多 {step} 个百分点,成交概率 {figures} 个百分点({level}% 区间 {span},n={n})",
            f"Estimated causal effect: {step} point more of discount changes the chance to win by {figures} points "
            f"({level} % interval {span}, n={n})",
        )
    return Message(
        f"可比报价之间的差别(谨慎):折扣每多 {step} 个百分点,成交概率相差 {figures} 个百分点({level}% 区间 {span},n={n})",
        f"Difference between comparable quotes (with care): with {step} point more of discount the share won differs by "
        f"{figures} points ({level} % interval {span}, n={n})",
    )


def overlap_sentence(card: Card) -> Message:
    """How much discounts differ among deals that are alike."""
    found = card["overlap"]
    spread, explained = f"{found['spread']:.1f}", f"{found['explained']:.0%}"
    said = Message(
        f"可比报价之间折扣还相差约 ±{spread} 个百分点;折扣的差异有 {explained} 由已知情况决定",
        f"Among comparable quotes discounts still differ by about ±{spread} points; {explained} of their variance is given "
        "by what is known",
    )
    if not found["thin"]:
        return said
    return Message(said.zh + ":可比的报价太少,不可用", said.en + ": too few comparable quotes, not usable")


def effect_words(card: Card) -> tuple[Section, ...]:
    """The card of an effect as sections of sentences."""
    whole = effect_sentence(card, card["state"], (card["value"], card["low"], card["high"]), card["rows"]["learnt"])
    grade = GRADES[card["grade"]]
    verdict = Message(f"结论:{grade.zh}", f"Verdict: {grade.en}")
    return (
        Section(Message("结论", "Verdict"), (verdict, whole)),
        Section(Message("数据", "Rows"), tuple(_rows(card))),
        Section(Message("重叠", "Overlap"), (overlap_sentence(card),)),
        Section(Message("折扣理由", "Reasons"), (_reasons(card),)),
        Section(Message("检查", "Checks"), (*(_trial(one, card) for one in card["trials"]), CERTIFIES_NOTHING)),
        Section(Message("分区域、分客群", "By region and segment"), tuple(_cell(one, card) for one in card["cells"])),
    )


def _step(card: Card) -> str:
    return f"{card['question']['step'] * 100:g}"


def _rows(card: Card) -> Words:
    rows = card["rows"]
    first, last = rows["learnt_from"][:10], rows["learnt_to"][:10]
    names = ", ".join(card["covariates"])
    return [
        Message(
            f"{rows['learnt']} 行,{rows['clusters']} 个客户,{first} 至 {last},成交 {rows['outcome_share']:.0%}",
            f"{rows['learnt']} rows of {rows['clusters']} customers, {first} to {last}, {rows['outcome_share']:.0%} won",
        ),
        Message(f"对照用的列:{names}", f"Compared by: {names}"),
    ]


def _reasons(card: Card) -> Message:
    found = card["reasons"]
    share = found["missing_share"]
    if share is None:
        return Message(
            "没有记录为什么给折扣:结果只能谨慎看待,请在报价上选择折扣理由",
            "Why discounts were given is not recorded: take the result with care, and choose reasons on quotes",
        )
    treated = found["treated"]
    return Message(
        f"给了折扣的 {treated} 行里,{share:.0%} 没有理由",
        f"Of {treated} rows with a discount {share:.0%} have no reason",
    )


def _trial(trial: Card, card: Card) -> Message:
    said, grade = TRIALS[trial["name"]], GRADES[trial["grade"]]
    figures = _figures(trial, float(card["question"]["step"]) * 100)
    return Message(f"{said.zh} → {grade.zh}{figures.zh}", f"{said.en} → {grade.en}{figures.en}")


def _figures(trial: Card, scale: float) -> Message:
    found = {name: value * scale for name, value in trial["figures"].items() if name not in {"share", "rows"}}
    if "error" in found:
        span = f"{found['value']:+.2f} ± {found['error']:.2f}"
        return Message(f"({span} 个百分点)", f" ({span} points)")
    if "one" in found:
        pair = f"{found['one']:+.2f} / {found['other']:+.2f}"
        return Message(f"({pair} 个百分点)", f" ({pair} points)")
    if "moved" in found:
        return Message(f"(变动 {found['moved']:+.2f} 个百分点)", f" (moved by {found['moved']:+.2f} points)")
    if "share" in trial["figures"]:
        share = f"{trial['figures']['share']:.1%}"
        return Message(f"(要解释剩余差异的 {share})", f" ({share} of what is left of both)")
    return Message("", "")


def _cell(cell: Card, card: Card) -> Message:
    where = " × ".join(str(value) for value in cell["where"].values())
    state = cell["state"]
    if state == "known":
        span = f"{cell['value'] * 100:+.1f} ({cell['low'] * 100:+.1f} ~ {cell['high'] * 100:+.1f})"
        return Message(f"{where}:{span} 个百分点,n={cell['n']}", f"{where}: {span} points, n={cell['n']}")
    said = STATES[state]
    return Message(f"{where}:{said.zh},n={cell['n']}", f"{where}: {said.en}, n={cell['n']}")
