"""Encoders: who turns sentences into vectors: an installed one that knows the language, else our own TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points

import numpy

from engine.extensions import SentenceEncoder
from engine.runtime.themes.tf_idf import TfIdf, Vectors, of_length_one

GROUP = "dougong.sentence_encoders"
"""Entry points of installed encoders; the extra `text` brings what ours needs."""


def encoded(weights: TfIdf, sentences: Sequence[str], encoder: SentenceEncoder | None) -> Vectors:
    """Sentences as vectors of length 1; without an encoder by how rare their characters are."""
    if encoder is None or not sentences:
        return weights.encode(sentences)
    return of_length_one(numpy.asarray(encoder.encode(sentences), dtype=numpy.float64).reshape(len(sentences), -1))


def installed_encoder() -> SentenceEncoder | None:
    """The encoder that is installed, loaded now: for a worker's child only. None without one, or what it needs."""
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        try:
            encoder = entry.load()()
        except ImportError:
            continue
        assert isinstance(encoder, SentenceEncoder)
        return encoder
    return None
