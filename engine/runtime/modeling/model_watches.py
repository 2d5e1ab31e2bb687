"""Watches over live models: now and then, new rows are put beside those that a model learnt from, and whoever approves it is
told when they have moved or its answers are no longer true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from engine.diagnostics import Message
from engine.extensions import Clock
from engine.model.context import Context, Principal
from engine.model.errors import Forbidden
from engine.model.feature_plans import FeaturePlan
from engine.model.feature_tables import FeatureTable
from engine.model.pipelines import Pipeline
from engine.model.training_plans import TrainingPlan, Watch
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.jobs import Job, enqueue
from engine.runtime.modeling.feature_reading import learning_table
from engine.runtime.modeling.feature_rights import ColumnNotReadable
from engine.runtime.modeling.model_files import graph_bytes
from engine.runtime.modeling.model_tables import ModelAct, ModelVersion, add_act, champion_of
from engine.runtime.modeling.schooling import watch
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.notices import tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.readers import context_of_reader
from engine.runtime.notifying.telling import Telling
from engine.runtime.organisation.contexts import Circumstances, context_of_person
from engine.runtime.organisation.standings import holders_of
from engine.runtime.work import Work, Workplace
from engine.runtime.workers import Workers

WATCH = "watch_model"
ALARMED = "alarmed"
SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class ModelClock:
    """Orders a look at each live model whose pipeline says so, when its days are over."""

    workplace: Workplace
    zone: str

    def look(self, now: datetime) -> int:
        """Order what it is time for; how many looks were ordered."""
        context = Context(Principal(0, WATCH, frozenset(), service=WATCH), now, zone=self.zone, cause=WATCH)
        due = self.workplace.read(context, self._due)
        return self.workplace.write(context, partial(self._order, due)) if due else 0

    def _due(self, work: Work) -> list[str]:
        return [
            name
            for name, one in sorted(work.model.pipelines.items())
            if one.training is not None and _is_due(work, name, one.training)
        ]

    def _order(self, due: Sequence[str], work: Work) -> int:
        for name in due:
            enqueue(work, WATCH, name, {"pipeline": name})
            remember_moment(work.session, _moment(name), work.context.now)
        return len(due)


def _moment(pipeline: str) -> str:
    return f"model:{pipeline}"


def _is_due(work: Work, pipeline: str, training: TrainingPlan) -> bool:
    live = champion_of(work.session, training.model) if training.watch is not None else None
    if live is None or training.watch is None:
        return False
    since = max([live.created_at, *filter(None, [last_moment(work.session, _moment(pipeline))])])
    return work.context.now - since >= timedelta(days=training.watch.days)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw: new rows, columns that moved with their PSI, and the calibration error where it is too large."""

    rows: int
    outcomes: int
    moved: tuple[tuple[str, float], ...]
    error: float | None

    @property
    def alarming(self) -> bool:
        return bool(self.moved) or self.error is not None


@dataclass(frozen=True, slots=True)
class ModelWatcher:
    """Looks at a live model with the rights of who had it learnt, in the child of `worker`."""

    worker: Workers
    clock: Clock
    zone: str
    megabytes: int

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """Satisfies engine.installation.job_runner.Outside."""
        name = str(job.payload["pipeline"])
        pipeline = workplace.models.current().pipelines.get(name)
        if pipeline is None or pipeline.plan is None or pipeline.training is None or pipeline.training.watch is None:
            return
        training, bounds = pipeline.training, pipeline.training.watch
        service = Context(Principal(0, WATCH, frozenset(), service=WATCH), now, zone=self.zone, cause=WATCH)
        live = workplace.read(service, lambda work: champion_of(work.session, training.model))
        if live is None or live.created_by is None:
            return
        try:
            seen = self._seen(workplace, pipeline.plan, live, bounds)
        except (Forbidden, ColumnNotReadable) as error:
            workplace.write(service, partial(_alarm, pipeline, live, _blind(live, error.message)))
            return
        if seen.alarming:
            workplace.write(service, partial(_alarm, pipeline, live, _words(pipeline, live, seen)))

    def _seen(self, workplace: Workplace, plan: FeaturePlan, live: ModelVersion, bounds: Watch) -> Seen:
        person = live.created_by or 0
        at = Circumstances(self.clock.now(), "zh-CN", self.zone)
        context = workplace.database.read(
            lambda session: context_of_person(session, workplace.models.current(), person, at)
        )
        plans = (replace(plan, outcome=None, split=None), replace(plan, split=None))
        tables = [workplace.read(context, partial(_table, one)) for one in plans]
        fresh, known = (_since(one, live.created_at) for one in tables)
        content = graph_bytes(workplace.data_folder, live.content_hash)
        drift = self._watched(content, live.card, fresh) if fresh.keys else {}
        truth = self._watched(content, live.card, known) if len(known.keys) >= bounds.outcomes else {}
        columns = drift.get("columns", ())
        assert isinstance(columns, Sequence)
        moved = tuple((str(one["column"]), float(one["psi"])) for one in columns if float(one["psi"]) > bounds.psi)
        return Seen(len(fresh.keys), len(known.keys), moved, _error(truth, bounds))

    def _watched(self, content: bytes, card: Mapping[str, object], table: FeatureTable) -> Mapping[str, object]:
        found = self.worker.call(watch, content, card, table, seconds=SECONDS, megabytes=self.megabytes)
        assert isinstance(found, Mapping)
        return found


