"""Mutation of the policy: each line that decides on a right is removed or turned, and the rights oracle must notice.

A mutant is a changed code object in the place of a function's own, in a forked child that then asks the oracle.
`python -m tests.mutate_access [part of a name]` tells the survivors.
"""

from __future__ import annotations

import ast
import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass
from enum import StrEnum
from inspect import unwrap
from pathlib import Path
from random import Random
from types import CodeType, FunctionType, ModuleType

import pytest

from tests.oracle.asking import ask_until

ROOT = Path(__file__).parents[1]
MODULES = (
    "engine.runtime.access.decide",
    "engine.runtime.access.decisions",
    "engine.runtime.access.rights",
    "engine.runtime.query.secure",
    "engine.runtime.query.cells",
    "engine.runtime.query.rights",
    "engine.runtime.query.names",
    "engine.runtime.query.decoding",
    "engine.runtime.query.secured_columns",
    "engine.runtime.metrics.sources",
    "engine.runtime.history",
    "engine.runtime.records.checks",
    "engine.runtime.records.removal",
    "engine.runtime.records.parsing",
    "engine.runtime.records.transitions",
    "engine.runtime.records.writing",
)
CHECKS_ONLY = frozenset(one for one in MODULES if one.startswith("engine.runtime.records."))
"""Of these modules only calls that check a right are policy; the rest of them writes."""
CHECKING = frozenset(
    {"check_new_row", "check_permitted", "not_written_by_right", "may", "reads", "permitted", "writable_fields"}
)
CORE = (
    "engine.runtime.access.",
    "engine.runtime.query.secure",
    "engine.runtime.query.cells",
    "engine.runtime.query.rights",
)
"""Where a sample is drawn from."""
DIRECT = "tests/runtime/query/test_rights.py"
"""Rights asked of rows by services: some of their lines stand behind others that every request meets first."""
QUIETLY = ("-p", "no:cacheprovider", "--assert=plain", "-x", "-k", "not postgres")
MOST_CHECKS = 6_000
SECONDS = 300
SEED = 5
EQUIVALENT: Mapping[str, str] = {}
"""Mutants that change no answer, with the reason."""


@dataclass(frozen=True)
class Mutant:
    """One change of one function; `name` says where and what."""

    name: str
    module: str
    function: str
    tree: ast.Module


def mutants() -> Iterator[Mutant]:
    """All mutants of the policy's modules, in the order of the text."""
    for module in MODULES:
        tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text("utf-8"))
        for function, path in _functions(tree):
            for at, (what, changed) in enumerate(_changes(tree, path, module in CHECKS_ONLY)):
                yield Mutant(
                    f"{module.removeprefix('engine.runtime.')}.{function} {at}: {what}", module, function, changed
                )


