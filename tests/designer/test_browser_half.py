"""The designer's browser half: built, within its budgets, served under hashed addresses, never with what a browser need not load."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from designer.browser_half import BUILT, ENTRY, INITIALS, MANIFEST, built_files, entry
from engine.application import look_of_pages

ROOT = Path(__file__).parents[2]
SHELL, GRAPH, TEXT = 90_000, 80_000, 140_000
"""Bytes of gzip: what opens the designer, and what each of the large editors adds when it is opened first."""
Chunk = Mapping[str, object]


def manifest() -> Mapping[str, Chunk]:
    path = BUILT / MANIFEST
    assert path.exists(), "the browser half is not built: make designer"
    told: Mapping[str, Chunk] = json.loads(path.read_text("utf-8"))
    return told


def loaded(name: str, told: Mapping[str, Chunk]) -> frozenset[str]:
    """The files that a chunk loads at once: its own, its style sheets, and those of what it imports."""
    found: set[str] = set()

    def take(one: str) -> None:
        chunk = told[one]
        if str(chunk["file"]) in found:
            return
        found.add(str(chunk["file"]))
        found.update(_names(chunk, "css"))
        for imported in _names(chunk, "imports"):
            take(imported)

    take(name)
    return frozenset(found)


def _names(chunk: Chunk, key: str) -> Iterator[str]:
    listed = chunk.get(key, ())
    yield from (str(one) for one in listed) if isinstance(listed, list) else ()


def weight(files: frozenset[str]) -> int:
    return sum(len(gzip.compress((BUILT / name).read_bytes(), 9, mtime=0)) for name in files)


def test_the_shell_is_within_its_budget() -> None:
    assert weight(loaded(ENTRY, manifest())) <= SHELL


@pytest.mark.parametrize(
    ("start", "budget"),
    [
        ("src/flow/FlowEditor", GRAPH),
        ("src/diagram/Diagram", GRAPH),
        ("src/pipelines/PipelineEditor", GRAPH),
        ("src/text/", TEXT),
    ],
)
def test_a_large_editor_comes_when_it_is_opened_and_within_its_budget(start: str, budget: int) -> None:
    told = manifest()
    shell = loaded(ENTRY, told)
    editors = {name: chunk for name, chunk in told.items() if name.startswith(start) and chunk.get("isDynamicEntry")}
    assert editors
    for name, chunk in editors.items():
        own = loaded(name, told) - shell
        assert str(chunk["file"]) not in shell
        assert weight(own) <= budget, name


def test_the_page_editor_is_no_part_of_the_shell() -> None:
    told = manifest()
    editor = told["src/page/PageEditor.svelte"]
    assert str(editor["file"]) not in loaded(ENTRY, told)


def test_every_file_is_served_as_it_was_built_under_an_address_that_is_kept_for_ever() -> None:
    assets, _ = look_of_pages()
    begin = entry()
    assert begin is not None
    script, sheets = begin
    for name in (script, *sheets, INITIALS):
        answer = assets.respond(assets.url(name), "gzip")
        assert answer is not None
        assert answer.headers["cache-control"].endswith("immutable")
        assert gzip.decompress(bytes(answer.body)) == built_files()[name]


def test_no_file_of_a_stranger_is_kept_in_the_repository() -> None:
    ignored = {one.rstrip("/") for one in (ROOT / ".gitignore").read_text("utf-8").splitlines()}
    assert {"node_modules", "designer/static"} <= ignored
    lock = (ROOT / "designer" / "ui" / "package-lock.json").read_text("utf-8")
    assert "resolved" not in lock, "the lock file names no registry: whoever builds uses their own"
