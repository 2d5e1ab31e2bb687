"""Laws of TF-IDF, k-means, matching and grouping, on drawn sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.extensions import SentenceEncoder
from engine.runtime.themes.encoders import encoded, installed_encoder
from engine.runtime.themes.k_means import grouped, k_means, silhouette
from engine.runtime.themes.leftovers import NEAR, Group, gathered
from engine.runtime.themes.matching import ENOUGH, Theme, as_text, from_text, learnt_from, matches, proposed
from engine.runtime.themes.tf_idf import TfIdf, grams, of_length_one

SENTENCES = st.text(alphabet="预算客户老板交期付款 ABab1，。", max_size=12)
CORPORA = st.lists(SENTENCES, min_size=1, max_size=12)
SUBJECTS = ("预算没批额度不够", "老板出差见不到人", "尾款拖着不付发票", "精度超差测试不过", "备件晚到排产冲突")


class Lengths:
    """An encoder that knows one thing of a sentence: its letters. It keeps the contract, and is no mock of ours."""

    name = "lengths"

    def encode(self, sentences: Sequence[str]) -> Sequence[Sequence[float]]:
        return [[float(one.count(sign)) for sign in "预老尾精备"] for one in sentences]


@given(CORPORA, CORPORA)
def test_vectors_are_of_length_one_or_of_nothing_known(corpus: list[str], sentences: list[str]) -> None:
    vectors, known = TfIdf.of(corpus).encode(sentences), {gram for one in corpus for gram in grams(one)}
    for sentence, vector in zip(sentences, vectors, strict=True):
        expected = 1.0 if known & grams(sentence).keys() else 0.0
        assert numpy.linalg.norm(vector) == pytest.approx(expected)
        assert (vector >= 0).all()


@given(CORPORA, st.randoms(use_true_random=False))
def test_neither_order_nor_case_nor_signs_matter(corpus: list[str], random: Random) -> None:
    mixed = list(corpus)
    random.shuffle(mixed)
    plain = TfIdf.of(corpus).encode(corpus)
    assert numpy.allclose(plain, TfIdf.of(mixed).encode(corpus))
    assert numpy.allclose(plain, TfIdf.of(corpus).encode([f"。{one.upper()}！" for one in corpus]))


@given(CORPORA)
def test_what_is_rarer_weighs_more(corpus: list[str]) -> None:
    counted = Counter(gram for one in corpus for gram in grams(one))
    line = TfIdf.of(corpus).encode(["".join(sorted({gram for gram in counted if len(gram) == 1}))])[0]
    weights = {gram: weight for gram, weight in zip(sorted(counted), line, strict=True) if len(gram) == 1}
    for gram, weight in weights.items():
        rarer = [other for other in weights if counted[other] < counted[gram]]
        assert all(weights[other] > weight for other in rarer)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(6, 30))
def test_every_vector_is_in_the_nearest_group_and_no_group_is_empty(seed: int, k: int, n: int) -> None:
    vectors = of_length_one(numpy.random.default_rng(seed).random(size=(n, 4)))
    found = k_means(vectors, k, seed)
    assert set(found.groups.tolist()) == set(range(k))
    assert (k_means(vectors, k, seed).groups == found.groups).all()
    near = vectors @ found.centres.T
    assert numpy.allclose(near.max(axis=1), near[numpy.arange(n), found.groups])
    assert -1 <= silhouette(vectors, found.groups) <= 1
    assert found.nearness >= k_means(vectors, 1, seed).nearness - 1e-9


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_groups_that_lie_apart_are_found_with_their_number(seed: int, k: int) -> None:
    random = numpy.random.default_rng(seed)
    truth = numpy.repeat(numpy.arange(k), 8)
    vectors = of_length_one(numpy.eye(6)[truth] + random.normal(scale=0.05, size=(len(truth), 6)))
    found = grouped(vectors, seed).groups
    assert {frozenset(numpy.flatnonzero(found == one)) for one in set(found.tolist())} == {
        frozenset(numpy.flatnonzero(truth == one)) for one in range(k)
    }


def test_equal_vectors_are_grouped_all_the_same() -> None:
    assert set(k_means(numpy.ones((5, 2)) / 2**0.5, 3, 1).groups.tolist()) == {0, 1, 2}


def test_a_confirmed_sentence_is_nearest_to_its_own_theme() -> None:
    themes = [Theme(at, words[:2], (words,)) for at, words in enumerate(SUBJECTS)]
    learnt = from_text(as_text(learnt_from(themes)))
    assert [one.theme if one else None for one in matches(learnt, SUBJECTS)] == [0, 1, 2, 3, 4]
    assert matches(learnt, ["xyz"]) == [None]


@pytest.mark.parametrize("confirmed", [ENOUGH - 1, ENOUGH])
def test_a_theme_is_proposed_only_when_enough_is_confirmed(confirmed: int) -> None:
    themes = [Theme(7, "预算", (SUBJECTS[0],) * confirmed), Theme(8, "回款", (SUBJECTS[2],))]
    assert proposed(learnt_from(themes), ["预算额度没批"]) == [7 if confirmed >= ENOUGH else None]
    assert proposed(learnt_from(themes, Lengths()), ["预算额度没批"]) == [None]
    assert proposed(learnt_from(themes, Lengths()), ["预算额度没批"], Lengths()) == [7]


def _pool(weeks: int) -> dict[int, str]:
    """So many weeks of sentences about five subjects, each said in its own words."""
    ends = "今天昨天上午下午周一周二周三周四周五月初月底年中"
    return {
        week * 100 + at * 10 + more: f"{subject}{ends[2 * ((week + more) % 12) :][:2]}"
        for week in range(weeks)
        for at, subject in enumerate(SUBJECTS)
        for more in range(4)
    }


@pytest.mark.parametrize("encoder", [None, Lengths()])
def test_groups_keep_their_ids_when_sentences_come(encoder: SentenceEncoder | None) -> None:
    first = gathered(_pool(1), (), encoder)
    assert sorted(len(one.rows) for one in first) == [4] * 5
    named = tuple(Group(at + 1, one.rows) for at, one in enumerate(first))
    kept = unchanged = 0
    for weeks in range(2, 6):
        again = gathered(
            _pool(weeks) | {9_000 + weeks * 10 + at: f"停车位不够用{at}" for at in range(3)}, named, encoder
        )
        for one in named:
            successor = next(two for two in again if set(one.rows) <= set(two.rows))
            unchanged += 1
            kept += successor.id == one.id
    assert kept >= 0.9 * unchanged
    assert len({one.id for one in again if one.id}) == 5
    fresh = [one for one in again if one.id is None]
    assert encoder is not None or [len(one.rows) for one in fresh] == [3]


def test_a_control_groups_without_memory_have_no_ids() -> None:
    assert {one.id for one in gathered(_pool(2), ())} == {None}


def test_what_is_near_to_no_group_stays_out_and_the_most_typical_comes_first() -> None:
    pool = _pool(1) | {999: "完全无关"}
    for one in gathered(pool, ()):
        assert 999 not in one.rows
        vectors = TfIdf.of([pool[row] for row in sorted(pool)]).encode([pool[row] for row in one.rows])
        near = vectors @ of_length_one(vectors.sum(axis=0, keepdims=True))[0]
        assert (near >= NEAR).all()
        assert near[0] == pytest.approx(near.max())
    assert gathered({}, ()) == gathered({1: "一句"}, ()) == ()


def test_the_installed_encoder_keeps_the_contract() -> None:
    encoder = installed_encoder()
    for one in (Lengths(), *([encoder] if encoder is not None else [])):
        assert isinstance(one, SentenceEncoder)
        assert one.name
        vectors = encoded(TfIdf.of(()), SUBJECTS, one)
        assert vectors.shape[0] == len(SUBJECTS)
        assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1)
        assert numpy.allclose(vectors[1:3], encoded(TfIdf.of(()), SUBJECTS[1:3], one), atol=1e-5)
        assert encoded(TfIdf.of(()), (), one).shape[0] == 0
