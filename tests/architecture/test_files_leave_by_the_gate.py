"""Whatever a reader takes with them as a file is handed over by the egress gate: no answer is a download by itself."""

from __future__ import annotations

from tests.architecture.parsed import ROOT

FOLDERS = ("engine/web", "designer", "engine/installation")


def test_every_download_is_handed_over_by_the_gate() -> None:
    named = [
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "attachment; filename" in (text := path.read_text("utf-8")) and "Taken(" not in text
    ]
    assert named == []
    assert any("attachment; filename" in path.read_text("utf-8") for path in (ROOT / "engine/web").rglob("*.py")), (
        "the control"
    )
