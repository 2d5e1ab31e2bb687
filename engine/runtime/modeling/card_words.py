"""Cards in words: what a version is good for and how that is known, for somebody who has never trained a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.diagnostics import Message

Card = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a card: its title and sentences."""

    title: Message
    lines: tuple[Message, ...]


def card_words(card: Card, compared: Mapping[str, Any] | None = None) -> tuple[Section, ...]:
    """The card as sections of sentences in both languages; parts of which there is nothing to say are left out."""
    made = [Section(title, tuple(say(card))) for title, say in SECTIONS]
    if compared is not None:
        made.append(Section(Message("与现任版本比较", "Beside the live version"), tuple(_compared(compared))))
    return tuple(one for one in made if one.lines)


def badge_words(badge: Mapping[str, Any] | None) -> Message:
    """The sentence that stands beside every answer: the error always, the claim only where the rows prove it."""
    if badge is None:
        return Message("", "")
    error, rows = f"{badge['ece_pp']:.1f}", badge["rows"]
    said = Message(f"校准误差 {error} 个百分点(n={rows})", f"Calibration error {error} percentage points (n={rows})")
    if badge["claim"]:
        return _joined(said, Message(",平均误差 <±1.8%", ", average error <±1.8 %"))
    if not badge["provable"]:
        return _joined(said, Message(":样本不足,只作排序参考", ": too few rows, use it to rank only"))
    return _joined(said, Message(":误差过大,只作排序参考", ": the error is too large, use it to rank only"))


def _joined(one: Message, other: Message) -> Message:
    return Message(one.zh + other.zh, one.en + other.en)


def _verdict(card: Card) -> list[Message]:
    gain = card["gain"]
    found = [badge_words(card["badge"])] if card.get("badge") else []
    if gain["better"]:
        found.append(
            Message(
                "在较晚的、没有学过的行上,比不用模型更准",
                "On later rows that it had not seen it is truer than no model",
            )
        )
    else:
        found.append(
            Message(
                "在较晚的、没有学过的行上,没有比不用模型更准:不建议上线",
                "On later rows that it had not seen it is no truer than no model: better not deployed",
            )
        )
    return found


def _rows(card: Card) -> list[Message]:
    rows = card["rows"]
    span = (rows["learnt_from"][:10], rows["learnt_to"][:10], rows["held_out_from"][:10], rows["held_out_to"][:10])
    share = card["task"] == "event"
    learnt, held = (_figure(rows[name], share) for name in ("mean_learnt", "mean_held_out"))
    return [
        Message(
            f"学习 {rows['learnt']} 行({span[0]} 至 {span[1]}),平均 {learnt}",
            f"{rows['learnt']} rows to learn from ({span[0]} to {span[1]}), {learnt} on average",
        ),
        Message(
            f"检验 {rows['held_out']} 行({span[2]} 至 {span[3]}),平均 {held}",
            f"{rows['held_out']} rows held out ({span[2]} to {span[3]}), {held} on average",
        ),
    ]


def _figure(value: float, share: bool) -> str:
    return f"{value:.1%}" if share else f"{value:.4g}"


def _truth(card: Card) -> list[Message]:
    badge = card.get("badge")
    if not badge:
        metrics = card["metrics"]
        return [
            Message(
                f"准确率(1−WAPE){metrics['accuracy']:.1%},平均绝对误差 {metrics['mae']:.4g}",
                f"Accuracy (1 − WAPE) {metrics['accuracy']:.1%}, mean absolute error {metrics['mae']:.4g}",
            )
        ]
    low, high = badge["ece_interval_pp"]
    return [
        Message(
            f"预测 {one['predicted']:.1%} 的 {one['rows']} 行里,实际发生 {one['observed']:.1%}",
            f"Of {one['rows']} rows at {one['predicted']:.1%} it happened in {one['observed']:.1%}",
        )
        for one in card["bins"]
    ] + [
        Message(
            f"校准误差的 95% 区间 {low:.1f} 至 {high:.1f} 个百分点;完美模型在这么多行上偶然也会有 {badge['perfect_p95_pp']:.1f}(95% 分位)",
            f"The error lies between {low:.1f} and {high:.1f} points (95 %); a perfect model would show up to {badge['perfect_p95_pp']:.1f} by chance on so many rows (95th percentile)",
        )
    ]


def _order(card: Card) -> list[Message]:
    if card["task"] != "event":
        return []
    area = card["metrics"]["auc"]
    return [
        Message(
            f"任取一行发生的和一行未发生的,{area:.0%} 的时候前者分数更高(AUC {area:.3f})",
            f"Of a row where it happened and one where it did not, the former scores higher {area:.0%} of the time (AUC {area:.3f})",
        )
    ]


def _beside(card: Card) -> list[Message]:
    event = card["task"] == "event"
    name, key = ("Brier", "brier") if event else ("1−WAPE", "accuracy")
    own = card["metrics"][key]
    found = [Message(f"本模型:{name} {own:.4f}", f"This model: {name} {own:.4f}")]
    for one in card["baselines"]:
        words = one["words"]
        found.append(Message(f"{words['zh']}:{name} {one[key]:.4f}", f"{words['en']}: {name} {one[key]:.4f}"))
    return found


