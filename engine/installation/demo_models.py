"""Models of a demonstration: what its negotiations ask is learnt from its rows while it serves, and put live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.negotiations import Negotiation, PriceEffect
from engine.model.trained import EffectQuestion, TrainingSettings
from engine.runtime.demo.ordering import TEACH
from engine.runtime.identity.users import all_users
from engine.runtime.jobs import Job, enqueue
from engine.runtime.modeling.graphs import MEGABYTES, SECONDS
from engine.runtime.modeling.model_registry import deploy, prove
from engine.runtime.modeling.model_tables import (
    EFFECT_KEY,
    ModelVersion,
    VersionState,
    champion_of,
    run_of,
    version_of,
)
from engine.runtime.modeling.pipeline_trainings import wish_from
from engine.runtime.modeling.trainings import School, TrainingWish, begin_training
from engine.runtime.organisation.contexts import Circumstances, context_for, context_of_person
from engine.runtime.work import Work, Workplace

REASON = Message("演示", "Demonstration")


def order_demo_models(work: Work) -> list[str]:
    """A job for each model and effect that a negotiation asks and nothing answers yet, in the name of somebody of the
    demonstration who may put it live; their names."""
    wishes = {one.model: one for one in _wishes(work.model) if champion_of(work.session, one.model) is None}
    ordered = []
    for wish in wishes.values():
        approver = _approver(work, wish.approve_by)
        if approver is not None:
            run = begin_training(work.under(approver), wish)
            enqueue(work, TEACH, wish.model, {"run": run})
            ordered.append(wish.model.removeprefix(EFFECT_KEY))
    return ordered


def _approver(work: Work, role: str) -> Context | None:
    at = Circumstances(work.context.now, "zh-CN", work.context.zone)
    people = (context_for(work.session, work.model, user, at) for user in all_users(work.session) if user.demo)
    return next((one for one in people if role and role in one.principal.roles), None)


def _wishes(model: AppModel) -> Iterator[TrainingWish]:
    for negotiation in model.negotiations.values():
        learnt = [*_models(model, negotiation)]
        yield from learnt
        effect = negotiation.effect
        if effect is not None and effect.pipeline in model.pipelines and learnt:
            yield effect_wish(model, effect, learnt[0].approve_by)


def _models(model: AppModel, negotiation: Negotiation) -> Iterator[TrainingWish]:
    for asked in (negotiation.win, negotiation.late):
        pipeline = model.pipelines.get(asked.pipeline) if asked is not None else None
        if pipeline is not None and pipeline.training is not None:
            yield wish_from(pipeline)


def effect_wish(model: AppModel, effect: PriceEffect, approve_by: str) -> TrainingWish:
    """What a negotiation wants to know of its price."""
    plan = model.pipelines[effect.pipeline].plan
    question = EffectQuestion(effect.treatment, effect.cluster, tuple(effect.where), effect.recorded)
    entity = plan.rows.entity if plan is not None else ""
    return TrainingWish(
        EFFECT_KEY + effect.name, TrainingSettings(effect=question), effect.pipeline, entity, approve_by
    )


@dataclass(frozen=True, slots=True)
class DemoTeacher:
    """Satisfies engine.installation.job_runner.Outside: learns, checks and puts live; a run that fails keeps why."""

    school: School

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        self.school(workplace, job, now)
        identity = int(str(job.payload["run"]))
        run = workplace.database.read(lambda session: run_of(session, identity))
        number, person = run.version, run.created_by
        if number is None or person is None:
            return
        at = Circumstances(self.school.clock.now(), "zh-CN", self.school.zone)
        context = workplace.database.read(
            lambda session: context_of_person(session, workplace.models.current(), person, at)
        )
        version = workplace.read(context, lambda work: version_of(work.session, run.model, number))
        self.school.worker.call(prove, workplace.data_folder, version, seconds=SECONDS, megabytes=MEGABYTES)
        workplace.write(context, lambda work: _put_live(work, version))


def _put_live(work: Work, version: ModelVersion) -> None:
    """Once: a job that is done again, its process having been stopped at the end, finds it done."""
    if version_of(work.session, version.model, version.number).state is not VersionState.CHAMPION:
        deploy(work, version, f"{REASON.zh} {REASON.en}", despite=True)
