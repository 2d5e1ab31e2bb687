"""Formulas against an independent spreadsheet program, LibreOffice without a window: 2,000 cases that are meant to be equal,
and the differences that the reference lists, which must be there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal as Exact
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import python_calamine

from bench.report import Row
from engine.runtime.formula.arithmetic import rounded
from engine.runtime.formula.functions import FUNCTIONS
from engine.runtime.formula.value import RowCells, compile_value
from tests.formula.formula_world import MOMENT, cells, formula, shown
from tests.full.sheet_cases import DIFFERENCES, PAIRS, SheetCase, sheet_cases

LEAST, SECONDS = 2_000, 300
NEAR = Exact("1e-9")
"""How far a binary float may be from an exact number of at most nine digits."""
REFERENCE = Path(__file__).parents[2] / "docs/reference/formula.md"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CELL = re.compile(r"\bA(\d{6})\b")
_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
_FORMULAS = 'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'


def measured() -> list[Row]:
    """Exit with words when the program is missing: nothing would have been compared."""
    cases = list(sheet_cases())
    known = [SheetCase(ours, theirs) for ours, theirs, _, _ in DIFFERENCES]
    theirs = spreadsheet_values([one.theirs for one in (*cases, *known)])
    wrong = [
        f"{one.ours} is {own!r}, {one.theirs} is {value!r}"
        for one, value in zip(cases, theirs, strict=False)
        if not same(own := value_of(one), value)
    ]
    for one in wrong[:20]:
        print(one)
    vanished = list(_vanished(theirs[len(cases) :]))
    missed = [one for one in FAULTS if not _found(one, cases, theirs)]
    return [
        Row("sheet-equal", f"values that differ from the spreadsheet's, of {len(cases)}", 0, len(wrong), ""),
        Row("sheet-cases", f"cases short of {LEAST} over {len(PAIRS)} pairs", 0, max(0, LEAST - len(cases)), ""),
        Row("sheet-differences", f"listed differences not there {' '.join(vanished)}", 0, len(vanished), ""),
        Row("sheet-controls", f"planted faults not found {' '.join(missed)}", 0, len(missed), ""),
    ]


def value_of(case: SheetCase) -> object:
    """Our value in one spelling."""
    one = formula(case.ours)
    return shown(compile_value(one)(RowCells(cells("deal", case.row)), MOMENT), one.type)


def same(ours: object, theirs: object) -> bool:
    """Whether a value of ours is a cell's: numbers by their size, everything else as it stands."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return bool(ours) == bool(theirs) and isinstance(theirs, bool | int | float)
    if isinstance(theirs, int | float) and isinstance(ours, str) and _NUMBER.fullmatch(ours):
        return abs(Exact(ours) - Exact(repr(theirs))) <= NEAR * max(1, abs(Exact(ours)))
    return ours == theirs


def spreadsheet_values(formulas: Sequence[str]) -> list[object]:
    """What the program works out for each formula."""
    program = shutil.which("soffice")
    if program is None:
        raise SystemExit("LibreOffice is needed and missing: apt-get install --no-install-recommends libreoffice-calc")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "asked.fods").write_text(document(formulas), "utf-8")
        command = [program, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx"]
        done = subprocess.run(
            [*command, "--outdir", made, str(folder / "asked.fods")],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        answered = folder / "asked.xlsx"
        if done.returncode or not answered.exists():
            raise SystemExit(f"LibreOffice failed: {done.stderr[-800:]}")
        rows = python_calamine.load_workbook(str(answered)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [row[1] for row in rows]


def document(formulas: Sequence[str]) -> str:
    """A sheet with a number and a formula in every row; no value is written, so that every one is worked out."""
    rows = "".join(
        f'<table:table-row><table:table-cell office:value-type="float" office:value="{at}"/>'
        f"<table:table-cell table:formula={quoteattr('of:=' + _references(one))}/></table:table-row>"
        for at, one in enumerate(formulas)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NAMESPACES} {_FORMULAS} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document>'
    )


def _references(written: str) -> str:
    """Names of cells in the brackets of the file's formulas."""
    return _CELL.sub(r"[.A\1]", written)


def _vanished(theirs: Sequence[object]) -> Iterator[str]:
    """Listed differences that are none: a side has another value than the list says, or the reference lacks it."""
    reference = REFERENCE.read_text("utf-8")
    for (ours, theirs_text, own, other), value in zip(DIFFERENCES, theirs, strict=True):
        if value_of(SheetCase(ours, theirs_text)) != own or value != other or f"`{ours}`" not in reference:
            yield f"{ours}:{value!r}"


FAULTS: Mapping[str, Callable[[list[Any], Any], Any]] = {
    "round": lambda values, shape: (
        None if None in values else rounded(values[0], shape.scales[0] - shape.result, "round_down")
    ),
    "workdays": lambda values, shape: None if None in values else (values[1] - values[0]).days,
    "payment": lambda values, shape: None if None in values else values[0],
    "right": lambda values, shape: None if None in values else values[0][-values[1] :][::-1],
}
"""Faults of ours, which the comparison must find."""


def _found(name: str, cases: Sequence[SheetCase], theirs: Sequence[object]) -> bool:
    rules: dict[str, Any] = FUNCTIONS  # type: ignore[assignment]
    right, rules[name] = rules[name], FAULTS[name]
    try:
        return any(not same(value_of(one), value) for one, value in zip(cases, theirs, strict=False))
    finally:
        rules[name] = right
