"""Training plans: what the nodes behind a pipeline's split say of how its model is learnt and who puts it live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from engine.dsl.part import Part
from engine.dsl.pipeline_flows import PipelineReading
from engine.dsl.suggestions import listed, suggestion
from engine.model.feature_plans import FeaturePlan
from engine.model.trained import Calibration, Heuristic, Learner, TrainingSettings
from engine.model.training_plans import TrainingPlan, Watch

_KINDS = {"number": ("数值", "number"), "category": ("类别", "category")}


def training_plan(reading: PipelineReading, plan: FeaturePlan | None) -> TrainingPlan | None:
    """How the model of a pipeline is learnt; None where nothing trains, or where that means nothing, which is told."""
    for kind in ("train", "deploy"):
        nodes = reading.of_kind(kind)
        for other in nodes[1:]:
            reading.problems.append(other.problem("E570", "node", first=nodes[0].id))
    node = next(iter(reading.of_kind("train")), None)
    if node is None or reading.problems:
        return None
    if plan is None or plan.outcome is None or plan.split is None:
        reading.problems.append(node.problem("E558", "node", name=node.id))
        return None
    settings = reading.settings(node)
    learnt = _settings(reading, settings, plan)
    deploy = next((one for one in reading.of_kind("deploy") if node.id in set(reading.before(one.id))), None)
    live = reading.settings(deploy) if deploy is not None else None
    return TrainingPlan(
        node=node.id,
        model=settings.text("model", reading.part.name),
        settings=learnt,
        approve_by=live.text("approve_by") if live is not None else "",
        watch=_watch(live.inner("watch")) if live is not None and live.has("watch") else None,
    )


def _settings(reading: PipelineReading, given: Part, plan: FeaturePlan) -> TrainingSettings:
    usual = TrainingSettings()
    assert plan.outcome is not None
    made = TrainingSettings(
        task="event" if plan.outcome.event else "number",
        learner=next((one for one in Learner if one == given.text("learner")), usual.learner),
        calibrate=next((one for one in Calibration if one == given.text("calibrate")), usual.calibrate),
        interval=_number(given, "interval", usual.interval),
        trees=given.whole("trees", usual.trees),
        reweigh=given.flag("reweigh"),
        group_by=given.text("group_by"),
    )
    if given.has("group_by"):
        _check_feature(reading, given, "group_by", plan, "category")
    if not given.has("heuristic"):
        return made
    rule = given.inner("heuristic")
    _check_feature(reading, rule, "column", plan, "number")
    return replace(made, heuristic=Heuristic(rule.text("column"), _number(rule, "above", 0.0)))


def _check_feature(reading: PipelineReading, part: Part, key: str, plan: FeaturePlan, kind: str) -> None:
    """A setting names a feature of the pipeline that is of a kind."""
    known: Sequence[str] = [one.name for one in plan.columns if one.kind == kind]
    name, (zh, en) = part.text(key), _KINDS[kind]
    if name not in known:
        hint = suggestion(name, known) if known else None
        reading.problems.append(
            part.problem("E559", key, hint=hint, name=name, kind_zh=zh, kind_en=en, allowed=listed(known) or "—")
        )


def _watch(given: Part) -> Watch:
    usual = Watch()
    return Watch(
        days=given.inner("every").count("days") or usual.days,
        psi=_number(given, "psi", usual.psi),
        points=_number(given, "points", usual.points),
        outcomes=given.whole("outcomes", usual.outcomes),
    )


def _number(part: Part, key: str, usual: float) -> float:
    found = part.value.get(key)
    return float(found) if isinstance(found, int | float | Decimal) and not isinstance(found, bool) else usual
