"""Trainings of pipelines: what a pipeline says of the model that is learnt from it, as a wish, and the table it gives."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.feature_plans import FeaturePlan
from engine.model.feature_tables import FeatureTable
from engine.model.pipelines import Pipeline
from engine.model.trained import TrainingSettings
from engine.runtime.modeling.feature_reading import learning_table
from engine.runtime.modeling.trainings import TrainingWish
from engine.runtime.work import Work


class NotTrainable(DougongError):
    """A pipeline that no model can be learnt from; which part it lacks."""

    code = "not_trainable"
    status = 422


def plan_of(model: AppModel, name: str) -> FeaturePlan:
    """The plan of a pipeline. Raises NotTrainable with those that have one."""
    found = model.pipelines.get(name)
    if found is None or found.plan is None:
        known = ", ".join(name for name, one in sorted(model.pipelines.items()) if one.plan is not None) or "—"
        raise NotTrainable(
            Message(
                f"没有带特征的管道「{name}」;可用:{known}",
                f'There is no pipeline "{name}" with features; known: {known}',
            )
        )
    return found.plan


def wish_from(pipeline: Pipeline) -> TrainingWish:
    """What a pipeline with a train node wants. Raises NotTrainable."""
    plan, training = pipeline.plan, pipeline.training
    if plan is None or training is None:
        raise NotTrainable(
            Message(
                f"管道「{pipeline.name}」没有训练节点：加一个 train 节点",
                f'The pipeline "{pipeline.name}" trains nothing: give it a train node',
            )
        )
    return TrainingWish(training.model, training.settings, pipeline.name, plan.rows.entity, training.approve_by)


def wish_with(pipeline: Pipeline, model: str, settings: TrainingSettings, approve_by: str) -> TrainingWish:
    """A wish for a model of another name or learnt in another way than the pipeline says. Raises NotTrainable."""
    plan = pipeline.plan
    if plan is None or plan.outcome is None:
        raise NotTrainable(
            Message(
                f"管道「{pipeline.name}」没有结果可学：加一个 label 节点",
                f'The pipeline "{pipeline.name}" foretells nothing: give it a label node',
            )
        )
    return TrainingWish(model, settings, pipeline.name, plan.rows.entity, approve_by)


def pipeline_of_model(model: AppModel, name: str) -> Pipeline | None:
    """The pipeline that trains a model of this name."""
    return next((one for one in model.pipelines.values() if one.training and one.training.model == name), None)


def pipeline_table(work: Work, name: str) -> FeatureTable:
    """The table of a pipeline as its reader may read it. Raises NotTrainable, ColumnNotReadable."""
    return learning_table(work, plan_of(work.model, name)).table
