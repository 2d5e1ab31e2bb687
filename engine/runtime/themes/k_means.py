"""K-means on vectors of length 1: groups of sentences that are near each other by the angle between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from engine.runtime.themes.tf_idf import Vectors, of_length_one

MOST_ROUNDS = 50
STARTS = 5
MOST_GROUPS = 12
Places = NDArray[numpy.int64]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The group of each vector, the centre of each group, and how near all vectors are to theirs, added up."""

    groups: Places
    centres: Vectors
    nearness: float


def k_means(vectors: Vectors, k: int, seed: int) -> Grouping:
    """The best of several starts; the same vectors and seed give the same groups. No group is empty. Needs k vectors."""
    random = numpy.random.default_rng(seed)
    found = [_settled(vectors, _first_centres(vectors, k, random)) for _ in range(STARTS)]
    return max(found, key=lambda one: one.nearness)


def grouped(vectors: Vectors, seed: int) -> Grouping:
    """Groups, as many as lie apart best by their silhouette; at least three vectors a group on average."""
    most = min(MOST_GROUPS, len(vectors) // 3)
    if most < 2:
        return k_means(vectors, 1, seed)
    return max((k_means(vectors, k, seed) for k in range(2, most + 1)), key=lambda one: silhouette(vectors, one.groups))


def silhouette(vectors: Vectors, groups: Places) -> float:
    """How much nearer vectors are to their own group than to the next, on average: from -1 to 1."""
    names = numpy.unique(groups)
    if len(names) < 2:
        return 0.0
    distances = 1 - vectors @ vectors.T
    members = (groups[:, None] == names[None, :]).astype(numpy.float64)
    sizes, own = members.sum(axis=0), members.astype(bool)
    sums = distances @ members
    inside = sums[own] / numpy.maximum(sizes[own.argmax(axis=1)] - 1, 1)
    outside = numpy.where(own, numpy.inf, sums / sizes).min(axis=1)
    alone = sizes[own.argmax(axis=1)] == 1
    larger = numpy.maximum(inside, outside)
    scores = numpy.divide(outside - inside, larger, out=numpy.zeros_like(larger), where=(larger > 0) & ~alone)
    return float(scores.mean())


def _first_centres(vectors: Vectors, k: int, random: numpy.random.Generator) -> Vectors:
    """Vectors far from each other, drawn the likelier the farther they are (k-means++)."""
    chosen = [int(random.integers(len(vectors)))]
    while len(chosen) < k:
        far = 1 - (vectors @ vectors[chosen].T).max(axis=1)
        far[chosen] = 0
        chances = numpy.clip(far, 0, None)
        left = [at for at in range(len(vectors)) if at not in chosen]
        total = chances.sum()
        drawn = random.choice(len(vectors), p=chances / total) if total > 0 else random.choice(left)
        chosen.append(int(drawn))
    return vectors[chosen]


def _settled(vectors: Vectors, centres: Vectors) -> Grouping:
    groups = _nearest(vectors, centres)
    for _ in range(MOST_ROUNDS):
        centres = centres_of(vectors, groups, len(centres))
        again = _nearest(vectors, centres)
        if (again == groups).all():
            break
        groups = again
    return Grouping(groups, centres, float((vectors * centres[groups]).sum()))


def _nearest(vectors: Vectors, centres: Vectors) -> Places:
    """The nearest centre of each; a centre that is nearest to none gets the vector that is farthest from its own."""
    near = vectors @ centres.T
    groups: Places = near.argmax(axis=1).astype(numpy.int64)
    for empty in set(range(len(centres))) - set(groups.tolist()):
        sizes = numpy.bincount(groups, minlength=len(centres))
        distance = numpy.where(sizes[groups] > 1, 1 - near[numpy.arange(len(groups)), groups], -numpy.inf)
        groups[int(distance.argmax())] = empty
    return groups


def centres_of(vectors: Vectors, groups: Places, k: int) -> Vectors:
    """The mean direction of each group."""
    members = (groups[None, :] == numpy.arange(k)[:, None]).astype(numpy.float64)
    sums: Vectors = members @ vectors
    return of_length_one(sums)
