"""TF-IDF of characters: a sentence as the single characters and pairs in it, rare ones heavier. Knows no dictionary."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from engine.runtime.search.tokens import folded_runs

Vectors = NDArray[numpy.float64]
"""One line a sentence, of length 1; a line of zeros for a sentence of which nothing is known."""


class TfIdf:
    """How heavy characters and pairs are, the rarer the heavier; turns sentences into vectors."""

    def __init__(self, grams_in_order: tuple[str, ...], weights: Vectors) -> None:
        self.grams = grams_in_order
        self.weights = weights
        self._places = {gram: at for at, gram in enumerate(grams_in_order)}

    @classmethod
    def of(cls, corpus: Sequence[str]) -> TfIdf:
        """The weights by how many sentences of a corpus a character or pair stands in."""
        counted = Counter(gram for sentence in corpus for gram in grams(sentence))
        found = tuple(sorted(counted))
        weights = [math.log((1 + len(corpus)) / (1 + counted[gram])) + 1 for gram in found]
        return cls(found, numpy.array(weights, dtype=numpy.float64))

    def encode(self, sentences: Sequence[str]) -> Vectors:
        found = numpy.zeros((len(sentences), len(self.grams)))
        for line, sentence in enumerate(sentences):
            for gram, times in grams(sentence).items():
                at = self._places.get(gram)
                if at is not None:
                    found[line, at] = (1 + math.log(times)) * self.weights[at]
        return of_length_one(found)


def grams(sentence: str) -> Counter[str]:
    """The characters and pairs of a sentence with their number; case and punctuation say nothing."""
    counted: Counter[str] = Counter()
    for run in folded_runs(sentence):
        counted.update(run)
        counted.update(run[at : at + 2] for at in range(len(run) - 1))
    return counted


def of_length_one(vectors: Vectors) -> Vectors:
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = numpy.divide(vectors, lengths, out=numpy.zeros_like(vectors), where=lengths > 0)
    return found
