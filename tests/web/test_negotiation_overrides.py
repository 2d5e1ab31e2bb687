"""How advice was overridden, what it was expected to cost, and the skill of working with it: over HTTP, each within its rights.

Deals that are decided are copies of one whose figures are written here by hand: what is judged is compared with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from engine.diagnostics import Message
from engine.runtime.negotiation.advice import Advice
from engine.runtime.negotiation.deals import Sums
from engine.runtime.negotiation.decision_tables import KeptDecision, add_decision
from engine.runtime.negotiation.decisions import Given, Said
from engine.runtime.negotiation.judgement_tables import JUDGEMENT
from engine.runtime.negotiation.keeping import judge_earlier
from engine.runtime.negotiation.packages import Estimate, Package, PackageKey, RowEvidence, plain_package
from engine.runtime.negotiation.stakes import EffectStake, LeverStake, ModelStake, Stakes, SupportStake
from engine.runtime.negotiation.written import written
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.rows import select, update
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.bargaining import TODAY
from tests.web.site import Site, running_site

PAGE, API = "/negotiations/opportunity", "/api/negotiations/opportunity"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("overrides")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        running.inside(lambda work: lay_deals(work, running.ids))
        running.inside(lambda work: keep_past(work, running.ids))
        yield running


NOBODY = Message("", "")
HIS, HERS, DECIDED = 10, 60, 108
"""Decisions of li, who does not read the cost, and of the lead, who does; deals that have ended."""


def lay_deals(work: Work, ids: dict[str, int]) -> None:
    """Deals of acme and bravo that have ended, seven of ten won."""
    rows = []
    for at in range(DECIDED):
        mine, won = at % 3 != 0, at % 10 < 7
        ids[f"deal{at}"] = work.ids.next()
        values = {
            "name": f"项目 {at}",
            "customer": ids["acme" if mine else "bravo"],
            "owner": ids["li" if mine else "wang"],
            "kind": "expansion",
            "source": "web",
            "stage": "won" if won else "lost",
            "opened_on": TODAY - timedelta(days=100),
            "won_on" if won else "lost_on": TODAY,
        }
        rows.append((ids[f"deal{at}"], values))
    load_rows(work, work.model.entities["opportunity"], rows)
    finish_loading(work, {"opportunity"})


def lever(key: str, part: str, generous: int, now: float) -> LeverStake:
    return LeverStake(
        key, Message(key, key), NOBODY, "decimal", part, generous, now, 99.0, False, 0.0, 99.0, (), 4, 1.0, 2, None, "", ""
    )  # fmt: skip


def package(key: PackageKey, terms: tuple[float, float], chance: float) -> Package:
    made = plain_package(key, (0.0, 30.0), terms, ("price", "payment_days"))
    return Package(made.key, made.terms, made.changed, win=Estimate(chance, chance - 0.1, chance + 0.1))


def keep_past(work: Work, ids: dict[str, int]) -> None:
    """Decisions on deals that have ended, every third against advice, as an earlier release kept them: without a judgement.

    List price 100,000, cost 60,000: now leaves 40,000 × 0.4, the best 30,000 × 0.8 = 24,000, what is taken instead of it
    38,000 × 0.45 = 17,100: regret 6,900, from 21,000 - 20,900 to 27,000 - 13,300. Before our cost: 72,000 - 44,100.
    """
    acme = [at for at in range(DECIDED) if at % 3 != 0][: HIS + HERS]
    for place, at in enumerate(acme):
        person, cost = ("li", None) if place < HIS else ("lead", 60_000.0)
        _keep(work, ids, f"deal{at}", person, cost, place)
    for at in (0, 3, 6):
        _keep(work, ids, f"deal{at}", "wang", None, at)
    after: int | None = 0
    while after is not None:
        after = judge_earlier(work, after).last


def _keep(work: Work, ids: dict[str, int], deal: str, person: str, cost: float | None, place: int) -> None:
    row = RowEvidence("quote", 1, 1, "")
    stakes = Stakes(
        (lever("price", "price", 1, 0.0), lever("payment_days", "payment", 1, 30.0)),
        Sums(100_000.0, cost, 0.0, 0.0, None),
        45,
        ModelStake("deal_win", 1, "w", (), "", row),
        None,
        EffectStake("none", None, None, None, 0, NOBODY, NOBODY),
        SupportStake((), (1.0, 1.0), 1.0),
        (),
        (),
    )
    best = package(PackageKey.WIN, (0.1, 30.0), 0.8)
    advice = Advice(package(PackageKey.NOW, (0.0, 30.0), 0.4), (package(PackageKey.HOLD, (0.05, 30.0), 0.5), best))
    overridden = place % 3 == 0
    chosen = package(PackageKey.OFFER, (0.02, 60.0), 0.45) if overridden else best
    given = Given(stakes, (0.2, 90.0) if place % 2 else None, chosen.terms)
    texts = written(given), written(Said(advice, chosen)), written(())
    at = work.context.now - timedelta(days=place)
    choice, reason = ("terms", f"客户只要账期 {place % 7}") if overridden else ("win", "照建议")
    made = KeptDecision(
        work.ids.next(), "opportunity", "opportunity", ids[deal], at, ids[person], choice, reason, "", *texts, "sealed"
    )
    add_decision(work.session, made)


def told(site: Site, person: str, path: str) -> Any:
    answer = site.client(person).get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_reviewers_see_how_often_advice_was_not_taken_by_which_lever_and_what_came_of_it(site: Site) -> None:
    found = told(site, "lead", "overrides?days=90")["data"]
    over = len([place for place in range(HIS + HERS) if place % 3 == 0])
    assert (found["overridden"]["hits"], found["overridden"]["n"], found["causal"]) == (over, HIS + HERS, False)
    assert found["overridden"]["low"] < over / (HIS + HERS) < found["overridden"]["high"]
    assert [(one["lever"], one["gave"], one["n"]) for one in found["levers"]] == [
        ("payment_days", "more", over),
        ("price", "less", over),
    ]
    acme = [at for at in range(DECIDED) if at % 3 != 0][: HIS + HERS]
    won = [place for place, at in enumerate(acme) if at % 10 < 7]
    followed, overridden = found["outcomes"]["followed"], found["outcomes"]["overridden"]
    assert (followed["won"], overridden["won"]) == (sum(one % 3 != 0 for one in won), sum(one % 3 == 0 for one in won))
    assert (followed["pending"], overridden["pending"]) == (0, 0)
    (unit,) = found["units"]
    assert unit["unit"] == site.public("cju_a") and {one["person"] for one in found["people"]} == {
        site.public("li"),
        site.public("lead"),
    }
    everybody = told(site, "audit", "overrides?days=90")["data"]
    assert everybody["overridden"]["n"] == HIS + HERS + 3 and everybody["people"] == []
    assert [one["overridden"]["share"] for one in everybody["units"] if one["overridden"]["n"] == 3] == [None]


def test_regret_is_the_expected_of_the_best_less_the_expected_of_what_was_chosen(site: Site) -> None:
    found = told(site, "lead", "overrides?days=90")["data"]
    his = len([place for place in range(HIS) if place % 3 == 0])
    hers = len([place for place in range(HIS, HIS + HERS) if place % 3 == 0])
    assert (found["regret"]["n"], found["regret"]["total"]) == (HERS, f"{6_900 * hers}.00")
    assert (found["regret_before_cost"]["n"], found["regret_before_cost"]["total"]) == (HIS, f"{27_900 * his}.00")
    assert sum(float(one["regret"]["total"]) for one in found["months"]) == 6_900 * hers and len(found["months"]) == 4
    first = found["largest"][0]
    assert (first["advised"], first["chosen"], first["regret"]) == ("win", "terms", "6900.00")
    assert (first["regret_from"], first["regret_to"], first["by"]) == ("100.00", "13700.00", None)
    assert first["realised"] == ("38000.00" if first["outcome"] == "won" else "0.00")
    hoped, left = found["regret"]["expected_of_best_of_ended"], found["regret"]["realised"]
    assert hoped == f"{24_000 * HERS}.00" and 0 < float(left) < 38_000 * HERS


def test_decisions_behind_a_figure_are_listed_page_by_page_and_open(site: Site) -> None:
    seen, path = list[str](), "overrides/decisions?days=90"
    while path:
        page = told(site, "lead", path)
        assert len(page["data"]) <= 50
        seen += [one["id"] for one in page["data"]]
        path = f"overrides/decisions?days=90&below={page['below']}" if page["below"] else ""
    assert len(seen) == len(set(seen)) == HIS + HERS
    html = site.client("lead").get(f"{PAGE}/overrides").text
    assert "70 次决定，24 次没有采用期望收益最高的方案" in html and "折扣 · 比建议让得少" in html
    drill = next(unescape(one) for one in re.findall(r'href="([^"]*decisions\?[^"]*unit=[^"]*)"', html))
    listed = site.client("lead").get(drill)
    assert listed.status_code == 200 and "更早的" in listed.text
    opened = next(unescape(one) for one in re.findall(r'href="(/negotiations/[^"]*/decisions/[^"]*)"', html))
    page = site.client("lead").get(opened)
    assert page.status_code == 200 and "回头看" in page.text and "6,900" in page.text.replace("0.69万", "6,900")
    english = site.client("lead").get(f"{PAGE}/overrides", headers={"accept-language": "en"})
    assert english.status_code == 200
    for wrong, status in (
        ("overrides?days=7", 400),
        ("overrides/decisions?month=March", 400),
        ("overrides/decisions?below=x", 400),
        (f"overrides/decisions?person={site.public('wang')}", 404),
    ):
        assert site.client("lead").get(f"{API}/{wrong}").status_code == status, wrong


def test_who_does_not_review_sees_no_overrides_and_only_their_own_skills(site: Site) -> None:
    for path in ("overrides", "overrides/decisions"):
        assert site.client("li").get(f"{API}/{path}").status_code == 403
        assert site.client("li").get(f"{PAGE}/{path}").status_code == 403
    assert told(site, "li", "skills")["data"]["person"] == site.public("li")
    assert told(site, "lead", f"skills?person={site.public('li')}")["data"]["decisions"] == HIS
    for person, whose in (("wang", "li"), ("li", "lead"), ("audit", "li"), ("admin", "li")):
        answer = site.client(person).get(f"{API}/skills?person={site.public(whose)}")
        assert answer.status_code in {403, 404}, person


def test_a_decision_is_counted_for_nobody_who_may_not_open_it(site: Site) -> None:
    """One that was made on our cost, and one whose deal is out of reach by now."""
    costly = site.inside(lambda work: select(work.session, JUDGEMENT, ("id",), {"by": site.ids["li"]}))[0][0]

    def seen(person: str) -> int:
        found: int = told(site, person, f"skills?person={site.public('li')}")["data"]["decisions"]
        return found

    for table, values, back, where, lead in (
        (JUDGEMENT, {"reads": 5}, {"reads": 1}, {"id": costly}, HIS),
        (
            "opportunity",
            {"scope_unit": site.ids["cju_b"]},
            {"scope_unit": site.ids["cju_a"]},
            {"id": site.ids["deal1"]},
            HIS - 1,
        ),
    ):
        site.inside(lambda work, args=(table, values, where): update(work.session, *args))
        assert (seen("li"), seen("lead")) == (HIS - 1, lead), table
        site.inside(lambda work, args=(table, back, where): update(work.session, *args))
    assert (seen("li"), seen("lead")) == (HIS, HIS)


def test_a_skill_is_told_with_its_cases_and_drawn_only_from_enough_of_them(site: Site) -> None:
    found = {one["key"]: one for one in told(site, "lead", "skills")["data"]["dimensions"]}
    places = range(HIS, HIS + HERS)
    changed = [place for place in places if place % 3 == 0]
    assert found["offer_tried"]["value"] == sum(place % 2 for place in places) / HERS
    assert found["kept"]["n"] == HERS
    assert found["kept"]["value"] == pytest.approx(1 - 6_900 * len(changed) / (24_000 * HERS))
    assert (found["own_reasons"]["n"], found["own_reasons"]["value"]) == (len(changed), 0.0)
    assert found["paid_off"]["n"] == len(changed) and found["paid_off"]["low"] < found["paid_off"]["high"]
    assert (found["soon"]["n"], found["soon"]["value"]) == (0, None), "of no row that it rests on nothing is known"
    page = site.client("lead").get(f"{PAGE}/skills").text
    assert "plot round" in page and "样本不足" in page and "我自己" in page
    few = site.client("li").get(f"{PAGE}/skills").text
    assert "plot round" not in few and "有三项满 20 例才画" in few
    assert all(one["value"] is None for one in told(site, "li", "skills")["data"]["dimensions"])
