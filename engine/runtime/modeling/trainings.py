"""Trainings: runs as durable jobs in a child of their own, told of while they run, stopped when somebody says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial

from engine.diagnostics import DougongError, Message
from engine.extensions import Clock
from engine.model.context import Context, Principal
from engine.model.feature_tables import FeatureTable
from engine.model.names import is_name
from engine.model.trained import (
    Calibration,
    EffectQuestion,
    Heuristic,
    Learner,
    TrainingOrder,
    TrainingSettings,
    TrainingStage,
)
from engine.runtime.jobs import Job, enqueue, hold
from engine.runtime.modeling.model_files import (
    drop_waiting,
    graph_bytes,
    keep_effect,
    keep_model,
    put_aside,
    taken_up,
)
from engine.runtime.modeling.model_tables import (
    EFFECT_KEY,
    ModelAct,
    ModelVersion,
    RunState,
    TrainingRun,
    VersionState,
    add_act,
    add_run,
    add_version,
    champion_of,
    end_run,
    is_under_way,
    next_number,
    note_progress,
    note_version,
    run_of,
)
from engine.runtime.modeling.schooling import Champion, Taught, plain, teach
from engine.runtime.organisation.contexts import Circumstances, context_of_person
from engine.runtime.work import Work, Workplace
from engine.runtime.worker_child import Given
from engine.runtime.workers import WorkerFailed, Workers

TRAIN = "train_model"
SECONDS = 3_600.0
BREATH, HOLD = 1.0, 10.0
"""Seconds between two looks at whether a run was stopped, and between two renewals of its claim."""
BASE_MEGABYTES, BYTES_OF_A_CELL = 700, 160
"""What the libraries take, and what a cell takes on its way into a model (measured)."""
Heard = Callable[[TrainingStage, float], None]


class TooManyRows(DougongError):
    """A table that does not fit into the memory that training may take."""

    code = "too_many_rows"
    status = 422

    def __init__(self, rows: int, fitting: int, megabytes: int) -> None:
        super().__init__(
            Message(
                f"{rows} 行超出训练内存上限 {megabytes} MB,大约可容纳 {fitting} 行。请缩短时间范围、减少特征,或调大 DOUGONG_TRAIN_MEMORY",
                f"{rows} rows do not fit into the {megabytes} MB that training may take; about {fitting} do. "
                "Take a shorter time span or fewer features, or raise DOUGONG_TRAIN_MEMORY",
            )
        )


class BadModelName(DougongError):
    """A model's name is none."""

    code = "bad_model_name"
    status = 422

    def __init__(self) -> None:
        zh, en = (
            "模型名以小写字母开头,只含小写字母、数字和下划线",
            "A model's name begins with a lower-case letter and holds lower-case letters, digits and underscores",
        )
        super().__init__(Message(zh, en))


class Cancelled(Exception):
    """Somebody stopped the run, or it is over."""


@dataclass(frozen=True, slots=True)
class TrainingWish:
    """What somebody wants: a model learnt from rows of `entity` that somebody of the role `approve_by` may put live."""

    model: str
    settings: TrainingSettings
    pipeline: str = ""
    entity: str = ""
    approve_by: str = ""

    def as_data(self) -> dict[str, object]:
        return asdict(self)


TableReader = Callable[[Work, str], FeatureTable]
"""Reads the table of a pipeline by its name."""


def order_training(work: Work, wish: TrainingWish, table: FeatureTable | None) -> int:
    """A run that waits for its turn, with the table it is to learn from unless its pipeline makes that; its id."""
    run = begin_training(work, wish)
    if table is not None:
        put_aside(work.data_folder, run, table)
    enqueue(work, TRAIN, wish.model, {"run": run})
    return run


def begin_training(work: Work, wish: TrainingWish) -> int:
    """A run without a job: whoever asks for it carries it out."""
    if not is_name(wish.model.removeprefix(EFFECT_KEY)):
        raise BadModelName
    run, user = work.ids.next(), work.context.principal.user_id or None
    now = work.context.now
    add_run(
        work.session,
        TrainingRun(run, wish.model, RunState.WAITING, "", 0.0, wish.as_data(), now, user, None, None, None),
    )
    return run


