"""Graphs: a learner and its calibration as one ONNX file in 64-bit floats, from texts and numbers to a probability.

Inputs are `categories` (lines, texts; an empty text is missing) and `numbers` (lines, 64-bit floats; NaN is missing);
outputs `raw` and `value`. Opsets ai.onnx 18 and ai.onnx.ml 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from packs.strategy.training.calibration import Curve, Plain, Platt, Ramps
from packs.strategy.training.forest import Forest, Split, Tree
from packs.strategy.training.line import Line
from packs.strategy.training.matrix import Encoding, Floats

OPSETS = {"": 18, "ai.onnx.ml": 5}
IR_VERSION = 10
_UP_TO, _MEMBER = 0, 6
NO_WORD = (-1,)
"""What stands for the words of a split that missing cells alone go the first way of: a set is never empty."""


class Draft:
    """Nodes and constants as they are added, each under a name of its own."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, values: object, kind: type = numpy.float64) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(values, dtype=kind), name))
        return name

    def add(self, operator: str, inputs: Sequence[str], domain: str = "", output: str = "", **attributes: Any) -> str:
        name = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name


def write_graph(encoding: Encoding, learner: Forest | Line, curve: Curve | None) -> bytes:
    """The file; without a curve the answer is the raw sum (a number). The same model gives the same bytes."""
    draft = Draft()
    codes = [_codes(draft, at, one.words) for at, one in enumerate(encoding.categories)]
    raw = _line(draft, codes, learner) if isinstance(learner, Line) else _forest(draft, codes, encoding, learner)
    draft.add("Identity", [raw], output="raw")
    draft.add("Identity", [raw if curve is None else _curve(draft, raw, curve)], output="value")
    inputs = []
    if encoding.categories:
        inputs.append(helper.make_tensor_value_info("categories", TensorProto.STRING, [None, len(encoding.categories)]))
    if encoding.numbers:
        inputs.append(helper.make_tensor_value_info("numbers", TensorProto.DOUBLE, [None, len(encoding.numbers)]))
    outputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 1]) for name in ("raw", "value")]
    graph = helper.make_graph(draft.nodes, "model", inputs, outputs, initializer=draft.constants)
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="dougong")
    checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _codes(draft: Draft, at: int, words: Sequence[str]) -> str:
    """(lines, 1) whole numbers of a category's words, -1 for an unknown one."""
    column = draft.add("Gather", ["categories", draft.constant([at], numpy.int64)], axis=1)
    return draft.add(
        "LabelEncoder",
        [column],
        domain="ai.onnx.ml",
        keys_strings=list(words),
        values_int64s=list(range(len(words))),
        default_int64=-1,
    )


def _forest(draft: Draft, codes: Sequence[str], encoding: Encoding, forest: Forest) -> str:
    parts = []
    for one in codes:
        number = draft.add("Cast", [one], to=TensorProto.DOUBLE)
        unknown = draft.add("Less", [number, draft.constant(0.0)])
        parts.append(draft.add("Where", [unknown, draft.constant(numpy.nan), number]))
    if encoding.numbers:
        parts.append("numbers")
    matrix = draft.add("Concat", parts, axis=1) if len(parts) > 1 else parts[0]
    total = draft.add("TreeEnsemble", [matrix], domain="ai.onnx.ml", **_ensemble(forest.trees))
    return draft.add("Add", [total, draft.constant(forest.base)])