def _functions(tree: ast.Module) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every function and method of a module, by name and place in the tree."""
    for at, one in enumerate(tree.body):
        if isinstance(one, ast.FunctionDef):
            yield one.name, (at,)
        if isinstance(one, ast.ClassDef):
            for inner, method in enumerate(one.body):
                if isinstance(method, ast.FunctionDef):
                    yield f"{one.name}.{method.name}", (at, inner)


def _at(tree: ast.Module, path: tuple[int, ...]) -> ast.FunctionDef:
    node: ast.Module | ast.ClassDef | ast.FunctionDef = tree
    for at in path:
        node = node.body[at]  # type: ignore[assignment]
    assert isinstance(node, ast.FunctionDef)
    return node


def _changes(tree: ast.Module, path: tuple[int, ...], checks_only: bool) -> Iterator[tuple[str, ast.Module]]:
    count = sum(1 for _ in ast.walk(_at(tree, path)))
    for at in range(count):
        for kind in range(_kinds(_node(_at(tree, path), at), checks_only)):
            function = deepcopy(_at(tree, path))
            what = _change(function, at, kind)
            if what:
                yield what, _with(tree, path, ast.fix_missing_locations(function))


def _with(tree: ast.Module, path: tuple[int, ...], function: ast.FunctionDef) -> ast.Module:
    """The module with another function at that place; the rest of it is the same."""
    place, *inner = path
    one: ast.stmt = function
    if inner:
        one = copy(tree.body[place])
        assert isinstance(one, ast.ClassDef)
        one.body = [*one.body[: inner[0]], function, *one.body[inner[0] + 1 :]]
    return ast.Module([*tree.body[:place], one, *tree.body[place + 1 :]], tree.type_ignores)


def _node(function: ast.FunctionDef, at: int) -> ast.AST:
    for index, node in enumerate(ast.walk(function)):
        if index == at:
            return node
    raise IndexError(at)


def _calls(node: ast.AST) -> bool:
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in CHECKING
        for one in ast.walk(node)
    )


def _kinds(node: ast.AST, checks_only: bool) -> int:
    """In how many ways a node can be changed."""
    if checks_only and not (
        isinstance(node, ast.If | ast.Expr) and _calls(node.test if isinstance(node, ast.If) else node)
    ):
        return 0
    match node:
        case ast.If():
            return 2
        case ast.BoolOp():
            return len(node.values)
        case ast.Expr(value=ast.Call()):
            return 1
        case ast.Call(func=ast.Attribute(attr="all_of"), args=[ast.List(elts=[_, _, *_])]):
            return len(node.args[0].elts)  # type: ignore[attr-defined]
        case ast.IfExp() | ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()]):
            return 1
        case ast.comprehension(ifs=[_, *_]):
            return 1
        case _:
            return 0


OPPOSITE = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def _change(function: ast.FunctionDef, at: int, kind: int) -> str:
    """Change the node in place; what was done, in words."""
    node = _node(function, at)
    text = ast.unparse(node).splitlines()[0][:90]
    match node:
        case ast.If() | ast.IfExp():
            node.test = ast.Constant(kind == 0)
            return f"condition {kind == 0}: {text}"
        case ast.BoolOp():
            dropped = node.values.pop(kind)
            return f"without {ast.unparse(dropped)[:60]} in {text}"
        case ast.Expr():
            node.value = ast.Constant(None)
            return f"without {text}"
        case ast.Call(args=[ast.List() as listed, *_]):
            dropped = listed.elts.pop(kind)
            return f"without {ast.unparse(dropped)[:60]} in {text}"
        case ast.Compare():
            node.ops = [OPPOSITE[type(node.ops[0])]()]
            return f"turned {text}"
        case ast.comprehension():
            node.ifs = []
            return f"all of {ast.unparse(node.iter)[:60]} in {function.name}"
    return ""


def plant(mutant: Mutant) -> None:
    """Put the mutant's code in the place of the function's own, for good: only a child does this."""
    module = importlib.import_module(mutant.module)
    target = _live(module, mutant.function)
    code = _code(compile(mutant.tree, str(module.__file__), "exec"), mutant.function.split("."))
    target.__code__ = code


def _live(module: ModuleType, name: str) -> FunctionType:
    found: object = module
    for part in name.split("."):
        found = vars(found)[part]
    found = found.fget if isinstance(found, property) else getattr(found, "func", found)
    found = unwrap(found) if callable(found) else found
    assert isinstance(found, FunctionType), name
    return found


def _code(code: CodeType, names: Sequence[str]) -> CodeType:
    for name in names:
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
    return code


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    HUNG = "HUNG"
    SURVIVED = "SURVIVED"


def fate_of(mutant: Mutant | None, checks: int = MOST_CHECKS) -> Fate:
    """Whether the oracle, or a crash, tells the mutant (None: the product as it is) from the product; asked in a child."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os._exit(_asked(mutant, checks))
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(SECONDS)
    _, status = os.waitpid(child, 0)
    signal.alarm(0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return Fate.HUNG
    return Fate.KILLED if status else Fate.SURVIVED


def _asked(mutant: Mutant | None, checks: int) -> int:
    """In the child: 0 when nothing was noticed, neither over HTTP nor by the tests of what HTTP does not reach."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        if mutant is not None:
            plant(mutant)
        with tempfile.TemporaryDirectory() as folder:
            ask_until(Path(folder), "sqlite:///", SEED, checks)
        return int(pytest.main([*QUIETLY, str(ROOT / DIRECT)]))
    except BaseException:
        return 1


def judged(chosen: Sequence[Mutant]) -> Iterator[tuple[Mutant, Fate]]:
    """Each mutant that no reason excuses, with its fate, after a control: the product itself is not told from itself."""
    assert fate_of(None, 600) is Fate.SURVIVED, "the unchanged product does not pass"
    for one in chosen:
        if one.name not in EQUIVALENT:
            yield one, fate_of(one)


def main(names: list[str]) -> int:
    """Ask every mutant whose name holds one of the words, or with `--sample N` a seeded few; exit 1 when one survives."""
    chosen = [one for one in mutants() if not names or any(word in one.name for word in names)]
    if names[:1] == ["--sample"]:
        chosen = Random(SEED).sample([one for one in mutants() if one.module.startswith(CORE)], int(names[1]))
    left = 0
    for one, fate in judged(chosen):
        left += fate is not Fate.KILLED
        print(f"{fate:<8} {one.name}", flush=True)
    print(f"{len(chosen)} mutants, {left} not killed")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