def cancel(work: Work, run: int) -> bool:
    """Stop a run; its child ends within a second or two. False when it is over."""
    drop_waiting(work.data_folder, run)
    return end_run(work.session, run, RunState.CANCELLED, work.context.now)


@dataclass(frozen=True, slots=True)
class School:
    """Carries out runs of training, each in the child of `worker`. `tables` makes the table of a pipeline."""

    worker: Workers
    clock: Clock
    zone: str
    megabytes: int
    tables: TableReader | None = None

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """Satisfies engine.installation.job_runner.Outside; a run whose process ended is begun again."""

        def keep(at: datetime) -> bool:
            return workplace.database.write(lambda session: hold(session, job, at))

        run = int(str(job.payload["run"]))
        self.carry_out(workplace, run, lambda: taken_up(workplace.data_folder, run), keep=keep)
        drop_waiting(workplace.data_folder, run)

    def carry_out(
        self,
        workplace: Workplace,
        run: int,
        table: Callable[[], FeatureTable | None],
        heard: Heard | None = None,
        keep: Callable[[datetime], bool] | None = None,
    ) -> None:
        """Train, and keep what comes of it with the run: a version, or why there is none."""
        context = self._context(run)
        if not workplace.write(context, lambda work: note_progress(work.session, run, TrainingStage.CHECKING, 0.0)):
            return
        try:
            known = workplace.read(context, lambda work: run_of(work.session, run))
            wish = wish_of(known.wish)
            given = table() or self._read(workplace, known, wish)
            check_memory(given, self.megabytes)
            champion = workplace.read(context, lambda work: _champion(work, wish))
            listening = _Listening(workplace, context, run, self.clock, heard, keep)
            taught = self._teach(
                TrainingOrder(wish.model.removeprefix(EFFECT_KEY), given, wish.settings), champion, listening
            )
            workplace.write(self._context(run), partial(_keep, known, given, wish, taught, champion))
        except Cancelled:
            return
        except DougongError as error:
            problem, at = (error.code, error.message), self.clock.now()
            workplace.write(context, lambda work: end_run(work.session, run, RunState.FAILED, at, problem))

    def _read(self, workplace: Workplace, run: TrainingRun, wish: TrainingWish) -> FeatureTable:
        """The table of a pipeline, as who ordered the run may read it today."""
        if self.tables is None or not wish.pipeline or run.created_by is None:
            raise DougongError(Message("没有可学的数据表", "There is no table to learn from"))
        read, person = self.tables, run.created_by
        at = Circumstances(self.clock.now(), "zh-CN", self.zone)
        context = workplace.database.read(
            lambda session: context_of_person(session, workplace.models.current(), person, at)
        )
        return workplace.read(context, lambda work: read(work, wish.pipeline))

    def _teach(
        self, order: TrainingOrder, champion: tuple[Champion, int] | None, listening: Callable[[object], None]
    ) -> Taught:
        try:
            taught = self.worker.call(
                teach,
                order,
                None if champion is None else champion[0],
                Given.TELL,
                seconds=SECONDS,
                megabytes=self.megabytes,
                hear=listening,
            )
        except WorkerFailed as failed:
            raise _failed(failed, self.megabytes) from None
        assert isinstance(taught, Taught)
        return taught

    def _context(self, run: int) -> Context:
        principal = Principal(0, TRAIN, frozenset(), service=TRAIN)
        return Context(principal, self.clock.now(), zone=self.zone, run=str(run), cause=TRAIN)


class _Listening:
    """Hears a child, writes down where it is, and raises Cancelled when its run was stopped or its claim was lost."""

    def __init__(
        self,
        workplace: Workplace,
        context: Context,
        run: int,
        clock: Clock,
        heard: Heard | None,
        keep: Callable[[datetime], bool] | None,
    ) -> None:
        self._workplace, self._context, self._run, self._clock = workplace, context, run, clock
        self._heard, self._keep = heard, keep
        self._looked = self._held = clock.monotonic()

    def __call__(self, said: object) -> None:
        now = self._clock.monotonic()
        if isinstance(said, tuple) and self._heard is not None:
            self._heard(*said)
        if now - self._looked >= BREATH:
            self._looked = now
            self._look(said)
        if self._keep is not None and now - self._held >= HOLD:
            self._held = now
            if not self._keep(self._clock.now()):
                raise Cancelled

    def _look(self, said: object) -> None:
        if isinstance(said, tuple):
            stage, share = said
            note = partial(note_progress, run=self._run, stage=str(stage), share=share)
            going = self._workplace.write(self._context, lambda work: note(work.session))
        else:
            going = self._workplace.read(self._context, lambda work: is_under_way(work.session, self._run))
        if not going:
            raise Cancelled


