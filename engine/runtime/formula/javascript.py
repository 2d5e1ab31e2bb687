"""JavaScript of formulas: an ES module of pure functions over cells and the moment, for live forms; no eval, no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.model import formula as types
from engine.model.formula import Aggregate, Call, Formula, Items, Literal, Node, Reference, Variable, scale_of


def javascript_module(formulas: Mapping[str, Formula], runtime: str = "./formula.js") -> str:
    """The text of a module: `formulas` maps each key to `(cells, moment) => text for people's forms, or null`, `reads` to
    the names that it reads, those first that others read.
    """
    lines = [f"import * as f from {json.dumps(runtime)};", "export const formulas = {"]
    for key, formula in formulas.items():
        shown = f"f.out({_node(formula.node)}, {json.dumps(_kind(formula.type))}, {scale_of(formula.type)})"
        lines.append(f"  {json.dumps(key)}: (cells, moment) => {shown},")
    lines.append("};")
    reads = {key: sorted(formulas[key].references) for key in in_order(formulas)}
    lines.append(f"export const reads = {json.dumps(reads)};")
    return "\n".join(lines) + "\n"


def in_order(formulas: Mapping[str, Formula]) -> list[str]:
    """The keys, each behind those that its formula reads: in its own scope, and of lines their fields."""
    found: dict[str, None] = {}

    def add(key: str) -> None:
        if key in found or key in waiting:
            return
        waiting.add(key)
        scope = key.rpartition(".")[0]
        for name in sorted(formulas[key].references):
            for one in (f"{scope}.{name}", name):
                if one in formulas:
                    add(one)
        found[key] = None

    waiting: set[str] = set()
    for key in formulas:
        add(key)
    return list(found)


def _kind(of: types.Type) -> str:
    return type(of).__name__.lower()


def _node(node: Node) -> str:
    match node:
        case Literal(value):
            return _literal(value)
        case Reference(path, of):
            return f"f.cell(cells, {json.dumps(list(path))}, {json.dumps(_kind(of))}, {scale_of(of)})"
        case Variable(name, of):
            return f"f.variable(moment, {json.dumps(name)}, {json.dumps(_kind(of))})"
        case Items(items):
            return f"[{', '.join(_node(one) for one in items)}]"
        case Aggregate():
            return _aggregate(node)
        case Call():
            return _call(node)


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}n"
    return (
        json.dumps(str(value), ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _aggregate(node: Aggregate) -> str:
    named = (("argument", node.argument), ("condition", node.condition), ("order", node.order))
    parts = ", ".join(f"{name}: (cells) => {_node(one)}" for name, one in named if one is not None)
    given = scale_of(node.argument.type) if node.argument is not None else 0
    rows = f"f.rows(cells, {json.dumps(node.over[0] if node.over else '')})"
    return f"f.fold({json.dumps(node.function)}, {rows}, {{{parts}}}, {given}, {scale_of(node.type)})"


def _call(node: Call) -> str:
    match node.function:
        case "and" | "or" | "coalesce" | "if":
            lazy = ", ".join(f"() => {_node(one)}" for one in node.arguments)
            return f"f.{node.function}_({lazy})"
        case "today":
            return "moment.today"
        case "now":
            return "f.now(moment)"
    parts = ", ".join(_node(one) for one in node.arguments)
    scales = json.dumps([scale_of(one.type) for one in node.arguments])
    kinds = json.dumps([_kind(one.type) for one in node.arguments])
    written = json.dumps(bool(node.arguments) and isinstance(node.arguments[-1], Items))
    shape = f"{{scales: {scales}, result: {scale_of(node.type)}, kinds: {kinds}, of: {json.dumps(_kind(node.type))}, written: {written}, zone: moment.zone}}"
    return f"f.call({json.dumps(node.function)}, [{parts}], {shape})"
