"""Leftovers: sentences that no theme fits, gathered into groups for a person to name; a group keeps its id from week to week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from engine.extensions import SentenceEncoder
from engine.runtime.themes.encoders import encoded, installed_encoder
from engine.runtime.themes.k_means import centres_of, grouped
from engine.runtime.themes.tf_idf import TfIdf, Vectors

LEAST = 3
"""Sentences that make a group."""
NEAR = 0.35
"""How near a sentence must be to the centre of a group to belong to it."""
SEED = 20260302


@dataclass(frozen=True, slots=True)
class Group:
    """Rows whose sentences are near each other, the most typical first; without an id when it is new."""

    id: int | None
    rows: tuple[int, ...]


def gather(sentences: Mapping[int, str], groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups of today, as far as they stand already with their ids. For a worker's child."""
    return gathered(sentences, groups, installed_encoder())


def gathered(
    sentences: Mapping[int, str], groups: Sequence[Group], encoder: SentenceEncoder | None = None
) -> tuple[Group, ...]:
    """Sentences go to the nearest of the groups that stand; those that are near to none are grouped among themselves."""
    rows = sorted(sentences)
    if not rows:
        return ()
    texts = [sentences[row] for row in rows]
    vectors = encoded(TfIdf.of(texts), texts, encoder)
    at = {row: place for place, row in enumerate(rows)}
    standing = [(one.id, [at[row] for row in one.rows if row in at]) for one in groups]
    kept = [(identity, places) for identity, places in standing if places]
    found: list[Group] = []
    taken = numpy.zeros(len(rows), dtype=bool)
    if kept:
        centres = _centres_of([places for _, places in kept], vectors)
        near = vectors @ centres.T
        nearest, belongs = near.argmax(axis=1), near.max(axis=1) >= NEAR
        for group, (identity, _) in enumerate(kept):
            chosen = numpy.flatnonzero(belongs & (nearest == group))
            found += _group(identity, chosen, near[:, group], rows)
            taken[chosen] = True
    left = numpy.flatnonzero(~taken & (numpy.abs(vectors).sum(axis=1) > 0))
    return (*found, *_new(left, vectors, rows))


def _centres_of(places: Sequence[Sequence[int]], vectors: Vectors) -> Vectors:
    members = numpy.concatenate([numpy.asarray(one) for one in places])
    groups = numpy.concatenate([numpy.full(len(one), at) for at, one in enumerate(places)])
    return centres_of(vectors[members], groups, len(places))


def _new(left: numpy.typing.NDArray[numpy.int64], vectors: Vectors, rows: Sequence[int]) -> list[Group]:
    if len(left) < LEAST:
        return []
    grouping = grouped(vectors[left], SEED)
    found: list[Group] = []
    for group, centre in enumerate(grouping.centres):
        near = vectors @ centre
        chosen = left[(grouping.groups == group) & (near[left] >= NEAR)]
        found += _group(None, chosen, near, rows)
    return found


def _group(
    identity: int | None, chosen: numpy.typing.NDArray[numpy.int64], near: Vectors, rows: Sequence[int]
) -> list[Group]:
    if len(chosen) < LEAST:
        return []
    order = sorted(chosen.tolist(), key=lambda place: (-near[place], rows[place]))
    return [Group(identity, tuple(rows[place] for place in order))]
