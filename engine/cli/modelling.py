"""`dougong model`: train, read, put live, go back, score, check a file."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.application import Installation, make_school
from engine.cli.console import Console
from engine.cli.data import context_of_account
from engine.cli.learnt_versions import LearntKind, read
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.model.context import Context, Principal
from engine.model.feature_tables import FeatureTable
from engine.model.names import is_name
from engine.model.trained import Calibration, Heuristic, Learner, Task, TrainingSettings, TrainingStage
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.modeling.card_words import badge_words, card_words
from engine.runtime.modeling.feature_reading import learning_table, scoring_table
from engine.runtime.modeling.graph_reading import GraphWords, read_graph
from engine.runtime.modeling.graphs import MEGABYTES, SECONDS, check_file
from engine.runtime.modeling.model_bodies import act_body, answer_body, card_body, run_body, version_body
from engine.runtime.modeling.model_files import graph_bytes
from engine.runtime.modeling.model_registry import Shelf, score
from engine.runtime.modeling.model_tables import (
    ModelVersion,
    TrainingRun,
    acts_of,
    run_of,
    version_of,
    versions_of,
)
from engine.runtime.modeling.pipeline_trainings import pipeline_of_model, plan_of, wish_from, wish_with
from engine.runtime.modeling.row_tables import ColumnRoles, table_of_csv
from engine.runtime.modeling.schooling import watch
from engine.runtime.modeling.trainings import BadModelName, TrainingWish, begin_training
from engine.runtime.settings import Settings
from engine.runtime.workers import Workers

MODELS = LearntKind(
    "model", Message("模型", "model"), "", lambda version: card_words(version.card, version.compared), card_body
)
STAGES = {
    TrainingStage.CHECKING: Message("检查数据", "checking the rows"),
    TrainingStage.LEARNING: Message("学习", "learning"),
    TrainingStage.CALIBRATING: Message("校准", "calibrating"),
    TrainingStage.WRITING: Message("写出文件", "writing the file"),
    TrainingStage.COMPARING: Message("与训练器核对", "comparing it with the trainer"),
    TrainingStage.JUDGING: Message("检验", "judging"),
}


def model(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act on models."""
    acts: dict[str, Callable[[argparse.Namespace, Settings, Console], int]] = {
        "list": list_models,
        "train": train,
        "card": MODELS.show,
        "deploy": MODELS.put_live,
        "rollback": MODELS.go_back,
        "score": score_rows,
        "check-file": check,
    }
    if given.act != "list" and not given.name:
        raise DougongError(Message("请给出模型名,或要检查的文件", "Name the model, or the file to check"))
    if given.act != "check-file" and given.name and not is_name(given.name):
        raise BadModelName
    return acts[given.act](given, settings, console)


