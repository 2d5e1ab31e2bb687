"""Packages of random deals: never beyond authority or the floor, always like something in history, beaten by no other."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace

import pytest

from engine.runtime.negotiation.advice import KEPT_CHANCE, Advice, advise
from engine.runtime.negotiation.candidates import MOST, candidates
from engine.runtime.negotiation.packages import PackageKey
from tests.runtime.negotiation.bargains import beaten_by, may_be_offered, problems, random_deal

DEALS = int(os.environ.get("DOUGONG_DEALS", "110"))
SEEDS = (*range(DEALS), 263, 310)
"""Deals; the last ones are those in which a price that history had not seen was offered once."""


def test_no_package_of_a_random_deal_breaks_a_promise() -> None:
    wrong, three = {}, 0
    for seed in SEEDS:
        stakes, models = random_deal(seed)
        found = advise(stakes, models).packages
        three += len(found) == 3
        broken = problems(stakes, models, found)
        if broken:
            wrong[seed] = broken
    assert wrong == {}
    assert three > DEALS / 10


def test_no_candidate_that_may_be_offered_beats_a_package() -> None:
    beaten = []
    for seed in SEEDS:
        stakes, models = random_deal(seed)
        packages = advise(stakes, models).packages
        if not packages or not stakes.effect.known:
            continue
        others = [tuple(one) for one in candidates(stakes.levers).tolist()]
        others = [one for one in others[:: max(1, len(others) // 25)] if may_be_offered(stakes, models, one)]
        beaten += [(seed, one.key) for one in packages if beaten_by(stakes, models, one.terms, others)]
    assert beaten == []


def test_there_are_never_more_candidates_than_their_cap_and_none_beyond_authority() -> None:
    for seed in SEEDS:
        stakes, _ = random_deal(seed)
        grid = candidates(stakes.levers)
        assert len(grid) <= MOST
        for at, lever in enumerate(stakes.levers):
            assert all(lever.allows(value) for value in grid[:, at].tolist())


def test_a_concession_path_gives_and_gets_and_comes_to_the_package() -> None:
    paths = 0
    for seed in SEEDS:
        stakes, models = random_deal(seed)
        for package in advise(stakes, models).packages:
            pairs = zip(stakes.levers, package.terms, strict=True)
            gives = sum(lever.gives(value) > 1e-9 for lever, value in pairs)
            if package.path:
                paths += 1
                assert 1 <= len(package.path) <= 4
                assert gives > 0
                assert len({one.get for one in package.path}) == len(package.path)
                given = " ".join(one.give.en for one in package.path)
                moved = [
                    one for one, value in zip(stakes.levers, package.terms, strict=True) if one.gives(value) > 1e-9
                ]
                assert all(one.key in given for one in moved)
    assert paths > DEALS / 10


def test_an_offer_is_scored_its_breaches_are_told_and_nothing_is_given_that_was_not_asked_for() -> None:
    for seed in SEEDS[::4]:
        stakes, models = random_deal(seed)
        asked = tuple(
            round(one.now + one.generous * 0.4 * one.scale, one.places) if at % 2 else one.now
            for at, one in enumerate(stakes.levers)
        )
        found = advise(stakes, models, asked)
        assert found.offer is not None
        assert found.offer.terms == asked
        beyond = [
            at
            for at, one in enumerate(stakes.levers)
            if (asked[at] - one.limit) * one.generous > 1e-9 and one.gives(asked[at]) > 1e-9
        ]
        assert list(found.breaches) == beyond
        for package in found.packages:
            for lever, value, wanted in zip(stakes.levers, package.terms, asked, strict=True):
                assert lever.gives(value) <= max(lever.gives(wanted), 0.0) + 1e-9
        assert problems(stakes, models, found.packages) == []


def test_who_may_not_read_the_cost_gets_no_figure_made_of_it() -> None:
    for seed in SEEDS[::4]:
        stakes, models = random_deal(seed)
        blind = replace(stakes, sums=replace(stakes.sums, cost=None))
        other = replace(stakes, sums=replace(stakes.sums, cost=None, floor=0.9))
        found = advise(blind, models)
        assert all(one.margin is None for one in (found.now, *found.packages))
        assert _said(found) == _said(advise(other, models))


def test_the_price_moves_the_chance_by_its_effect_alone() -> None:
    moved = 0
    for seed in SEEDS:
        stakes, models = random_deal(seed)
        at = stakes.place("price")
        assert at is not None
        price = stakes.levers[at]
        if price.now > 0.3:
            continue
        terms = tuple(one + 0.02 if place == at else one for place, one in enumerate(stakes.now))
        found = advise(stakes, models, terms)
        if found.offer is None or found.offer.win is None or found.now.win is None:
            continue
        apart = found.offer.win.value - found.now.win.value
        if not stakes.effect.known:
            assert apart == 0
            assert all(one.terms[at] in {price.now, price.limit} for one in found.packages)
        elif 0.1 < found.now.win.value < 0.9:
            moved += 1
            assert stakes.effect.per_point is not None
            assert apart == pytest.approx(2 * stakes.effect.per_point / 100)
    assert moved > 0


def test_the_same_stakes_give_the_same_advice() -> None:
    for seed in SEEDS[::20]:
        assert _said(advise(*random_deal(seed))) == _said(advise(*random_deal(seed)))


def test_without_a_model_nothing_is_made_up() -> None:
    stakes, models = random_deal(3)
    found = advise(replace(stakes, win=None), models._replace(win=None))
    assert found.packages == ()
    assert found.now.win is None
    assert found.now.key is PackageKey.NOW


def test_the_package_that_holds_the_margin_does_not_give_the_chance_away() -> None:
    held = 0
    for seed in SEEDS:
        found = advise(*random_deal(seed))
        if found.now.win is None or len(found.packages) < 3:
            continue
        least = found.now.win.value * KEPT_CHANCE
        hold = next(one for one in found.packages if one.key is PackageKey.HOLD)
        assert hold.win is not None
        if any(one.win is not None and one.win.value >= least for one in found.packages):
            held += 1
            assert hold.win.value >= least - 1e-12
    assert held > 0


def test_packages_differ_by_a_lever() -> None:
    for seed in SEEDS[::4]:
        packages = advise(*random_deal(seed)).packages
        for one, other in itertools.combinations(packages, 2):
            assert one.terms != other.terms


def _said(advice: Advice) -> str:
    return repr((advice.now, advice.packages, advice.dropped, advice.notes))
