"""The designer's browser half: the files that its build left beside this module, none where it was not built."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.runtime.search.initials import FILE as INITIALS_FILE

TEMPLATES = Path(__file__).parent / "templates"
STYLES = Path(__file__).parent / "styles"
BUILT = Path(__file__).parent / "static"
MANIFEST = "manifest.json"
ENTRY = "src/main.ts"
FOLDER = "designer"
INITIALS = f"{FOLDER}/initials.txt"
"""First letters of the readings of Chinese characters, for searching by them in the browser."""


@cache
def built_files() -> Mapping[str, bytes]:
    """The built files by the names under which they are served, and the style sheet of the canvas."""
    manifest = BUILT / MANIFEST
    drawn = {f"{FOLDER}/{path.name}": path.read_bytes() for path in sorted(STYLES.glob("*.css"))}
    if not manifest.exists():
        return drawn
    files = {
        f"{FOLDER}/{path.name}": path.read_bytes() for path in sorted(BUILT.glob("*")) if path.suffix in {".js", ".css"}
    }
    return {**drawn, **files, INITIALS: INITIALS_FILE.read_bytes()}


@cache
def entry() -> tuple[str, tuple[str, ...]] | None:
    """The script that the page begins with, and its style sheets, by the names under which they are served; None when
    there is no build."""
    if not (BUILT / MANIFEST).exists():
        return None
    told = json.loads((BUILT / MANIFEST).read_text("utf-8"))[ENTRY]
    return f"{FOLDER}/{told['file']}", tuple(f"{FOLDER}/{name}" for name in told.get("css", ()))
