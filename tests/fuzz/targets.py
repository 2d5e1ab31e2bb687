"""Fuzz targets: what reads text of strangers, each in a child under atheris, and once more with each planted fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.report import Row

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests/corpus/fuzz"
KEPT = ROOT / "build/fuzz"
"""Where inputs that broke a target stay."""
SECONDS = int(os.environ.get("DOUGONG_FUZZ_SECONDS", "60"))
CONTROL_SECONDS = 300
"""A planted fault is found in well under a minute, on a machine that has nothing else to do."""
LONGEST = 4096
"""Bytes of the longest input."""
FAULTS = {
    "yaml": {"crash": "AssertionError: planted", "slow": " ms for ", "greedy": " MB for "},
    "formula": {"crash": "ZeroDivisionError"},
    "filter": {"crash": "ValueError"},
    "pack": {"crash": "AssertionError: planted"},
    "csv": {"crash": "IndexError"},
    "excel": {"crash": "XmlError"},
}
"""Targets, the faults that can be planted in each, and what the fuzzer says when it finds them."""


@dataclass(frozen=True)
class Run:
    """How a run ended: whether an input broke the target, the most time and memory, how many inputs, the last words."""

    broken: bool
    milliseconds: float
    megabytes: float
    inputs: int
    output: str


def seeds(name: str) -> list[bytes]:
    """The inputs that a target starts from: parts of a text between lines of four strokes, and each of them grown."""
    parts = [part.encode() for part in (CORPUS / f"{name}.txt").read_text("utf-8").split("\n----\n")]
    return [*parts, *((part * (LONGEST // len(part) + 1))[:LONGEST] for part in parts)]


def run(name: str, seconds: int, fault: str = "") -> Run:
    """One target for so many seconds, or until an input breaks it."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "seeds").mkdir()
        for at, content in enumerate(seeds(name)):
            (folder / "seeds" / f"{at:03}").write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.child", name, str(seconds), str(folder), *([fault] if fault else [])],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        worst = folder / "worst.json"
        milliseconds, megabytes, inputs = json.loads(worst.read_text("utf-8")) if worst.exists() else (0, 0, 0)
        if done.returncode and not fault:
            _keep(name, folder)
        return Run(done.returncode != 0, milliseconds, megabytes, inputs, done.stdout[-3000:])


def _keep(name: str, folder: Path) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    for found in folder.glob("*-*"):
        found.replace(KEPT / f"{name}-{found.name}")


def measured() -> list[Row]:
    """Every target, then every planted fault."""
    rows: list[Row] = []
    for name in FAULTS:
        found = run(name, SECONDS)
        print(f"{name}: {found.inputs} inputs{': ' + found.output if found.broken else ''}", flush=True)
        rows += [
            Row(f"fuzz-{name}", f"inputs that broke it, in {found.inputs}", 0, int(found.broken), ""),
            Row(f"fuzz-{name}-time", "most processor time for an input", 50, found.milliseconds, "ms"),
            Row(f"fuzz-{name}-memory", "most memory for an input", 64, found.megabytes, "MB"),
        ]
    missed = [f"{name}:{fault}" for name, faults in FAULTS.items() for fault in faults if not found_fault(name, fault)]
    return [*rows, Row("fuzz-controls", f"planted faults not found {' '.join(missed)}", 0, len(missed), "")]


def found_fault(name: str, fault: str) -> bool:
    """Whether the fuzzer finds a planted fault, by what it says."""
    done = run(name, CONTROL_SECONDS, fault)
    return done.broken and FAULTS[name][fault] in done.output