def _table(plan: FeaturePlan, work: Work) -> FeatureTable:
    return learning_table(work, plan).table


def _since(table: FeatureTable, moment: datetime) -> FeatureTable:
    """The lines that were decided on after a moment."""
    kept = [at for at, decided in enumerate(table.at) if decided >= moment]
    return replace(
        table,
        keys=tuple(table.keys[at] for at in kept),
        at=tuple(table.at[at] for at in kept),
        units=tuple(table.units[at] for at in kept),
        values=tuple(tuple(column[at] for at in kept) for column in table.values),
        target=None if table.target is None else tuple(table.target[at] for at in kept),
        held_out=tuple(table.held_out[at] for at in kept),
    )


def _error(truth: Mapping[str, object], bounds: Watch) -> float | None:
    """The calibration error on new outcomes, where it is above the bound and above what chance alone would show."""
    known = truth.get("truth")
    if not isinstance(known, Mapping):
        return None
    error, by_chance = float(str(known["ece_pp"])), float(str(known["perfect_p95_pp"]))
    return error if error > max(bounds.points, by_chance) else None


def _alarm(pipeline: Pipeline, live: ModelVersion, words: Message, work: Work) -> None:
    """Into the history of the model, and to everybody who may put another version live."""
    assert pipeline.training is not None
    act = ModelAct(live.model, live.number, ALARMED, live.number, words.zh, work.context.now, None)
    add_act(work.session, work.ids.next(), act)
    for person in _approvers(work, pipeline.training):
        context = context_of_reader(work, person)
        label = pipeline.label.text(context.language)
        title = Message(f"模型「{label}」该看一看了", f'The model "{label}" wants a look').text(context.language)
        link = f"/designer/pipeline/{pipeline.place.file}" if context.principal.designer else "/inbox"
        tell(work, (person.id,), Telling(NoticeKind.MODEL.value, title, words.text(context.language), "", 0, link))


def _approvers(work: Work, training: TrainingPlan) -> list[User]:
    """Who holds the role that approves and may sign in; where nobody does, administrators."""
    found = _holders(work, training.approve_by) if training.approve_by else []
    if found:
        return found
    return [one for name, role in work.model.roles.items() if role.administers for one in _holders(work, name)]


def _holders(work: Work, role: str) -> list[User]:
    people = (user_by_id(work.session, one) for one in holders_of(work.session, work.model, work.context.today, role))
    return [one for one in people if one is not None and not one.disabled]


def _blind(live: ModelVersion, why: Message) -> Message:
    """No rows can be looked at with the rights of who had the version learnt: what to do is to have another one learnt."""
    return Message(
        f"在用的版本 {live.number} 无法再监控：{why.zh}。请由能读全部列的人再训练一版并上线",
        f"The live version {live.number} can be watched no longer: {why.en}. Let somebody who reads all of its columns train "
        "another version, and put that live",
    )


def _words(pipeline: Pipeline, live: ModelVersion, seen: Seen) -> Message:
    """What was seen and what to do: train another version on what is known now, and put it beside this one."""
    labels = {one.name: one.label for one in pipeline.plan.columns} if pipeline.plan is not None else {}
    said: list[Message] = []
    if seen.moved:
        told = seen.moved[:5]
        zh = "、".join(f"{labels[name].text('zh') or name}（PSI {psi:.2f}）" for name, psi in told)
        en = ", ".join(f"{labels[name].text('en') or name} (PSI {psi:.2f})" for name, psi in told)
        said.append(
            Message(f"{seen.rows} 行新数据中，{zh}与学习时明显不同", f"In {seen.rows} new rows these have moved: {en}")
        )
    if seen.error is not None:
        said.append(
            Message(
                f"{seen.outcomes} 个新结果上的校准误差为 {seen.error:.1f} 个百分点",
                f"On {seen.outcomes} new outcomes the calibration error is {seen.error:.1f} points",
            )
        )
    return Message(
        "；".join(one.zh for one in said)
        + f"。建议核对新结果的标签，再训练一版，与在用的版本 {live.number} 在同一批较晚的行上比较",
        "; ".join(one.en for one in said)
        + f". Check the labels of the new outcomes, train another version, and put it beside version {live.number} on the same later rows",
    )
