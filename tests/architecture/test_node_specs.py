"""Whoever compiles what is served, published or checked tells the compiler which kinds of nodes there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.parsed import ROOT, trees

TAKES = {"Compiler": 3, "compile_packs": 3, "Workspace": 3, "Studio": 4, "Edition": 4, "rename": 5}
"""How many arguments a call has with the kinds of nodes."""
CALLED = re.compile(rf"\b(?:{'|'.join(TAKES)})\s*\(")
ALONE = {"engine/dsl/check.py", "engine/dsl/compiler.py", "designer/differences/editions.py"}
"""What knows no runtime, or is told by its caller."""


def _calls() -> Iterator[tuple[str, str, int]]:
    for name, tree in trees():
        if name.startswith(("engine/", "designer/")) and CALLED.search((ROOT / name).read_text("utf-8")):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TAKES:
                    yield name, node.func.id, len(node.args) + len(node.keywords)


def test_every_compiler_is_told_the_kinds_of_nodes() -> None:
    found = [(file, name) for file, name, given in _calls() if given < TAKES[name] and file not in ALONE]
    assert found == []
