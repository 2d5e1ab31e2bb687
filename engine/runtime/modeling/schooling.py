"""Schooling: what a worker's child does of a training: learn, check the file, put it beside the champion."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from importlib.util import find_spec

from engine.diagnostics import DougongError, Message
from engine.extensions import EffectEstimator, Judge, Trainer
from engine.model.feature_tables import FeatureTable
from engine.model.probes import Probe, probe_columns
from engine.model.trained import TrainedModel, TrainingOrder, TrainingStage
from engine.runtime.modeling.graphs import check_file, open_graph
from engine.runtime.modeling.scoring import Cell, ColumnsDiffer, Scorer

TRAINERS, JUDGES, ESTIMATORS = "dougong.trainers", "dougong.judges", "dougong.effect_estimators"
"""Entry points; the extra `train` brings what ours need."""
LIBRARIES = ("sklearn", "onnx")
PARITY = 1e-9
FEWEST_COMPARED = 10_000
FEWEST_SAME = 50


class NoTrainer(DougongError):
    """Nothing is installed that trains."""

    code = "no_trainer"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message(
                "未安装训练组件。请安装附加包:pip install 'dougong[train]'",
                "Nothing is installed that trains. Install the extra: pip install 'dougong[train]'",
            )
        )


class NotAsTrained(DougongError):
    """A file does not answer as its trainer did: it is not deployed."""

    code = "parity_failed"
    status = 409

    def __init__(self, rows: int, difference: float) -> None:
        zh = f"模型文件与训练器的结果不一致:比较 {rows} 行,最大差 {difference:.3g},上限 {PARITY:g}。不予上线,请重新训练"
        en = f"The file does not answer as its trainer did: {rows} rows compared, largest difference {difference:.3g}, limit {PARITY:g}. It is not deployed: train again"
        super().__init__(Message(zh, en))


@dataclass(frozen=True, slots=True)
class Champion:
    """The version that answers now: its file and card."""

    content: bytes
    card: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Taught:
    """What a training gives: the model, and how it did beside the champion on the same later rows (None: not comparable)."""

    model: TrainedModel
    compared: Mapping[str, object] | None


def teach(
    order: TrainingOrder, champion: Champion | None, tell: Callable[[tuple[TrainingStage, float]], None]
) -> Taught:
    """Learn from a table. Raises what the trainer raises, GraphRefused, NotAsTrained, NoTrainer."""
    if order.settings.effect is not None:
        return Taught(_estimated(order, tell), None)
    trainer = _installed(TRAINERS, NoTrainer)
    assert isinstance(trainer, Trainer)
    model = trainer.train(order, lambda stage, share: tell((stage, share)))
    check_file(model.content)
    check_parity(model.content, model.card, model.answers)
    return Taught(model, compare(order.table, champion, model) if champion is not None else None)


def _estimated(order: TrainingOrder, tell: Callable[[tuple[TrainingStage, float]], None]) -> TrainedModel:
    """An effect: its file is its card."""
    estimator = _installed(ESTIMATORS, NoTrainer)
    assert isinstance(estimator, EffectEstimator)
    card = plain(estimator.estimate(order, lambda stage, share: tell((stage, share))))
    return TrainedModel(written(card), card, b"")


def written(card: Mapping[str, object]) -> bytes:
    """A card as the bytes that its hash is of."""
    return json.dumps(card, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def check_parity(content: bytes, card: Mapping[str, object], answers: bytes) -> None:
    """Run the probe of a card through its file: it answers as the trainer did. Raises NotAsTrained."""
    known = card["probe"]
    assert isinstance(known, Mapping)
    words, values = (tuple(map(tuple, known[name])) for name in ("words", "values"))
    probe = Probe(int(known["seed"]), int(known["rows"]), words, values)
    expected: array[float] = array("d")
    expected.frombytes(answers)
    texts, numbers = probe_columns(probe)
    lines: list[tuple[Cell, ...]] = list(zip(*texts, *numbers, strict=True))
    scorer = Scorer(card, open_graph(content))
    found = scorer.graph.run(*scorer.arrays(lines))[:, 1].tolist()
    pairs = zip(found, expected, strict=True) if len(found) == len(expected) else ()
    largest = max((abs(one - other) for one, other in pairs), default=math.inf)
    measured = card["parity"]
    assert isinstance(measured, Mapping)
    enough = len(found) >= FEWEST_COMPARED and measured["met"] is True
    scale = max(1.0, max(map(abs, expected), default=1.0))
    if not enough or not largest <= PARITY * scale:
        raise NotAsTrained(len(found), largest)


def compare(table: FeatureTable, champion: Champion, challenger: TrainedModel) -> Mapping[str, object] | None:
    """Both on those held-out rows of the challenger's table that are later than all that the champion learnt from; None where
    there are too few, or the champion needs other columns."""
    assert table.target is not None
    rows = champion.card["rows"]
    assert isinstance(rows, Mapping)
    since = datetime.fromisoformat(str(rows["learnt_to"]))
    held = [at for at, out in enumerate(table.held_out) if out and table.at[at] > since]
    if len(held) < FEWEST_SAME:
        return None
    outcomes = [table.target[at] for at in held]
    said: list[Sequence[float]] = []
    for content, card in ((champion.content, champion.card), (challenger.content, challenger.card)):
        scorer = Scorer(card, open_graph(content))
        try:
            lines = scorer.lines(table)
        except ColumnsDiffer:
            return None
        said.append(scorer.graph.run(*scorer.arrays([lines[at] for at in held]))[:, 1].tolist())
    judge = installed_judge()
    return {**judge.compare(outcomes, said[0], said[1]), "same_rows": True}


def watch(content: bytes, card: Mapping[str, object], table: FeatureTable) -> Mapping[str, object]:
    """How far new rows have moved from those learnt from, and how true the answers to them were."""
    scorer = Scorer(card, open_graph(content))
    said = scorer.graph.run(*scorer.arrays(scorer.lines(table)))[:, 1].tolist()
    return installed_judge().watch(card, table, said)


def installed_judge() -> Judge:
    """Raises NoTrainer."""
    judge = _installed(JUDGES, NoTrainer)
    assert isinstance(judge, Judge)
    return judge


def trainable() -> bool:
    """Whether what ours need to train is installed; nothing of it is loaded."""
    return all(find_spec(name) is not None for name in LIBRARIES)


def _installed(group: str, missing: Callable[[], DougongError]) -> object:
    for entry in sorted(entry_points(group=group), key=lambda one: one.name):
        try:
            made: object = entry.load()()
        except ImportError:
            continue
        return made
    raise missing()


def plain(card: Mapping[str, object]) -> Mapping[str, object]:
    """A card as it is kept: JSON and back."""
    found: Mapping[str, object] = json.loads(json.dumps(card, ensure_ascii=False, allow_nan=False))
    return found
