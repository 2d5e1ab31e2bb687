"""The words of an effect: whether it was worth it, why nothing can be said, and what to doubt."""

from __future__ import annotations

from decimal import Decimal

from engine.model.effects import LEAST_BEFORE, LEAST_DAYS, Effect, EffectRequest, Lack
from engine.widgets.contract import Scene
from engine.widgets.formats import format_percent


def pick(scene: Scene, zh: str, en: str) -> str:
    return zh if scene.language.startswith("zh") else en


def in_short(rate: Decimal, scene: Scene) -> str:
    return format_percent(rate, scene.language, 0)


def verdict(low: Decimal, high: Decimal, cost: Decimal | None, scene: Scene) -> tuple[str, str]:
    """The tone, and one sentence: the whole interval decides, not its middle."""
    spent = cost or Decimal(0)
    if low > spent:
        return "success", pick(
            scene,
            "划算：就算按区间里最差的一头，多赚的也超过费用",
            "Worth it: even at the low end it earned more than it cost",
        )
    if high < spent:
        return "danger", pick(
            scene,
            "不划算：就算按区间里最好的一头，多赚的也抵不上费用",
            "Not worth it: even at the high end it earned less than it cost",
        )
    return "warning", pick(
        scene,
        "不足以判断赚还是亏：区间里两种可能都有",
        "Cannot be told: the interval holds both a gain and a loss",
    )


def no_verdict(effect: Effect, request: EffectRequest, scene: Scene) -> tuple[str, str]:
    """Why there is no estimate."""
    found = []
    if Lack.FEW_DAYS in effect.lacks:
        seen = max((min(request.until, effect.seen_until) - request.since).days + 1, 0)
        found.append(
            pick(
                scene,
                f"活动只过了 {seen} 个整天，至少要 {LEAST_DAYS} 天",
                f"only {seen} whole days of it have been, {LEAST_DAYS} are needed",
            )
        )
    if Lack.SHORT_BEFORE in effect.lacks:
        found.append(
            pick(
                scene,
                f"活动前没有其他活动的日子只有 {len(effect.baseline)} 天，要 {LEAST_BEFORE} 天且每个星期几至少 2 天",
                f"only {len(effect.baseline)} days before it are free of other events; "
                f"it takes {LEAST_BEFORE}, two of each weekday",
            )
        )
    return "neutral", pick(scene, "不足以判断：", "Cannot be told: ") + pick(scene, "；", "; ").join(found)


def doubts(effect: Effect, request: EffectRequest, scene: Scene) -> list[str]:
    """What the reader should keep in mind, most important first."""
    said = {
        Lack.NO_CONTROL: pick(
            scene,
            "没有对照：你能看到的范围里没有同期不做活动的单元，只和自己过去比，大势涨跌没有扣除",
            "No control: among what you may see no unit was without an event; the general trend is not deducted",
        ),
        Lack.OTHER_EVENT: pick(
            scene,
            "同期还有别的活动，效果分不开",
            "Another event ran at the same time; their effects cannot be told apart",
        ),
        Lack.APART_BEFORE: pick(
            scene,
            "活动开始前一周，与对照的走势已经不一致，结论要打折扣",
            "In the week before it the unit and the control moved apart already: take the result with care",
        ),
        Lack.AFTER_OPEN: pick(
            scene,
            f"结束后 {request.after} 天还没过完，提前购买的回落还没看全",
            f"The {request.after} days after its end are not over: buying ahead may still show",
        ),
        Lack.AFTER_EVENT: pick(
            scene,
            "结束后不久又有活动，之后的日子没有计入",
            "Another event followed soon; the days from then on are left out",
        ),
    }
    return [words for lack, words in said.items() if lack in effect.lacks]
