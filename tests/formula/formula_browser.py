"""Formulas in JavaScript: in the node that the browser driver brings along."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from formula_world import MOMENT
from playwright._impl._driver import compute_driver_executable

from engine.model.formula import Formula, Moment
from engine.runtime.formula.javascript import javascript_module

RUNTIME = Path(__file__).parents[2] / "engine" / "widgets" / "shared" / "formula.js"
_RUN = """
import {{ formulas }} from "./formulas.js";
const asked = {asked}, moment = {moment};
const shown = asked.map(([key, cells]) => {{
  try {{ const value = formulas[key](cells, moment); return typeof value === "bigint" ? String(value) : value; }}
  catch (error) {{ return `${{error.name}}: ${{error.message}}`; }}
}});
console.log(JSON.stringify(shown));
"""


def javascript_values(
    asked: Sequence[tuple[Formula, Mapping[str, object]]], folder: Path, moment: Moment = MOMENT
) -> list[object]:
    """The value of each formula on its cells; a failure is its text."""
    formulas = {str(at): formula for at, (formula, _) in enumerate(asked)}
    (folder / "formulas.js").write_text(javascript_module(formulas), "utf-8")
    (folder / "formula.js").write_text(RUNTIME.read_text("utf-8"), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    given = [(str(at), cells) for at, (_, cells) in enumerate(asked)]
    around = {
        "now": moment.now.isoformat().replace("+00:00", "Z"),
        "today": moment.today.isoformat(),
        "zone": moment.zone,
        "variables": dict(moment.variables),
    }
    text = _RUN.format(asked=json.dumps(given, default=str), moment=json.dumps(around))
    (folder / "run.js").write_text(text, "utf-8")
    done = subprocess.run(
        [compute_driver_executable()[0], "run.js"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[object] = json.loads(done.stdout)
    return found
