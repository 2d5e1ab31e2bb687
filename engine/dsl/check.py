"""`python -m engine.dsl.check <pack folders>`: compile packs and print what is wrong with them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from engine.diagnostics import Severity, render_text
from engine.dsl.compiler import compile_packs
from engine.widgets.registry import read_widgets

WIDGETS = Path(__file__).parents[1] / "widgets"


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 without errors, 1 with errors, 2 without folders. `--en` prints English, `--all` information too."""
    folders = [Path(one) for one in arguments if not one.startswith("--")]
    if not folders:
        sys.stderr.write("usage: python -m engine.dsl.check [--en] [--all] <pack folder> …\n")
        return 2
    started = time.perf_counter()
    compilation = compile_packs(folders, read_widgets(WIDGETS))
    everything = "--all" in arguments
    shown = [one for one in compilation.diagnostics if everything or one.severity is not Severity.INFO]
    language = "en" if "--en" in arguments else "zh"
    if shown:
        sys.stdout.write(render_text(shown, language) + "\n")
    errors = len(compilation.errors)
    warnings = sum(one.severity is Severity.WARNING for one in compilation.diagnostics)
    seconds = time.perf_counter() - started
    sys.stdout.write(f"{len(compilation.documents)} resources, {errors} errors, {warnings} warnings, {seconds:.2f} s\n")
    return 1 if errors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
