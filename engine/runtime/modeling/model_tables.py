"""Tables of models: runs of training, the versions that came of them, and what was done with each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.diagnostics import Message
from engine.model.errors import NotFound
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

RUN, VERSION, ACT = "dougong_training_run", "dougong_model_version", "dougong_model_act"
_TEXT, _NUMBER = PhysicalKind.TEXT, PhysicalKind.INTEGER
RUN_TABLE = Table(
    RUN,
    (
        Column("id", _NUMBER, nullable=False),
        Column("model", _TEXT, nullable=False),
        Column("state", _TEXT, nullable=False),
        Column("stage", _TEXT, nullable=False),
        Column("permille", _NUMBER, nullable=False),
        Column("wish", _TEXT, nullable=False),
        Column("created_at", _NUMBER, nullable=False),
        Column("created_by", _NUMBER),
        Column("ended_at", _NUMBER),
        Column("problem", _TEXT),
        Column("problem_zh", _TEXT),
        Column("problem_en", _TEXT),
        Column("version", _NUMBER),
    ),
    indexes=(Index("dougong_training_run__model", ("model", "id")),),
)
VERSION_TABLE = Table(
    VERSION,
    (
        Column("id", _NUMBER, nullable=False),
        Column("model", _TEXT, nullable=False),
        Column("number", _NUMBER, nullable=False),
        Column("state", _TEXT, nullable=False),
        Column("content_hash", _TEXT, nullable=False),
        Column("entity", _TEXT, nullable=False),
        Column("approve_by", _TEXT, nullable=False),
        Column("card", _TEXT, nullable=False),
        Column("compared", _TEXT),
        Column("created_at", _NUMBER, nullable=False),
        Column("created_by", _NUMBER),
    ),
    indexes=(Index("dougong_model_version__model", ("model", "number"), unique=True),),
)
ACT_TABLE = Table(
    ACT,
    (
        Column("id", _NUMBER, nullable=False),
        Column("model", _TEXT, nullable=False),
        Column("version", _NUMBER, nullable=False),
        Column("act", _TEXT, nullable=False),
        Column("before", _NUMBER),
        Column("reason", _TEXT, nullable=False),
        Column("at", _NUMBER, nullable=False),
        Column("by", _NUMBER),
    ),
    indexes=(Index("dougong_model_act__model", ("model", "id")),),
)
MODEL_TABLES = (RUN_TABLE, VERSION_TABLE, ACT_TABLE)
EFFECT_KEY = "effect:"
"""Before the name of an effect, which stands beside the models in their tables: an effect and a model may be of one name."""
_RUN_COLUMNS = tuple(one.name for one in RUN_TABLE.columns)
_VERSION_COLUMNS = tuple(one.name for one in VERSION_TABLE.columns)


class RunState(StrEnum):
    """How a run of training does."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VersionState(StrEnum):
    """What a version is for its model: not decided on, the one that answers, one that answered before, or one that answers
    no more because it learnt from a row that was erased."""

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    RETIRED = "retired"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A run: `wish` says what is learnt from and how, `problem` the stable word and the sentence of why it failed."""

    id: int
    model: str
    state: RunState
    stage: str
    share: float
    wish: Mapping[str, object]
    created_at: datetime
    created_by: int | None
    ended_at: datetime | None
    problem: tuple[str, Message] | None
    version: int | None


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model: its file by hash, its card, and how it did beside the champion of its day."""

    id: int
    model: str
    number: int
    state: VersionState
    content_hash: str
    entity: str
    approve_by: str
    card: Mapping[str, object]
    compared: Mapping[str, object] | None
    created_at: datetime
    created_by: int | None

    @property
    def is_effect(self) -> bool:
        """Whether it answers what a change does, and foretells nothing."""
        return self.model.startswith(EFFECT_KEY)

    @property
    def name(self) -> str:
        """What people call it by."""
        return self.model.removeprefix(EFFECT_KEY)


@dataclass(frozen=True, slots=True)
class ModelAct:
    """Something that was done with a version: `before` answered until then."""

    model: str
    version: int
    act: str
    before: int | None
    reason: str
    at: datetime
    by: int | None


def add_run(session: Session, run: TrainingRun) -> None:
    row = {
        "id": run.id,
        "model": run.model,
        "state": run.state.value,
        "stage": run.stage,
        "permille": 0,
        "wish": json.dumps(run.wish, ensure_ascii=False, sort_keys=True),
        "created_at": to_micros(run.created_at),
        "created_by": run.created_by,
    }
    insert(session, RUN, row | dict.fromkeys(("ended_at", "problem", "problem_zh", "problem_en", "version")))


def note_progress(session: Session, run: int, stage: str, share: float) -> bool:
    """Where a run is; False when it was cancelled, or is over."""
    row = {"state": RunState.RUNNING.value, "stage": stage, "permille": round(share * 1000)}
    return update(session, RUN, row, {"id": run, "ended_at is null": None}) > 0


def is_under_way(session: Session, run: int) -> bool:
    return bool(select(session, RUN, ("id",), {"id": run, "ended_at is null": None}))


