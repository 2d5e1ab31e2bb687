"""Plan words: a feature plan as sentences that somebody who runs sales understands, each with what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.feature_plans import Feature, FeaturePlan, Fold, Known, Life, Outcome, Raw
from engine.model.formula import Formula
from engine.model.pipelines import Pipeline
from engine.model.trained import Learner
from engine.model.training_plans import TrainingPlan

_FOLDS: Mapping[str, tuple[str, str]] = {
    "count": ("{rows}有多少笔", "how many of {rows}"),
    "sum": ("{rows}的{of}合计", "the sum of {of} over {rows}"),
    "mean": ("{rows}的{of}平均", "the mean of {of} over {rows}"),
    "min": ("{rows}中最小的{of}", "the least {of} of {rows}"),
    "max": ("{rows}中最大的{of}", "the most {of} of {rows}"),
    "share": ("{rows}中{of}的占比", "the share of {rows} with {of}"),
    "distinct": ("{rows}有几种不同的{of}", "how many different {of} among {rows}"),
    "last": ("最近一笔{rows}的{of}", "{of} of the last of {rows}"),
    "days_since": ("距最近一笔{rows}的天数", "the days since the last of {rows}"),
    "trend": (
        "{rows}的{of}：时间窗后一半减前一半",
        "{of} over {rows}: the later half of the window less the earlier",
    ),
}
_SHAPES: Mapping[str, tuple[str, str]] = {
    "number": ("{of}", "{of}"),
    "category": ("{of}", "{of}"),
    "days": ("从决策到{of}的天数", "the days from the decision to {of}"),
    "month": ("{of}的月份", "the month of {of}"),
    "weekday": ("{of}是星期几", "the weekday of {of}"),
    "quarter": ("{of}的季度", "the quarter of {of}"),
    "length": ("{of}的字数", "the length of {of}"),
}
_LEARNERS: Mapping[Learner, tuple[str, str]] = {
    Learner.AUTO: ("提升树与回归中选较准的", "The better one of boosted trees and a regression"),
    Learner.TREES: ("提升树", "Boosted trees"),
    Learner.LOGISTIC: ("回归", "A regression"),
}


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A sentence, what it is about, and the `entity.field`s that it comes from."""

    name: str
    label: Message
    says: Message
    lineage: tuple[str, ...] = ()


def pipeline_words(model: AppModel, pipeline: Pipeline) -> Iterator[PlanLine]:
    """The whole pipeline in words: its plan, how its model is learnt, who puts it live, and the watch over it. One without
    a plan has none."""
    if pipeline.plan is not None:
        yield from plan_words(model, pipeline.plan)
    if pipeline.training is not None:
        yield from _training(model, pipeline.training)


def _training(model: AppModel, training: TrainingPlan) -> Iterator[PlanLine]:
    learnt = training.settings
    zh, en = _LEARNERS[learnt.learner]
    rule = learnt.heuristic
    said = Message(f"{zh}，学出模型「{training.model}」", f'{en}: the model "{training.model}"')
    if rule is not None:
        said = Message(
            f"{said.zh}；与「{rule.column} 高于 {rule.above:g}」并列比较",
            f"{said.en}; beside {rule.column} above {rule.above:g}",
        )
    yield PlanLine(training.node, Message("训练", "Train"), said)
    role = model.roles.get(training.approve_by)
    by = Message("管理员", "an administrator")
    if role is not None:
        by = Message(f"{role.label.text('zh')}或管理员", f"{role.label.text('en')} or an administrator")
    yield PlanLine(
        "deploy", Message("上线", "Deploy"), Message(f"由{by.zh}批准后上线", f"Live once {by.en} approves it")
    )
    if training.watch is not None:
        watch = training.watch
        yield PlanLine(
            "watch",
            Message("监控", "Watch"),
            Message(
                f"每 {watch.days} 天看一次：特征漂移超过 {watch.psi:g}，或新结果上的校准误差超过 {watch.points:g} 个百分点，就提醒批准的人",
                f"Looked at every {watch.days} days: who approves is told when a feature has moved by more than {watch.psi:g}, "
                f"or the calibration error on new outcomes is above {watch.points:g} points",
            ),
        )


def plan_words(model: AppModel, plan: FeaturePlan) -> Iterator[PlanLine]:
    """The plan in words: whose rows and when, each feature, the outcome, what is held out."""
    rows = _entity(model, plan.rows.entity)
    kept = [one.source for one in plan.rows.where]
    said = Message(
        f"每一条{rows.zh}一行，决策时间是 {plan.as_of.source}；只用严格在它之前已知的",
        f"One line for each of {rows.en}, decided at {plan.as_of.source}; only what was known strictly before it",
    )
    only = _only(kept)
    yield PlanLine(plan.node, _label(plan.label.texts), Message(said.zh + only.zh, said.en + only.en))
    for feature in plan.features:
        yield PlanLine(
            feature.name, _label(feature.column.label.texts), _feature(model, plan, feature), feature.lineage
        )
    if plan.outcome is not None:
        label = _label(plan.outcome.label.texts)
        yield PlanLine("label", label, _outcome(model, plan.outcome), plan.outcome.lineage)
    if plan.split is not None:
        share = f"{plan.split.holdout * 100:.0f} %"
        yield PlanLine(
            "split",
            Message("切分", "Split"),
            Message(
                f"最近的 {share} 留作检验，之前空出 {plan.split.gap} 天",
                f"The latest {share} are held out, {plan.split.gap} days before them are left out",
            ),
        )


