"""The sources of the product, each parsed once for all tests of the architecture, and forgotten after them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "packs", "designer")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_WANTED = (*_FUNCTION, ast.ClassDef, ast.Import, ast.ImportFrom)
_BARE = (ast.expr, ast.expr_context, ast.operator)
"""What can hold neither a definition nor an import."""


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@cache
def trees() -> list[tuple[str, ast.Module]]:
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))) for path in sources()]


@cache
def nodes() -> list[tuple[str, ast.AST, bool]]:
    """The definitions and imports of all sources: file, node, and whether a function holds it; all is walked once."""
    return [(name, *one) for name, tree in trees() for one in _within(tree, False)]


def _within(node: ast.AST, held: bool) -> Iterator[tuple[ast.AST, bool]]:
    waiting = [(node, held)]
    while waiting:
        node, held = waiting.pop()
        if isinstance(node, _WANTED):
            yield node, held
        if not isinstance(node, _BARE):
            inside = held or isinstance(node, _FUNCTION)
            waiting += [(one, inside) for one in ast.iter_child_nodes(node)]


def functions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [(name, node) for name, node, _ in nodes() if isinstance(node, _FUNCTION)]


def forget() -> None:
    """A million nodes, over which the collector would walk for all tests that come after."""
    nodes.cache_clear()
    trees.cache_clear()
