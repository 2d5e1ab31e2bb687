"""Formulas in JavaScript: in the node that the browser driver brings along."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

from engine.model.formula import Formula, Moment
from engine.runtime.formula.javascript import javascript_module
from tests.formula.formula_world import MOMENT

RUNTIME = (Path(__file__).parents[2] / "engine" / "widgets" / "shared" / "formula.js").read_text("utf-8")
_RUN = """
import { readFileSync } from "node:fs";
import { formulas } from "./formulas.js";
const { asked, rows, moment } = JSON.parse(readFileSync("asked.json", "utf8"));
const shown = asked.map(([key, row]) => {
  try { const value = formulas[key](rows[row], moment); return typeof value === "bigint" ? String(value) : value; }
  catch (error) { return `${error.name}: ${error.message}`; }
});
console.log(JSON.stringify(shown));
"""


def javascript_values(
    asked: Sequence[tuple[Formula, Mapping[str, object]]],
    folder: Path,
    moment: Moment = MOMENT,
    runtime: str = RUNTIME,
) -> list[object]:
    """The value of each formula on its cells; a failure is its text."""
    formulas = {str(id(formula)): formula for formula, _ in asked}
    rows = {str(id(cells)): cells for _, cells in asked}
    around = {
        "now": moment.now.isoformat().replace("+00:00", "Z"),
        "today": moment.today.isoformat(),
        "zone": moment.zone,
        "variables": dict(moment.variables),
    }
    pairs = [(str(id(formula)), str(id(cells))) for formula, cells in asked]
    given = json.dumps({"asked": pairs, "rows": rows, "moment": around}, default=str)
    for name, text in (
        ("formulas.js", javascript_module(formulas)),
        ("formula.js", runtime),
        ("package.json", '{"type": "module"}'),
        ("asked.json", given),
        ("run.js", _RUN),
    ):
        (folder / name).write_text(text, "utf-8")
    done = subprocess.run(
        [compute_driver_executable()[0], "run.js"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[object] = json.loads(done.stdout)
    return found
