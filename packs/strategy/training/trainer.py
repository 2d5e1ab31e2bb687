"""The trainer: checks a table, learns, calibrates, writes the file, compares it with what was learnt, and judges it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version

import numpy
from threadpoolctl import threadpool_limits

from engine.model.feature_tables import FeatureTable
from engine.model.probes import ROWS, Probe, probe_columns
from engine.model.trained import TrainedModel, TrainingOrder, TrainingSettings, TrainingStage
from packs.strategy.training.baselines import baselines, measured
from packs.strategy.training.calibration import Curve, calibrate, sigmoid
from packs.strategy.training.checks import Lesson, lesson_of
from packs.strategy.training.fairness import by_unit
from packs.strategy.training.graph import OPSETS, write_graph
from packs.strategy.training.intervals import chance_coverage, chance_interval, number_coverage, number_interval
from packs.strategy.training.learning import Learnt, learn
from packs.strategy.training.matrix import Flags, Floats, floats, in_time_order, lines_of
from packs.strategy.training.measures import (
    badge,
    calibration_bins,
    event_metrics,
    number_metrics,
    paired_gain,
    squared_error,
)
from packs.strategy.training.portrait import background, column_portraits, probe_of
from packs.strategy.training.running import answers, columns_of, session_of

FORMAT = 1
PARITY = 1e-9
MOST_COMPARED = 50_000
MANY_ROWS = 20_000
"""Rows from which more than one thread is worth its waiting."""
LIBRARIES = ("scikit-learn", "onnx", "onnxruntime", "numpy", "scipy")
Tell = Callable[[TrainingStage, float], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A model before it is judged: what it learnt from, how, its curve and file, and its answers to all lines."""

    lesson: Lesson
    settings: TrainingSettings
    matrix: Floats
    learnt: Learnt
    curve: Curve | None
    briers: dict[str, float]
    content: bytes
    scores: Floats
    answers: Floats


class StrategyTrainer:
    """Satisfies engine.extensions.Trainer: boosted trees or a regression, calibrated, as one ONNX file in 64-bit floats."""

    name = "strategy"

    def train(self, order: TrainingOrder, tell: Tell) -> TrainedModel:
        threads = None if len(order.table.keys) >= MANY_ROWS else 1
        with threadpool_limits(threads, "openmp"), threadpool_limits(1, "blas"):
            return self._train(order, tell)

    def _train(self, order: TrainingOrder, tell: Tell) -> TrainedModel:
        settings = order.settings
        tell(TrainingStage.CHECKING, 0.0)
        lesson = lesson_of(in_time_order(order.table), settings)
        matrix = lesson.encoding.encode(lesson.table)
        tell(TrainingStage.LEARNING, 0.05)
        learnt = learn(lesson, matrix, settings, lambda share: tell(TrainingStage.LEARNING, 0.05 + 0.7 * share))
        tell(TrainingStage.CALIBRATING, 0.76)
        curve, briers = _calibrated(lesson, learnt, settings)
        tell(TrainingStage.WRITING, 0.8)
        content = write_graph(lesson.encoding, learnt.learner, curve)
        scores = learnt.learner.raw(matrix)
        said = scores if curve is None else curve.apply(scores)
        made = Made(lesson, settings, matrix, learnt, curve, briers, content, scores, said)
        tell(TrainingStage.COMPARING, 0.84)
        probe = probe_of(lesson.encoding, matrix, settings.seed, ROWS)
        parity, kept = _compared(made, probe)
        tell(TrainingStage.JUDGING, 0.9)
        card = _card(order, made) | {"parity": parity, "probe": asdict(probe)}
        tell(TrainingStage.JUDGING, 1.0)
        return TrainedModel(content, card, kept.astype("<f8").tobytes())


def _calibrated(lesson: Lesson, learnt: Learnt, settings: TrainingSettings) -> tuple[Curve | None, dict[str, float]]:
    if settings.task != "event":
        return None, {}
    return calibrate(learnt.unseen, lesson.target[learnt.scored], settings.calibrate, settings.reweigh)


