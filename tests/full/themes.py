"""Themes: how often the nearest theme is the right one, by TF-IDF and, where the extra `text` is installed, by its encoder.

What is told apart are sentences written for this, 15 a theme, none of them in the demo; what was confirmed before is the
demo's 45 different sentences. Nothing was tuned on the sentences that are told apart; they and the themes' words have one
author, so the figures are rather too good than too bad.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bench.report import Row
from engine.extensions import SentenceEncoder
from engine.runtime.themes.encoders import installed_encoder
from engine.runtime.themes.matching import Theme, learnt_from, matches

WRITTEN = Path(__file__).parent / "theme_sentences.yaml"
DEMO = Path(__file__).parents[2] / "packs/b2b_sales/demo/40_days.yaml"
_CASE = re.compile(r'stuck in \[(.*?)\], "(\w+)"')


def measured() -> list[Row]:
    """Chance is 1 in 7. The target is the notes' for embeddings; TF-IDF is printed beside what people are told of it."""
    rows = [*_rows("tf-idf", None, 0.25, 0.35)]
    encoder = installed_encoder()
    if encoder is None:
        print("the extra `text` is not installed: no figures of its encoder")
        return rows
    return [*rows, *_rows("embedding", encoder, 0.58, 0.58)]


def _rows(name: str, encoder: SentenceEncoder | None, bare: float, taught: float) -> list[Row]:
    declared, asked = written()
    confirmed, truth = demonstrated(), [theme for theme, _ in asked]
    sentences = [sentence for _, sentence in asked]
    began = time.perf_counter()
    zero = accuracy(declared, {}, sentences, truth, encoder)
    seconds = time.perf_counter() - began
    few = accuracy(declared, confirmed, sentences, truth, encoder)
    n, labels = len(sentences), sum(map(len, confirmed.values()))
    return [
        Row(f"themes-{name}-zero", f"right without any label, of {n} in {len(declared)}", bare, zero, "", True),
        Row(f"themes-{name}-few", f"right after {labels} labels, of {n}", taught, few, "", True),
        Row(f"themes-{name}-time", f"to tell {n} sentences apart", 60, seconds, "s"),
    ]


def accuracy(
    declared: Mapping[str, str],
    confirmed: Mapping[str, Sequence[str]],
    sentences: Sequence[str],
    truth: Sequence[str],
    encoder: SentenceEncoder | None,
) -> float:
    """The share whose nearest theme is the right one, however near."""
    names = list(declared)
    themes = [Theme(at, declared[name], tuple(confirmed.get(name, ()))) for at, name in enumerate(names)]
    found = matches(learnt_from(themes, encoder), sentences, encoder)
    right = sum(one is not None and names[one.theme] == name for one, name in zip(found, truth, strict=True))
    return right / len(truth)


def written() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The themes with what they say of themselves, and the sentences to tell apart with the theme of each."""
    read = yaml.safe_load(WRITTEN.read_text("utf-8"))
    return read["themes"], [(theme, one) for theme, sentences in read["sentences"].items() for one in sentences]


def demonstrated() -> dict[str, list[str]]:
    """The demo's different sentences by theme."""
    found: dict[str, set[str]] = {}
    for one in yaml.safe_load(DEMO.read_text("utf-8"))["rows"]:
        for listed, theme in _CASE.findall(str(one["fields"].get("bottleneck"))):
            found.setdefault(theme, set()).update(re.findall(r'"(.*?)"', listed))
    return {theme: sorted(sentences) for theme, sentences in found.items()}
