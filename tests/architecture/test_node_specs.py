"""Whoever compiles what is served, published or checked tells the compiler which kinds of nodes there are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOLD = {"Compiler", "compile_packs", "Workspace", "Studio", "Edition", "rename"}
ALONE = {"engine/dsl/check.py"}
"""What knows no runtime."""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("engine", "designer"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD:
                    yield file.relative_to(ROOT).as_posix(), node


def _says(call: ast.Call) -> bool:
    given = [*call.args, *(one.value for one in call.keywords)]
    return any(word in ast.unparse(one) for one in given for word in ("node_specs", "nodes"))


def test_every_compiler_is_told_the_kinds_of_nodes() -> None:
    calls = list(_calls())
    assert {call.func.id for _, call in calls if isinstance(call.func, ast.Name)} == TOLD
    assert [f"{file}:{call.lineno}" for file, call in calls if not _says(call) and file not in ALONE] == []
