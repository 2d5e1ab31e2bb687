"""Matching: the theme that a sentence is nearest to, by what people have confirmed and by what the themes say of themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from engine.extensions import SentenceEncoder
from engine.runtime.themes.encoders import encoded, installed_encoder
from engine.runtime.themes.tf_idf import TfIdf, Vectors, of_length_one

ENOUGH = 20
"""Confirmed sentences that a theme needs before it is proposed without an encoder that knows the language."""
MARGIN = 0.02
"""How much nearer the first theme must be than the second."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A row that sentences may be about: its id, the words that say what it is, and sentences that people gave it."""

    id: int
    words: str
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is known of themes: the middle of each among vectors of an encoder, by its name, or of our own weights."""

    encoder: str
    weights: TfIdf
    themes: tuple[int, ...]
    centres: Vectors
    confirmed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest theme of a sentence and how much nearer it is than the next."""

    theme: int
    margin: float


def learn(themes: Sequence[Theme]) -> str:
    """What is kept of themes, as text without a sentence in it. For a worker's child."""
    return as_text(learnt_from(themes, installed_encoder()))


def proposals(kept: str, sentences: Sequence[str]) -> list[int | None]:
    """For each sentence the theme to propose, None where nothing is near or known enough. For a worker's child."""
    return proposed(from_text(kept), sentences, installed_encoder())


def proposed(learnt: Learnt, sentences: Sequence[str], encoder: SentenceEncoder | None = None) -> list[int | None]:
    """None for all where they were learnt by another encoder than there is now: they are learnt anew tonight."""
    if learnt.encoder != (encoder.name if encoder is not None else ""):
        return [None] * len(sentences)
    known = {
        theme
        for theme, confirmed in zip(learnt.themes, learnt.confirmed, strict=True)
        if encoder is not None or confirmed >= ENOUGH
    }
    return [
        one.theme if one is not None and one.theme in known and one.margin >= MARGIN else None
        for one in matches(learnt, sentences, encoder)
    ]


def learnt_from(themes: Sequence[Theme], encoder: SentenceEncoder | None = None) -> Learnt:
    """The mean direction of the words and sentences of each theme."""
    texts = [text for one in themes for text in (one.words, *one.confirmed)]
    weights = TfIdf.of(texts if encoder is None else ())
    vectors = encoded(weights, texts, encoder)
    ends = numpy.cumsum([1 + len(one.confirmed) for one in themes])
    parts = numpy.split(vectors, ends[:-1]) if themes else []
    centres = of_length_one(numpy.stack([part.sum(axis=0) for part in parts])) if themes else vectors
    name = encoder.name if encoder is not None else ""
    return Learnt(name, weights, tuple(one.id for one in themes), centres, tuple(len(one.confirmed) for one in themes))


def matches(learnt: Learnt, sentences: Sequence[str], encoder: SentenceEncoder | None = None) -> list[Match | None]:
    """The nearest theme of each sentence, however near; None where it shares nothing with any."""
    if not learnt.themes or not sentences:
        return [None] * len(sentences)
    near = encoded(learnt.weights, sentences, encoder) @ learnt.centres.T
    return [_match(learnt.themes, line) for line in near]


def _match(themes: Sequence[int], near: Vectors) -> Match | None:
    order = numpy.argsort(-near, kind="stable")
    first, second = float(near[order[0]]), float(near[order[1]]) if len(order) > 1 else 0.0
    return Match(themes[int(order[0])], first - second) if first > 0 else None


def as_text(learnt: Learnt) -> str:
    return json.dumps(
        {
            "encoder": learnt.encoder,
            "grams": dict(zip(learnt.weights.grams, learnt.weights.weights.round(6).tolist(), strict=True)),
            "themes": learnt.themes,
            "confirmed": learnt.confirmed,
            "centres": learnt.centres.round(6).tolist(),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_text(text: str) -> Learnt:
    kept = json.loads(text)
    weights = TfIdf(tuple(kept["grams"]), numpy.array(list(kept["grams"].values()), dtype=numpy.float64))
    centres = numpy.array(kept["centres"], dtype=numpy.float64).reshape(len(kept["themes"]), -1)
    return Learnt(kept["encoder"], weights, tuple(kept["themes"]), centres, tuple(kept["confirmed"]))