def list_models(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """All versions, newest first."""
    with opened(settings) as installation:
        found = read(installation, lambda session: versions_of(session, given.name or None))
        for one in found:
            badge = one.card.get("badge")
            said = badge_words(badge if isinstance(badge, dict) else None).text(console.language)
            console.line(f"{one.model:<24} {one.number:>3}  {one.state:<10} {one.created_at:%Y-%m-%d %H:%M}  {said}")
        if not found:
            console.say("还没有模型", "There are no models yet")
        acts = read(installation, lambda session: acts_of(session, given.name)) if given.name else []
        for act in acts:
            console.line(f"  {act.at:%Y-%m-%d %H:%M} {act.act} {act.version} ← {act.before or '—'} {act.reason}")
        body: dict[str, object] = {"versions": [version_body(one, console.language) for one in found]}
        console.result(body | ({"history": [act_body(act) for act in acts]} if given.name else {}))
        return 0


def train(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Train from a pipeline or a sheet of rows, in a child, and wait; exit 1 when no model is made of it."""
    with writing(settings) as installation:
        _name_pipeline(installation, given)
        return learn(MODELS, installation, _wish(installation, given), given, console)


def learn(
    kind: LearntKind, installation: Installation, wish: TrainingWish, given: argparse.Namespace, console: Console
) -> int:
    """Learn from what is given, in a child, and tell the version that came of it; exit 1 when none did."""
    rows = learnt_from(installation, given, console) if given.pipeline else sheet_table(given, "train")
    done, version = taught(installation, wish, rows, given, console)
    if version is None:
        return 1
    kind.say(version, console)
    console.result({**run_body(done, console.language), **kind.body(version, console.language)})
    return 0


def taught(
    installation: Installation, wish: TrainingWish, table: FeatureTable, given: argparse.Namespace, console: Console
) -> tuple[TrainingRun, ModelVersion | None]:
    """A run in a child, waited for, and the version that came of it; of none it is said why. It is that of the account whose
    rights its rows were read with, as it is watched with them."""
    worker = Workers()
    try:
        workplace = installation.workplace
        learner = _reader(installation, given) if wish.pipeline else operator(installation)
        run = workplace.write(learner, lambda work: begin_training(work, wish))
        make_school(installation, worker).carry_out(workplace, run, lambda: table, heard=Told(console))
    finally:
        worker.close()
    done = read(installation, lambda session: run_of(session, run))
    number = done.version
    if done.problem is None and number is not None:
        return done, read(installation, lambda session: version_of(session, wish.model, number))
    problem = done.problem[1] if done.problem else Message("训练已停止", "The training was stopped")
    console.line(problem.text(console.language))
    console.result(run_body(done, console.language))
    return done, None


def _name_pipeline(installation: Installation, given: argparse.Namespace) -> None:
    """Where neither a sheet nor a pipeline is named, the pipeline that trains a model of this name is meant."""
    if given.pipeline or given.table is not None:
        return
    found = pipeline_of_model(installation.models.current(), given.name)
    given.pipeline = found.name if found is not None else ""


def _wish(installation: Installation, given: argparse.Namespace) -> TrainingWish:
    """What is to be learnt: of a pipeline its rows and its outcome say what they are, and its train node how."""
    wanted = _training_settings(given)
    if not given.pipeline:
        return TrainingWish(given.name, wanted, entity=given.entity, approve_by=given.approve_by)
    model = installation.models.current()
    plan = plan_of(model, given.pipeline)
    pipeline = model.pipelines[given.pipeline]
    if pipeline.training is not None and pipeline.training.model == given.name:
        return wish_from(pipeline)
    task: Task = "event" if plan.outcome is None or plan.outcome.event else "number"
    return wish_with(pipeline, given.name, replace(wanted, task=task), given.approve_by)


def learnt_from(installation: Installation, given: argparse.Namespace, console: Console) -> FeatureTable:
    """The table of a pipeline as the account may read it."""
    plan, context = plan_of(installation.models.current(), given.pipeline), _reader(installation, given)
    found = installation.workplace.read(context, lambda work: learning_table(work, plan))
    rows, held = len(found.table.keys), sum(found.table.held_out)
    console.say(
        f"{rows} 行，留出较晚的 {held} 行检验；{found.censored} 行结果未知，未用",
        f"{rows} rows, the latest {held} of them held out; the outcome of {found.censored} is not known, they are left out",
    )
    return found.table


def _scored(installation: Installation, given: argparse.Namespace) -> FeatureTable:
    """The rows to score by the same pipeline, as the account may read them."""
    plan, context = plan_of(installation.models.current(), given.pipeline), _reader(installation, given)
    ids = [decode_id(one) for one in given.record]
    found = installation.workplace.read(context, lambda work: scoring_table(work, plan, ids))
    if found.omitted:
        names = ", ".join(found.omitted)
        raise DougongError(
            Message(
                f"{given.user} 不能读取这些特征，无法评分：{names}", f"{given.user} may not read what it needs: {names}"
            )
        )
    return found.table


def _reader(installation: Installation, given: argparse.Namespace) -> Context:
    if not given.user:
        raise DougongError(Message("需要 --user：以谁的权限读取", "--user is needed: whose rights rows are read with"))
    return context_of_account(installation, given.user)


class Told:
    """Says each stage once."""

    def __init__(self, console: Console) -> None:
        self._console, self._last = console, ""

    def __call__(self, stage: TrainingStage, share: float) -> None:
        if stage != self._last:
            self._last = stage
            words = STAGES[stage]
            self._console.say(f"{share:4.0%} {words.zh}", f"{share:4.0%} {words.en}")


def score_rows(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """The live version's answers to rows of a pipeline or a sheet, and how far they have moved from those learnt from."""
    sheet = None if given.pipeline else sheet_table(given, "score")
    with opened(settings) as installation:
        table = _scored(installation, given) if sheet is None else sheet
        context, shelf = operator(installation), Shelf()
        version, answers = installation.workplace.read(context, lambda work: score(work, shelf, given.name, table))
        bodies = [answer_body(key, one, console.language) for key, one in zip(table.keys, answers, strict=True)]
        if sheet is None:
            bodies = [{**one, "key": encode_id(key)} for one, key in zip(bodies, table.keys, strict=True)]
        silent = sum(one.value is None for one in answers)
        console.say(
            f"{given.name} 版本 {version.number}:{len(answers)} 行,其中 {silent} 行超出适用范围、不作答",
            f"{given.name} version {version.number}: {len(answers)} rows, {silent} of them outside of its domain and not answered",
        )
        moved = _watched(settings, version, table, console)
        if given.out is not None:
            _write(given.out, bodies)
        else:
            for one in bodies[:20]:
                console.line("  ".join(str(one[name]) for name in ("key", "value", "low", "high", "abstains")))
        console.result({"model": given.name, "version": version.number, "answers": bodies, "watch": moved})
        return 0


def _watched(settings: Settings, version: ModelVersion, table: FeatureTable, console: Console) -> object:
    """Drift and truth, worked out in a child; said only where there is something to say."""
    worker = Workers()
    try:
        content = graph_bytes(settings.data, version.content_hash)
        found = worker.call(watch, content, version.card, table, seconds=300.0, megabytes=settings.train_memory)
    finally:
        worker.close()
    assert isinstance(found, dict)
    if found["moved"]:
        names = ", ".join(found["moved"])
        console.say(
            f"漂移:{names} 与学习时已明显不同,请考虑重新训练",
            f"Drift: {names} moved since it learnt: consider to train again",
        )
    if found["untrue"]:
        error = f"{found['truth']['ece_pp']:.1f}"
        console.say(
            f"新结果上的校准误差 {error} 个百分点,请重新训练",
            f"On new outcomes the calibration error is {error} points: train again",
        )
    return found


def check(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Whether a file is one that would be run: read by hand, then loaded in a child with limits."""
    try:
        content = Path(given.name).read_bytes()
    except OSError:
        raise DougongError(Message(f"无法读取 {given.name}", f"{given.name} cannot be read")) from None
    read_graph(content)
    worker = Workers()
    try:
        words = worker.call(check_file, content, seconds=SECONDS, megabytes=MEGABYTES)
    finally:
        worker.close()
    assert isinstance(words, GraphWords)
    kilobytes = words.size / 1024
    console.say(
        f"可用:{words.nodes} 个节点,{kilobytes:.0f} KiB,算子 {', '.join(sorted(words.operators))}",
        f"Sound: {words.nodes} nodes, {kilobytes:.0f} KiB, operators {', '.join(sorted(words.operators))}",
    )
    console.result({"nodes": words.nodes, "bytes": words.size, "operators": sorted(words.operators)})
    return 0


def operator(installation: Installation) -> Context:
    """Whoever stands at the console."""
    principal = Principal(0, "command line", frozenset(), administrator=True, service="command line")
    return Context(principal, installation.clock.now(), zone=installation.settings.zone, cause="model")


def sheet_table(given: argparse.Namespace, act: str) -> FeatureTable:
    """The sheet of a command as a feature table."""
    if given.table is None:
        raise DougongError(Message("需要 --table:CSV 文件", "--table is needed: a CSV file"))
    if act == "train" and not (given.at and given.target):
        raise DougongError(
            Message(
                "训练需要 --at(决策时间列)与 --target(标签列)",
                "Training takes --at (when it was decided) and --target (the label)",
            )
        )
    roles = ColumnRoles(
        given.at or "",
        given.target or "",
        given.key or "",
        given.unit or "",
        tuple(given.leave_out),
        tuple(given.category),
        tuple(_pairs(given.group, "group")),
        tuple((name, 1 if value in {"1", "+1"} else -1) for name, value in _pairs(given.monotone, "monotone")),
        given.holdout,
        given.gap,
    )
    try:
        content = given.table.read_bytes()
    except OSError:
        raise DougongError(Message(f"无法读取 {given.table}", f"{given.table} cannot be read")) from None
    return table_of_csv(content, roles)


def _pairs(given: Sequence[str], name: str) -> list[tuple[str, str]]:
    pairs = [tuple(one.split("=", 1)) for one in given]
    if any(len(one) != 2 for one in pairs):
        raise DougongError(Message(f"--{name} 应写成 列=值", f"--{name} takes COLUMN=VALUE"))
    return [(one[0], one[1]) for one in pairs]


def _training_settings(given: argparse.Namespace) -> TrainingSettings:
    heuristic = None
    if given.heuristic:
        (column, above), *_ = _pairs([given.heuristic], "heuristic")
        try:
            heuristic = Heuristic(column, float(above))
        except ValueError:
            raise DougongError(Message("--heuristic 的界应为数", "The bound of --heuristic is a number")) from None
    return TrainingSettings(
        task=given.task,
        learner=Learner(given.learner),
        calibrate=Calibration(given.calibrate),
        interval=given.interval,
        trees=given.trees,
        reweigh=given.reweigh,
        group_by=given.group_by,
        heuristic=heuristic,
    )


def _write(path: Path, bodies: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("key", "value", "low", "high", "abstains"))
        for one in bodies:
            reasons = one["abstains"]
            assert isinstance(reasons, list)
            writer.writerow((one["key"], one["value"], one["low"], one["high"], "; ".join(reasons)))
