"""Forests: boosted trees with native categories, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from packs.strategy.training.matrix import Encoding, Floats


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees grow: `rounds` of them, each with at most so many leaves of at least so many rows."""

    rate: float
    leaves: int
    rounds: int
    fewest: int
    flattening: float

    def as_words(self) -> str:
        return f"{self.rounds}x{self.leaves}@{self.rate:g}"


SMALL = (Growth(0.05, 4, 80, 20, 5.0), Growth(0.05, 8, 60, 20, 2.0))
LARGE = (Growth(0.08, 15, 150, 40, 1.0), Growth(0.05, 31, 150, 100, 2.0))
LARGE_FROM = 5_000


def growths(rows: int, most: int) -> tuple[Growth, ...]:
    """The growths that are tried on a table of so many rows, with at most so many trees."""
    tried = LARGE if rows >= LARGE_FROM else SMALL
    return tuple(Growth(one.rate, one.leaves, min(one.rounds, most), one.fewest, one.flattening) for one in tried)


@dataclass(frozen=True, slots=True)
class Split:
    """A node of a tree: cells up to `threshold`, or of the numbers `members`, go to the first branch.

    A branch is the place of another node, or a leaf's weight.
    """

    feature: int
    threshold: float
    members: tuple[int, ...] | None
    missing_first: bool
    first: int | float
    second: int | float


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes, the root first; a tree without nodes is its one `leaf`."""

    nodes: tuple[Split, ...]
    leaf: float = 0.0


@dataclass(frozen=True, slots=True)
class Forest:
    """A grown forest, its trees, and what their sum begins at."""

    estimator: HistGradientBoostingClassifier | HistGradientBoostingRegressor
    base: float
    trees: tuple[Tree, ...]

    def raw(self, matrix: Floats) -> Floats:
        """The sum of the trees as the trainer itself works it out: of an event its log-odds."""
        found: Floats = self.estimator._raw_predict(matrix)[:, 0]
        return found


def grow(matrix: Floats, target: Floats, encoding: Encoding, growth: Growth, options: Options) -> Forest:
    """A forest of one growth. The same rows and options give the same trees."""
    kind = HistGradientBoostingClassifier if options.event else HistGradientBoostingRegressor
    weights = {"class_weight": "balanced"} if options.event and options.reweigh else {}
    categories = len(encoding.categories)
    estimator = kind(
        learning_rate=growth.rate,
        max_iter=growth.rounds,
        max_leaf_nodes=growth.leaves,
        min_samples_leaf=growth.fewest,
        l2_regularization=growth.flattening,
        categorical_features=list(range(categories)) if categories else None,
        monotonic_cst=[0] * categories + [column.monotone for column in encoding.numbers],
        early_stopping=False,
        random_state=options.seed,
        **weights,
    ).fit(matrix, target)
    base = float(numpy.ravel(estimator._baseline_prediction)[0])
    return Forest(estimator, base, tuple(_tree(one[0]) for one in estimator._predictors))


@dataclass(frozen=True, slots=True)
class Options:
    """What all growths have in common."""

    event: bool
    reweigh: bool
    seed: int


def _tree(predictor: object) -> Tree:
    nodes = predictor.nodes  # type: ignore[attr-defined]  # a private class of the library, pinned and behind the parity gate
    bitsets = predictor.raw_left_cat_bitsets  # type: ignore[attr-defined]
    if nodes[0]["is_leaf"]:
        return Tree((), float(nodes[0]["value"]))
    inner = [at for at, node in enumerate(nodes) if not node["is_leaf"]]
    places = {at: place for place, at in enumerate(inner)}

    def branch(at: int) -> int | float:
        return float(nodes[at]["value"]) if nodes[at]["is_leaf"] else places[at]

    return Tree(
        tuple(
            Split(
                int(nodes[at]["feature_idx"]),
                float(nodes[at]["num_threshold"]),
                _members(bitsets[nodes[at]["bitset_idx"]]) if nodes[at]["is_categorical"] else None,
                bool(nodes[at]["missing_go_to_left"]),
                branch(int(nodes[at]["left"])),
                branch(int(nodes[at]["right"])),
            )
            for at in inner
        )
    )


def _members(bitset: Sequence[int]) -> tuple[int, ...]:
    """The numbers whose bits are set in words of 32."""
    return tuple(at for at in range(len(bitset) * 32) if int(bitset[at // 32]) >> (at % 32) & 1)
