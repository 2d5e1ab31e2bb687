"""Training: from a sheet to a version that is live by the commands people use, and how true it is on rows held out."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.models.public_sets import CREDIT_HEADER, bank_table, credit_rows, credit_table, sheet, wide_table
from bench.report import Row
from engine.model.feature_tables import FeatureTable
from engine.model.trained import TrainedModel, TrainingOrder, TrainingSettings
from packs.strategy.training.trainer import StrategyTrainer

CREDIT = TrainingSettings()
FLAGS = (
    "--at",
    "at",
    "--target",
    "late",
    "--key",
    "id",
    "--category",
    "dependants",
    "--category",
    "homes",
    "--holdout",
    "0.3333",
)
BOSS = "label: {zh: 老板, en: Boss}\nadministers: true\n"


def trained(table: FeatureTable, settings: TrainingSettings = CREDIT) -> TrainedModel:
    return StrategyTrainer().train(TrainingOrder("measured", table, settings), lambda stage, share: None)


def chain(rows: int | None) -> tuple[dict[str, Any], float, float, float]:
    """Set up, train, deploy by command: the card, seconds, seconds of the processor, megabytes at most."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        lines = folder / "rows.csv"
        lines.write_bytes(sheet(CREDIT_HEADER, credit_rows(rows, 1)))
        _run(folder, "new", "shop", "--folder", made)
        (folder / "shop/roles/boss.yaml").write_text(BOSS, "utf-8")
        _run(folder, "apply")
        _run(folder, "user", "create", "boss", "--name", "Boss", "--admin")
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        found = json.loads(_run(folder, "model", "train", "late", "--table", str(lines), *FLAGS, "--json"))
        _run(folder, "model", "deploy", "late", "--version", "1", "--user", "boss")
        seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return found, seconds, used, after.ru_maxrss / 1024


def _run(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "engine.cli"]
    if words[0] != "new":
        command += ["--packs", str(folder / "shop"), "--data", str(folder / "data")]
    environment = {**os.environ, "DOUGONG_NEW_PASSWORD": "a-first-password"}
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def measured(rows: int | None = None, most: float = 120.0) -> list[Row]:
    """One chain of 100,000 rows to learn from and 50,000 held out, by command; its figures."""
    found, seconds, used, megabytes = chain(rows)
    card: Mapping[str, Any] = found["card"]
    learnt = card["rows"]["learnt"]
    said = f"{learnt} rows × 13, by command"
    return [
        Row("A5_CHAIN", f"{said}: sheet to deployed, wall clock", most, seconds, "s"),
        Row("A5_CHAIN_CPU", f"{said}: the same in processor seconds of all cores", 2 * most, used, "s"),
        Row("A5_MEMORY", f"{said}: the largest process", 4_000, megabytes, "MB"),
        Row(
            "A1_PARITY",
            f"file beside its trainer, {card['parity']['rows']} rows, 1e-9",
            1.0,
            card["parity"]["largest_difference"] / 1e-9,
            "e-9",
        ),
        Row("A4_SIZE", f"file of {card['learner']}", 300, card["onnx_bytes"] / 1024, "KiB"),
    ]


def wide() -> list[Row]:
    """100,000 rows of 60 columns."""
    table = wide_table(133_333, 60, 1)
    began, before = time.perf_counter(), time.process_time()
    model = trained(table, replace(CREDIT, task="event"))
    seconds, used = time.perf_counter() - began, time.process_time() - before
    parity: Any = model.card["parity"]
    return [
        Row(
            "A5_WIDE", f"{sum(not out for out in table.held_out)} rows × 60: learnt, judged, written", 300, seconds, "s"
        ),
        Row("A5_WIDE_CPU", "the same in processor seconds of all cores", 600, used, "s"),
        Row("A1_PARITY_WIDE", "file beside its trainer", 1.0, parity["largest_difference"] / 1e-9, "e-9"),
    ]


def truth() -> list[Row]:
    """Calibration on rows held out, three orders of the rows; more than ten thousand of them each."""
    credit = [trained(credit_table(None, seed)).card for seed in (1, 2, 3)]
    bank = [trained(bank_table(seed)).card for seed in (1, 2, 3)]
    errors = [_badge(one)["ece_pp"] for one in credit]
    honest = [_badge(one)["claim"] is False or _badge(one)["ece_pp"] <= 1.8 for one in bank]
    return [
        Row("A8_CREDIT", "GiveMeSomeCredit: ECE10 of 50,000 held out, mean of 3", 0.9, statistics.mean(errors), "pp"),
        Row(
            "A8_CREDIT_AUC",
            "the same: area under the curve",
            0.86,
            statistics.mean(_metric(one, "auc") for one in credit),
            "",
            True,
        ),
        Row(
            "A8_BANK",
            "bank marketing: ECE10 of 15,070 held out, mean of 3",
            1.8,
            statistics.mean(_badge(one)["ece_pp"] for one in bank),
            "pp",
        ),
        Row("A8_HONEST", "bank marketing: the badge says what its rows prove", 1.0, statistics.mean(honest), "", True),
        Row(
            "A8_BINS",
            "GiveMeSomeCredit: bins whose observed rate lies in their interval",
            0.9,
            statistics.mean(_interval(one) for one in credit),
            "",
            True,
        ),
        *_against(credit[0]),
    ]


def _against(card: Mapping[str, object]) -> list[Row]:
    baselines: Any = card["baselines"]
    best = min(one["brier"] for one in baselines)
    return [
        Row(
            "BASELINES",
            "GiveMeSomeCredit: Brier score beside the best of naive, own rate, regression",
            best,
            _metric(card, "brier"),
            "",
        )
    ]


def honesty() -> list[Row]:
    """Few rows never get the words; a rare answer that was weighed up is calibrated back."""
    few = [trained(credit_table(400, seed, 0.25)).card for seed in range(1, 11)]
    weighed = trained(credit_table(30_000, 1), replace(CREDIT, reweigh=True)).card
    return [
        Row(
            "A9_CLAIMS",
            "10 histories of 300 rows: how many say ±1.8 %",
            0,
            sum(_badge(one)["claim"] for one in few),
            "",
        ),
        Row("A18_WEIGHED", "the rare answer weighed up: ECE10 after calibration", 1.8, _badge(weighed)["ece_pp"], "pp"),
    ]


def _badge(card: Mapping[str, object]) -> dict[str, Any]:
    badge = card["badge"]
    assert isinstance(badge, dict)
    return badge


def _metric(card: Mapping[str, object], name: str) -> float:
    metrics = card["metrics"]
    assert isinstance(metrics, dict)
    return float(metrics[name])


def _interval(card: Mapping[str, object]) -> float:
    interval = card["interval"]
    assert isinstance(interval, dict)
    return float(interval["bins_held"])