def _doubt(card: Card) -> list[Message]:
    interval = card["interval"]
    if interval["kind"] == "venn_abers":
        width, most, held = interval["mean_width_pp"], interval["p95_width_pp"], interval["bins_held"]
        return [
            Message(
                f"每个概率附区间,平均宽 {width:.2f} 个百分点(95% 分位 {most:.2f});{held:.0%} 的分段实际比例落在区间内。这是概率本身的把握,不是单笔结果的把握",
                f"Each chance has an interval, {width:.2f} points wide on average (95th percentile {most:.2f}); in {held:.0%} of the bins the observed rate lies in it. It is the doubt of the chance, not of one outcome",
            )
        ]
    return [
        Message(
            f"{interval['level']:.0%} 区间:检验行有 {interval['coverage']:.1%} 落在区间内,平均半宽 {interval['mean_half']:.4g}",
            f"{interval['level']:.0%} intervals: {interval['coverage']:.1%} of the held-out rows lie in theirs, half-width {interval['mean_half']:.4g} on average",
        )
    ]


def _domain(card: Card) -> list[Message]:
    found = []
    for one in card["columns"]:
        zh, en = _label(one, "zh"), _label(one, "en")
        if one["kind"] == "number":
            found.append(
                Message(f"{zh}:{one['low']:.6g} 至 {one['high']:.6g}", f"{en}: {one['low']:.6g} to {one['high']:.6g}")
            )
        else:
            words = _few(one["words"])
            found.append(Message(f"{zh}:{words}", f"{en}: {words}"))
    return [
        Message("超出以下范围的行不作答:", "Rows outside of this are not answered:"),
        *found,
    ]


def _label(column: Mapping[str, Any], language: str) -> str:
    return str(column["label"].get(language) or column["name"])


def _few(words: Sequence[str], most: int = 8) -> str:
    return "、".join(words[:most]) + (f" …({len(words)})" if len(words) > most else "")


def _drivers(card: Card) -> list[Message]:
    return [
        Message(
            f"{one['group']}:打乱后平方误差增加 {one['worse']:.5f}",
            f"{one['group']}: shuffled, the squared error rises by {one['worse']:.5f}",
        )
        for one in card["drivers"]
        if one["worse"] > 0
    ][:8]


def _units(card: Card) -> list[Message]:
    units = card["units"]
    if not units:
        return []
    apart = [one for one in units if one["apart"]]
    share = card["task"] == "event"
    if not apart:
        return [
            Message(
                f"{len(units)} 个单位的预测与实际平均没有超出偶然的差别",
                f"In {len(units)} units what was said and what happened differ by no more than chance",
            )
        ]
    return [
        Message(
            f"单位 {one['unit']}({one['rows']} 行):预测平均 {_figure(one['predicted'], share)},实际 {_figure(one['observed'], share)},超出偶然",
            f"Unit {one['unit']} ({one['rows']} rows): {_figure(one['predicted'], share)} said, {_figure(one['observed'], share)} seen, more than chance",
        )
        for one in apart
    ]


def _remarks(card: Card) -> list[Message]:
    return [Message(one["zh"], one["en"]) for one in card["remarks"]]


def _origin(card: Card) -> list[Message]:
    parity, versions = card["parity"], ", ".join(f"{name} {one}" for name, one in sorted(card["versions"].items()))
    method = card["calibration"]["method"] if card["calibration"] else "—"
    return [
        Message(f"学习方法 {card['learner']},校准 {method}", f"Learner {card['learner']}, calibration {method}"),
        Message(
            f"文件与训练器逐行一致:{parity['rows']} 行,最大差 {parity['largest_difference']:.1e}",
            f"The file answers as its trainer: {parity['rows']} rows, largest difference {parity['largest_difference']:.1e}",
        ),
        Message(f"数据 SHA-256 {card['data_sha256']}", f"Data SHA-256 {card['data_sha256']}"),
        Message(
            f"文件 SHA-256 {card['onnx_sha256']}({card['onnx_bytes'] / 1024:.0f} KiB)",
            f"File SHA-256 {card['onnx_sha256']} ({card['onnx_bytes'] / 1024:.0f} KiB)",
        ),
        Message(versions, versions),
    ]


def _compared(compared: Mapping[str, Any]) -> list[Message]:
    number = compared["champion_number"]
    if not compared.get("same_rows"):
        return [
            Message(
                f"与版本 {number} 所需的列不同,或较晚的行太少,无法在同一批行上比较",
                f"Version {number} needs other columns, or there are too few later rows: they cannot be compared",
            )
        ]
    low, high = compared["interval"]
    verdict = (
        Message("更准", "truer")
        if compared["better"]
        else Message("更差", "less true")
        if compared["worse"]
        else Message("看不出差别", "no different as far as can be told")
    )
    return [
        Message(
            f"同样 {compared['rows']} 行上,比版本 {number}{verdict.zh}:平方误差减少 {compared['gain']:.5f}(95% 区间 {low:.5f} 至 {high:.5f})",
            f"On the same {compared['rows']} rows it is {verdict.en} than version {number}: squared error smaller by {compared['gain']:.5f} (95 %: {low:.5f} to {high:.5f})",
        )
    ]


SECTIONS: tuple[tuple[Message, Callable[[Card], list[Message]]], ...] = (
    (Message("结论", "In short"), _verdict),
    (Message("数据", "Rows"), _rows),
    (Message("说的与发生的", "What was said and what happened"), _truth),
    (Message("排序", "Order"), _order),
    (Message("与不用模型比较", "Beside no model"), _beside),
    (Message("区间", "Intervals"), _doubt),
    (Message("依据", "What it goes by"), _drivers),
    (Message("各单位", "Units"), _units),
    (Message("适用范围", "Domain"), _domain),
    (Message("提示", "Remarks"), _remarks),
    (Message("来源", "Origin"), _origin),
)