def end_run(
    session: Session, run: int, state: RunState, at: datetime, problem: tuple[str, Message] | None = None
) -> bool:
    """A run is over; False when it was already."""
    row: dict[str, object] = {"state": state.value, "ended_at": to_micros(at)}
    if problem is not None:
        row |= {"problem": problem[0], "problem_zh": problem[1].zh, "problem_en": problem[1].en}
    return update(session, RUN, row, {"id": run, "ended_at is null": None}) > 0


def note_version(session: Session, run: int, version: int) -> None:
    update(session, RUN, {"version": version, "permille": 1000}, {"id": run})


def run_of(session: Session, run: int) -> TrainingRun:
    """Raises NotFound."""
    rows = select(session, RUN, _RUN_COLUMNS, {"id": run})
    if not rows:
        raise NotFound
    return _run(rows[0])


def runs_of(session: Session, model: str | None = None, most: int = 50) -> list[TrainingRun]:
    """The newest runs first."""
    where = {} if model is None else {"model": model}
    return [_run(row) for row in select(session, RUN, _RUN_COLUMNS, where, order=("-id",), limit=most)]


def add_version(session: Session, version: ModelVersion) -> None:
    row = {
        "id": version.id,
        "model": version.model,
        "number": version.number,
        "state": version.state.value,
        "content_hash": version.content_hash,
        "entity": version.entity,
        "approve_by": version.approve_by,
        "card": json.dumps(version.card, ensure_ascii=False, sort_keys=True, allow_nan=False),
        "compared": None if version.compared is None else json.dumps(version.compared, sort_keys=True),
        "created_at": to_micros(version.created_at),
        "created_by": version.created_by,
    }
    insert(session, VERSION, row)


def next_number(session: Session, model: str) -> int:
    rows = select(session, VERSION, ("number",), {"model": model}, order=("-number",), limit=1)
    return int(str(rows[0][0])) + 1 if rows else 1


def put_version(session: Session, version: int, state: VersionState) -> None:
    update(session, VERSION, {"state": state.value}, {"id": version})


def version_of(session: Session, model: str, number: int) -> ModelVersion:
    """Raises NotFound."""
    rows = select(session, VERSION, _VERSION_COLUMNS, {"model": model, "number": number})
    if not rows:
        raise NotFound
    return _version(rows[0])


def champion_of(session: Session, model: str) -> ModelVersion | None:
    """The version that answers."""
    where = {"model": model, "state": VersionState.CHAMPION.value}
    rows = select(session, VERSION, _VERSION_COLUMNS, where)
    return _version(rows[0]) if rows else None


def versions_of(session: Session, model: str | None = None) -> list[ModelVersion]:
    """The newest versions first, of one model or of all by name."""
    where = {} if model is None else {"model": model}
    found = [_version(row) for row in select(session, VERSION, _VERSION_COLUMNS, where, order=("model", "-number"))]
    return found if model is not None else [one for one in found if not one.is_effect]


def effects_of(session: Session) -> list[ModelVersion]:
    """The newest versions of effects first, of all by name."""
    found = [_version(row) for row in select(session, VERSION, _VERSION_COLUMNS, {}, order=("model", "-number"))]
    return [one for one in found if one.is_effect]


def add_act(session: Session, identity: int, act: ModelAct) -> None:
    row = {
        "id": identity,
        "model": act.model,
        "version": act.version,
        "act": act.act,
        "before": act.before,
        "reason": act.reason,
        "at": to_micros(act.at),
        "by": act.by,
    }
    insert(session, ACT, row)


def acts_of(session: Session, model: str) -> list[ModelAct]:
    """The history of a model, the newest first."""
    names = ("model", "version", "act", "before", "reason", "at", "by")
    return [
        ModelAct(
            str(row[0]),
            int(str(row[1])),
            str(row[2]),
            _number(row[3]),
            str(row[4]),
            from_micros(int(str(row[5]))),
            _number(row[6]),
        )
        for row in select(session, ACT, names, {"model": model}, order=("-id",))
    ]


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))


def _run(row: Row) -> TrainingRun:
    cells = dict(zip(_RUN_COLUMNS, row, strict=True))
    words = Message(str(cells["problem_zh"]), str(cells["problem_en"]))
    return TrainingRun(
        int(str(cells["id"])),
        str(cells["model"]),
        RunState(str(cells["state"])),
        str(cells["stage"]),
        int(str(cells["permille"])) / 1000,
        json.loads(str(cells["wish"])),
        from_micros(int(str(cells["created_at"]))),
        _number(cells["created_by"]),
        None if cells["ended_at"] is None else from_micros(int(str(cells["ended_at"]))),
        None if cells["problem"] is None else (str(cells["problem"]), words),
        _number(cells["version"]),
    )


def _version(row: Row) -> ModelVersion:
    cells = dict(zip(_VERSION_COLUMNS, row, strict=True))
    return ModelVersion(
        int(str(cells["id"])),
        str(cells["model"]),
        int(str(cells["number"])),
        VersionState(str(cells["state"])),
        str(cells["content_hash"]),
        str(cells["entity"]),
        str(cells["approve_by"]),
        json.loads(str(cells["card"])),
        None if cells["compared"] is None else json.loads(str(cells["compared"])),
        from_micros(int(str(cells["created_at"]))),
        _number(cells["created_by"]),
    )