def _ensemble(trees: Sequence[Tree]) -> dict[str, Any]:
    """The attributes of all trees; a tree of one leaf gets a split whose branches are both that leaf."""
    nodes: list[tuple[Split, int]] = []
    roots: list[int] = []
    weights: list[float] = []
    branches: dict[str, list[int]] = {"first": [], "first_leaf": [], "second": [], "second_leaf": []}
    for tree in trees:
        start = len(nodes)
        roots.append(start)
        for split in tree.nodes or (Split(0, 0.0, None, True, tree.leaf, tree.leaf),):
            nodes.append((split, start))
            for side, branch in (("first", split.first), ("second", split.second)):
                leaf = isinstance(branch, float)
                branches[side].append(len(weights) if leaf else start + int(branch))
                branches[f"{side}_leaf"].append(int(leaf))
                if leaf:
                    weights.append(float(branch))
    splits = [split for split, _ in nodes]
    members = [
        value for split in splits if split.members is not None for value in (*(split.members or NO_WORD), numpy.nan)
    ]
    modes = [_UP_TO if split.members is None else _MEMBER for split in splits]
    found: dict[str, Any] = {
        "tree_roots": roots,
        "n_targets": 1,
        "aggregate_function": 1,
        "post_transform": 0,
        "nodes_featureids": [split.feature for split in splits],
        "nodes_splits": _tensor([0.0 if split.members is not None else split.threshold for split in splits]),
        "nodes_modes": numpy_helper.from_array(numpy.array(modes, dtype=numpy.uint8), "modes"),
        "nodes_missing_value_tracks_true": [int(split.missing_first) for split in splits],
        "nodes_truenodeids": branches["first"],
        "nodes_trueleafs": branches["first_leaf"],
        "nodes_falsenodeids": branches["second"],
        "nodes_falseleafs": branches["second_leaf"],
        "leaf_targetids": [0] * len(weights),
        "leaf_weights": _tensor(weights),
    }
    return found | ({"membership_values": _tensor(members)} if members else {})


def _tensor(values: Sequence[float]) -> TensorProto:
    return numpy_helper.from_array(numpy.array(values, dtype=numpy.float64), "values")


def _line(draft: Draft, codes: Sequence[str], line: Line) -> str:
    total = draft.constant([[line.bias]])
    for one, weights in zip(codes, line.words, strict=True):
        place = draft.add("Add", [one, draft.constant(1, numpy.int64)])
        total = draft.add("Add", [total, draft.add("Gather", [draft.constant(weights), place])])
    if not len(line.fill):
        return total
    missing = draft.add("IsNaN", ["numbers"])
    filled = draft.add("Where", [missing, draft.constant(line.fill), "numbers"])
    bounded = draft.add("Min", [draft.add("Max", [filled, draft.constant(line.low)]), draft.constant(line.high)])
    moved = draft.add("Sub", [bounded, draft.constant(line.middle)])
    scaled = draft.add("Div", [moved, draft.constant(line.spread)])
    total = draft.add("Add", [total, _weighted(draft, scaled, line.weights)])
    flags = draft.add("Cast", [missing], to=TensorProto.DOUBLE)
    return draft.add("Add", [total, _weighted(draft, flags, line.missing)])


def _weighted(draft: Draft, matrix: str, weights: Floats) -> str:
    return draft.add("MatMul", [matrix, draft.constant(numpy.asarray(weights).reshape(-1, 1))])


def _curve(draft: Draft, raw: str, curve: Curve) -> str:
    match curve:
        case Plain():
            return draft.add("Sigmoid", [raw])
        case Platt():
            stretched = draft.add("Mul", [raw, draft.constant(curve.slope)])
            return draft.add("Sigmoid", [draft.add("Add", [stretched, draft.constant(curve.move)])])
        case Ramps():
            return _ramps(draft, raw, curve)


def _ramps(draft: Draft, raw: str, curve: Ramps) -> str:
    """The first chance, and of each ramp its rise times how far the score has come along it."""
    lengths = numpy.diff(curve.scores)
    past = draft.add("Sub", [raw, draft.constant(curve.scores[:-1].reshape(1, -1))])
    along = draft.add("Min", [draft.add("Max", [past, draft.constant(0.0)]), draft.constant(lengths.reshape(1, -1))])
    rise = _weighted(draft, along, numpy.diff(curve.chances) / lengths)
    return draft.add("Add", [rise, draft.constant(float(curve.chances[0]))])