def _compared(made: Made, probe: Probe) -> tuple[dict[str, object], Floats]:
    """How far the file's answers lie from the trainer's, on the table's own lines and on the probe; the latter's answers."""
    session, encoding = session_of(made.content), made.lesson.encoding
    step = max(len(made.matrix) // MOST_COMPARED, 1)
    chosen = numpy.zeros(len(made.matrix), dtype=numpy.bool_)
    chosen[::step] = True
    own = answers(session, *columns_of(encoding, lines_of(made.lesson.table, chosen)))
    texts, numbers = probe_columns(probe)
    codes = [{word: float(at) for at, word in enumerate(words)} for words in probe.words]
    columns = [[one.get(cell, numpy.nan) for cell in column] for one, column in zip(codes, texts, strict=True)]
    matrix = numpy.column_stack([floats(column) for column in (*columns, *numbers)])
    raw = made.learnt.learner.raw(matrix)
    said = raw if made.curve is None else made.curve.apply(raw)
    drawn = answers(session, texts, [floats(one) for one in numbers])
    pairs = (
        (own[:, 0], made.scores[chosen]),
        (own[:, 1], made.answers[chosen]),
        (drawn[:, 0], raw),
        (drawn[:, 1], said),
    )
    scale = 1.0 if made.curve is not None else max(1.0, float(numpy.abs(made.lesson.target).max()))
    most = max(float(numpy.abs(one - other).max()) for one, other in pairs) / scale
    parity: dict[str, object] = {
        "rows": len(own) + len(drawn),
        "missing_cells": int(numpy.isnan(matrix).sum()),
        "unknown_words": sum(
            cell not in words and cell != "" for words, column in zip(codes, texts, strict=True) for cell in column
        ),
        "largest_difference": most,
        "limit": PARITY,
        "met": most <= PARITY,
    }
    return parity, said


def _card(order: TrainingOrder, made: Made) -> dict[str, object]:
    lesson, settings = made.lesson, made.settings
    table, held = lesson.table, lesson.held_out
    columns = column_portraits(lesson.encoding, made.matrix[~held])
    card: dict[str, object] = {
        "format": FORMAT,
        "name": order.name,
        "task": settings.task,
        "settings": asdict(settings) | {"learner": str(settings.learner), "calibrate": str(settings.calibrate)},
        "learner": made.learnt.words,
        "tried": made.learnt.tried,
        "columns": columns,
        "rows": _rows(lesson),
        "calibration": made.curve.as_data() | {"briers": made.briers} if made.curve is not None else None,
        "remarks": [
            {"code": one.code, "column": one.column, "zh": one.words.zh, "en": one.words.en} for one in lesson.remarks
        ],
        "drivers": _drivers(made),
        "background": background(lesson.encoding, lines_of(table, ~held), settings.seed),
        "data_sha256": data_hash(table),
        "onnx_sha256": hashlib.sha256(made.content).hexdigest(),
        "onnx_bytes": len(made.content),
        "opsets": {name or "ai.onnx": number for name, number in OPSETS.items()},
        "versions": {name: version(name) for name in LIBRARIES},
    }
    return card | (_judged_event(made) if settings.task == "event" else _judged_number(made))


def _rows(lesson: Lesson) -> dict[str, object]:
    learnt = [at for at, out in zip(lesson.table.at, lesson.table.held_out, strict=True) if not out]
    held = [at for at, out in zip(lesson.table.at, lesson.table.held_out, strict=True) if out]
    return {
        "learnt": len(learnt),
        "held_out": len(held),
        "learnt_from": learnt[0].isoformat(),
        "learnt_to": learnt[-1].isoformat(),
        "held_out_from": held[0].isoformat(),
        "held_out_to": held[-1].isoformat(),
        "mean_learnt": float(lesson.target[~lesson.held_out].mean()),
        "mean_held_out": float(lesson.target[lesson.held_out].mean()),
    }


def _judged_event(made: Made) -> dict[str, object]:
    """What held-out rows say of a model of events: order, truth, badge, interval, units, and what one would say without it."""
    lesson, held, seed = made.lesson, made.lesson.held_out, made.settings.seed
    said, seen = made.answers[held], lesson.target[held]
    assert made.curve is not None
    interval = chance_interval(made.learnt.unseen, lesson.target[made.learnt.scored], made.curve)
    beside = baselines(lesson, made.matrix, made.settings, sigmoid(made.learnt.line.raw(made.matrix)))
    return {
        "metrics": event_metrics(said, seen),
        "badge": badge(said, seen, seed),
        "bins": calibration_bins(said, seen),
        "interval": interval | chance_coverage(interval, made.scores[held], said, seen),
        "baselines": measured(lesson, beside, made.settings),
        "gain": _gain(seen, beside[0].answers, said, seed),
        "units": by_unit(_units(lesson), said, seen),
    }


def _judged_number(made: Made) -> dict[str, object]:
    """The same of a model of numbers; errors of unseen rows make its interval."""
    lesson, held, settings = made.lesson, made.lesson.held_out, made.settings
    said, seen = made.answers[held], lesson.target[held]
    scored = made.learnt.scored
    group = partial(_group, lesson.table, settings.group_by)
    interval = number_interval(lesson.target[scored] - made.learnt.unseen, group(scored), settings.interval)
    beside = baselines(lesson, made.matrix, settings, made.learnt.line.raw(made.matrix))
    strongest = min(beside[:-1], key=lambda one: squared_error(one.answers, seen))
    return {
        "metrics": number_metrics(said, seen),
        "interval": interval | number_coverage(interval, seen - said, group(held)),
        "baselines": measured(lesson, beside, settings),
        "gain": _gain(seen, strongest.answers, said, settings.seed),
        "units": by_unit(_units(lesson), said, seen),
    }


def _gain(seen: Floats, without: Floats, said: Floats, seed: int) -> dict[str, object]:
    """How much smaller the squared error is than without the model."""
    mean, low, high = paired_gain(seen, without, said, seed)
    return {"squared_error": mean, "interval": [low, high], "better": low > 0}


def _units(lesson: Lesson) -> list[int | None]:
    return [unit for unit, out in zip(lesson.table.units, lesson.table.held_out, strict=True) if out]


def _group(table: FeatureTable, name: str, chosen: Flags) -> list[object] | None:
    places = {column.name: at for at, column in enumerate(table.columns)}
    if name not in places:
        return None
    cells = table.values[places[name]]
    return [cells[at] for at in numpy.flatnonzero(chosen).tolist()]


def _drivers(made: Made) -> list[dict[str, object]]:
    """Business groups by how much worse held-out rows are answered when their columns are shuffled."""
    held = numpy.flatnonzero(made.lesson.held_out)[:2_000]
    rows, seen = made.matrix[held], made.lesson.target[held]
    order = numpy.random.RandomState(made.settings.seed).permutation(len(held))
    columns = made.lesson.encoding.columns

    def error(matrix: Floats) -> float:
        raw = made.learnt.learner.raw(matrix)
        return squared_error(raw if made.curve is None else made.curve.apply(raw), seen)

    plain, found = error(rows), []
    for group in sorted({column.group for column in columns}):
        shuffled = rows.copy()
        for at, column in enumerate(columns):
            if column.group == group:
                shuffled[:, at] = rows[order, at]
        found.append({"group": group, "worse": error(shuffled) - plain})
    return sorted(found, key=lambda one: -float(str(one["worse"])))


def data_hash(table: FeatureTable) -> str:
    """The SHA-256 of what a model learnt from: columns, ids, times, cells, answers, split."""
    digest = hashlib.sha256()
    named: Mapping[str, object] = {"columns": [(one.name, one.kind, one.group, one.monotone) for one in table.columns]}
    digest.update(json.dumps(named, ensure_ascii=False).encode())
    digest.update(numpy.array(table.keys, dtype="<i8").tobytes())
    digest.update("\0".join(at.isoformat() for at in table.at).encode())
    for column, cells in zip(table.columns, table.values, strict=True):
        if column.kind == "number":
            digest.update(floats(cells).astype("<f8").tobytes())
        else:
            digest.update("\0".join("\1" if cell is None else str(cell) for cell in cells).encode())
    digest.update(numpy.array(table.target or (), dtype="<f8").tobytes())
    digest.update(numpy.array(table.held_out, dtype=numpy.bool_).tobytes())
    return digest.hexdigest()