def check_memory(table: FeatureTable, megabytes: int) -> None:
    """Raises TooManyRows before anything is begun."""
    rows, columns = len(table.keys), max(len(table.columns), 1)
    fitting = max(megabytes - BASE_MEGABYTES, 0) * 1_000_000 // (BYTES_OF_A_CELL * (columns + 3))
    if rows > fitting:
        raise TooManyRows(rows, fitting, megabytes)


def wish_of(written: Mapping[str, object]) -> TrainingWish:
    """A wish as a run keeps it."""
    known = dict(written)
    told = known.pop("settings")
    assert isinstance(told, Mapping)
    settings = dict(told)
    heuristic, effect = settings.pop("heuristic"), settings.pop("effect", None)
    made = TrainingSettings(**settings, heuristic=Heuristic(**heuristic) if heuristic else None)
    exact = replace(made, learner=Learner(made.learner), calibrate=Calibration(made.calibrate))
    if effect:
        exact = replace(exact, effect=EffectQuestion(**{**effect, "by": tuple(effect["by"])}))
    return TrainingWish(**{name: str(value) for name, value in known.items()}, settings=exact)


def _champion(work: Work, wish: TrainingWish) -> tuple[Champion, int] | None:
    """What a challenger is measured beside; effects are not: nobody knows the outcome of a deal under another discount."""
    found = champion_of(work.session, wish.model)
    if found is None or found.is_effect:
        return None
    return Champion(graph_bytes(work.data_folder, found.content_hash), found.card), found.number


def _keep(
    run: TrainingRun,
    table: FeatureTable,
    wish: TrainingWish,
    taught: Taught,
    champion: tuple[Champion, int] | None,
    work: Work,
) -> None:
    """The version of a run that was not stopped meanwhile: files first, then rows."""
    now = work.context.now
    if not end_run(work.session, run.id, RunState.DONE, now):
        raise Cancelled
    content, answers = taught.model.content, taught.model.answers
    if wish.settings.effect is None:
        digest = keep_model(work.data_folder, content, answers, table.keys)
    else:
        digest = keep_effect(work.data_folder, content, table.keys)
    compared = None
    if champion is not None:
        compared = {"champion_number": champion[1], **(taught.compared or {"same_rows": False})}
    version = ModelVersion(
        work.ids.next(),
        run.model,
        next_number(work.session, run.model),
        VersionState.CANDIDATE,
        digest,
        wish.entity,
        wish.approve_by,
        plain(taught.model.card),
        compared,
        now,
        run.created_by,
    )
    add_version(work.session, version)
    add_act(
        work.session, work.ids.next(), ModelAct(run.model, version.number, "trained", None, "", now, run.created_by)
    )
    note_version(work.session, run.id, version.number)


def _failed(failed: WorkerFailed, megabytes: int) -> DougongError:
    """The words of a training whose child passed a limit or died; what the trainer itself said stays as it is."""
    words = {
        "too_large": Message(
            f"训练超过内存上限 {megabytes} MB,已停止。请减少行或特征,或调大 DOUGONG_TRAIN_MEMORY",
            f"Training passed its {megabytes} MB of memory and was stopped. Take fewer rows or features, or raise DOUGONG_TRAIN_MEMORY",
        ),
        "too_slow": Message(
            f"训练超过 {SECONDS / 60:g} 分钟,已停止。请减少行或特征",
            f"Training passed {SECONDS / 60:g} minutes and was stopped. Take fewer rows or features",
        ),
        "unreadable": Message("训练进程意外结束,请重试", "The training process ended unexpectedly: try again"),
    }
    return WorkerFailed(failed.code, words[failed.code]) if failed.code in words else failed