def _feature(model: AppModel, plan: FeaturePlan, feature: Feature) -> Message:
    if isinstance(feature.value, Fold):
        return _fold(model, feature.value)
    raw = feature.value
    said = _said(_SHAPES[raw.shape], rows=Message("", ""), of=_path(model, plan.rows.entity, raw.formula))
    when = _when(plan, raw)
    return Message(said.zh + when.zh, said.en + when.en)


def _when(plan: FeaturePlan, raw: Raw) -> Message:
    """When the columns of a value are known, where that is not with the row."""
    steps = {one for reference in raw.formula.references for one in reference.split(".")}
    lives = {known for (_, name), known in plan.lives.items() if name in steps and known.life is not Life.START}
    history = Message("（按当时的值；之后才录入的行为空）", " (as it was then; empty for rows that came in later)")
    dated = Message("（{by} 之前为空）", " (empty before {by})")
    zh = "".join(_dated(dated, one).zh if one.life is Life.DATED else history.zh for one in sorted(lives, key=str))
    en = "".join(_dated(dated, one).en if one.life is Life.DATED else history.en for one in sorted(lives, key=str))
    return Message(zh, en)


def _dated(words: Message, known: Known) -> Message:
    return Message(words.zh.format(by=known.by), words.en.format(by=known.by))


def _fold(model: AppModel, fold: Fold) -> Message:
    rows = _entity(model, fold.over.entity)
    of = Message("笔数", "number") if fold.of is None else _path(model, fold.over.entity, fold.of)
    said = _said(_FOLDS[fold.function], rows=rows, of=of)
    tied = " + ".join(f"{pair.fact.source} = {pair.row.source}" for pair in fold.pairs)
    by = Message(f"，同一 {tied}", f", of the same {tied}") if tied else Message("，全公司", ", of the whole company")
    only = _only([*(one.source for one in fold.over.where), *([fold.where.source] if fold.where else [])])
    span = _span(fold)
    return Message(said.zh + by.zh + only.zh + span.zh, said.en + by.en + only.en + span.en)


def _span(fold: Fold) -> Message:
    known = fold.known.source
    if fold.ahead:
        return Message(
            f"，决策起 {fold.days} 天内（按 {known}）", f", within {fold.days} days from the decision (by {known})"
        )
    if fold.days is None:
        return Message(f"，决策前已知（按 {known}）", f", known before the decision (by {known})")
    return Message(
        f"，决策前 {fold.days} 天内已知（按 {known}）",
        f", known in the {fold.days} days before the decision (by {known})",
    )


def _outcome(model: AppModel, outcome: Outcome) -> Message:
    if isinstance(outcome.value, Fold):
        return _fold(model, outcome.value)
    known = outcome.known.source if outcome.known is not None else ""
    what = Message("是否", "Whether") if outcome.event else Message("数值", "The number")
    within = Message("", "")
    if outcome.days is not None:
        beyond = {
            "censored": Message("未知", "unknown"),
            "no": Message("没发生", "a no"),
            "yes": Message("发生", "a yes"),
        }
        late = beyond[outcome.beyond]
        within = Message(
            f"，须在 {outcome.days} 天内，之后的算{late.zh}",
            f", within {outcome.days} days; what comes later is {late.en}",
        )
    return Message(
        f"{what.zh} {outcome.value.source}；到 {known} 才知道，在那之前不算没发生{within.zh}",
        f"{what.en} {outcome.value.source}; known at {known}, before that it is no no{within.en}",
    )


def _only(conditions: list[str]) -> Message:
    listed = "; ".join(conditions)
    return Message(f"，只算 {listed}", f", where {listed}") if listed else Message("", "")


def _said(pattern: tuple[str, str], rows: Message, of: Message) -> Message:
    return Message(pattern[0].format(rows=rows.zh, of=of.zh), pattern[1].format(rows=rows.en, of=of.en))


def _entity(model: AppModel, name: str) -> Message:
    return _label(model.entities[name].label.texts)


def _path(model: AppModel, entity: str, formula: Formula) -> Message:
    """The label of a field, with that of the relation before it; a formula as it is written."""
    steps = tuple(formula.source.split("."))
    found = model.field(entity, steps)
    if found is None:
        return Message(f" {formula.source} ", formula.source)
    label = _label(found.label.texts)
    before = model.field(entity, steps[:-1]) if len(steps) > 1 else None
    if before is None:
        return label
    holder = _label(before.label.texts)
    return Message(f"{holder.zh}的{label.zh}", f"{label.en} of {holder.en}")


def _label(texts: Mapping[str, str]) -> Message:
    first = next(iter(texts.values()), "")
    return Message(texts.get("zh", first), texts.get("en", first))
