"""Two people change one record from the same version: what one of them changed alone stays, what both changed is shown."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import pytest
from httpx2 import Response
from web.site import NOW, Site, running_site

from engine.model.context import Context, Principal
from engine.runtime.records import writing
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.merging import NOTHING
from engine.runtime.work import Work
from tests.conftest import KINDS, fresh_url

PAIRS = 100
MONEY = frozenset({"amount", "budget"})
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": ("new_business", "expansion", "replacement"),
    "source": ("web", "expo", "referral"),
    "competitor": ("huayi", "kerui", "none"),
    "close_date": ("2026-05-01", "2026-06-01", "2026-07-01"),
    "poc_on": ("2026-04-01", "2026-04-02", "2026-04-03"),
    "probability": ("0.1000", "0.4000", "0.6000"),
    "criteria": ("甲", "乙\n丙", "丁"),
    "solution": ("一", "二", "三"),
    "budget_approved": (True, False),  # type: ignore[dict-item]
    "amount": ("100.00", "200.00", "300.00"),
    "budget": ("1000.00", "2000.00", "3000.00"),
}
"""Fields that the seller and the leader may both write, with values for them."""


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("merging")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, fresh_url(request.param, dsn, folder)) as running:
        yield running


@dataclass
class Shared:
    """One record that both change, as the test believes it to stand."""

    site: Site
    path: str
    row: dict[str, object]

    @classmethod
    def made(cls, site: Site, name: str) -> Shared:
        body = {"name": name, "customer": site.public("acme"), "amount": "1.00"}
        answer = site.client("li").post("/api/records/opportunity", json=body)
        assert answer.status_code == 201, answer.text
        return cls(site, answer.headers["location"], answer.json()["data"])

    def patch(self, person: str, values: Mapping[str, object], version: object) -> Response:
        return self.site.client(person).patch(self.path, json=values, headers={"if-match": f'"{version}"'})

    def write_one(self, person: str, version: object, value: tuple[str, object]) -> Response:
        return self.patch(person, dict([value]), version)

    def read(self) -> dict[str, object]:
        found: dict[str, object] = self.site.client("lead").get(self.path).json()["data"]
        return found


def edit(chance: random.Random, row: Mapping[str, object]) -> dict[str, object]:
    """Some fields with values that they do not have."""
    names = chance.sample(sorted(CHOICES), chance.randint(1, 4))
    return {name: chance.choice([one for one in CHOICES[name] if one != row.get(name)]) for name in names}


def overlap(first: Mapping[str, object], second: Mapping[str, object]) -> set[str]:
    """The fields that a second edit cannot change beside a first one, by the rule as people read it."""
    both = {name for name in first.keys() & second.keys() if first[name] != second[name] or name in MONEY}
    return both | (first.keys() & MONEY if second.keys() & MONEY else set())


def disagreements(site: Site, pairs: int, seed: int) -> tuple[list[str], int]:
    """What is wrong with what became of random pairs of edits, and how many pairs overlapped."""
    chance, wrong, overlapping = random.Random(seed), [], 0
    one, other = Shared.made(site, f"甲 {seed}"), Shared.made(site, f"乙 {seed}")
    for _ in range(pairs):
        first, second = edit(chance, one.row), edit(chance, one.row)
        clash = overlap(first, second)
        overlapping += bool(clash)
        wrong += apply_pair(one, ("li", first), ("lead", second), clash)
        if not clash:
            wrong += apply_pair(other, ("lead", second), ("li", first), set())
        else:
            other.row = other.patch("li", first, other.row["version"]).json()["data"]
        wrong += [f"{name} depends on the order" for name in CHOICES if one.row.get(name) != other.row.get(name)]
        if len(wrong) > 5:
            break
    return wrong, overlapping


def apply_pair(
    shared: Shared, first: tuple[str, dict[str, object]], second: tuple[str, dict[str, object]], clash: set[str]
) -> list[str]:
    base = shared.row["version"]
    wanted = {**shared.row, **first[1]}
    assert shared.patch(*first, base).status_code == 200
    answer = shared.patch(*second, base)
    told = answer.json()
    shared.row = shared.read()
    if clash:
        wrong = [] if answer.status_code == 412 and set(told["error"]["fields"]) == clash else [f"{clash}: {told}"]
    else:
        wanted |= second[1]
        kept = set(first[1]) - set(second[1])
        wrong = [] if answer.status_code == 200 and set(told.get("merged", ())) == kept else [f"{kept}: {told}"]
    lost = [name for name in CHOICES if shared.row.get(name) != wanted.get(name)]
    return wrong + [f"{name} was lost" for name in lost]


def test_of_random_pairs_of_edits_disjoint_ones_merge_and_others_name_what_overlaps(site: Site) -> None:
    wrong, overlapping = disagreements(site, PAIRS, 20260302)
    assert wrong == []
    assert PAIRS * 0.2 < overlapping < PAIRS * 0.8


def test_a_server_whose_last_write_wins_is_found_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(writing, "changes_since", lambda *_: NOTHING)
    wrong, _ = disagreements(site, 40, 1)
    assert any("was lost" in one for one in wrong)


def test_many_at_once_lose_nothing(site: Site) -> None:
    """Eight people write one field each, from one version, at the same moment, again and again."""
    shared = Shared.made(site, "同时")
    names = ["kind", "source", "competitor", "close_date", "poc_on", "criteria", "solution", "probability"]
    for person in ("li", "lead"):
        site.client(person)
    with ThreadPoolExecutor(len(names)) as pool:
        for turn in range(12):
            base = shared.read()
            wanted = {name: next(v for v in CHOICES[name][turn % 2 :] if v != base.get(name)) for name in names}
            write = partial(shared.write_one, "lead", base["version"])
            answers = list(pool.map(write, wanted.items()))
            assert [one.status_code for one in answers] == [200] * len(names), [one.text[:200] for one in answers]
            now = shared.read()
            assert {name: now[name] for name in names} == wanted
            assert now["version"] == base["version"] + len(names)  # type: ignore[operator]


def test_of_many_who_set_one_amount_from_one_version_one_gets_through(site: Site) -> None:
    shared = Shared.made(site, "同一金额")
    with ThreadPoolExecutor(8) as pool:
        for turn in range(6):
            base = shared.read()["version"]
            amounts = [("amount", f"{turn}{at}0.00") for at in range(1, 9)]
            answers = list(pool.map(partial(shared.write_one, "lead", base), amounts))
            assert sorted(one.status_code for one in answers) == [200] + [412] * 7
            kept = next(one.json()["data"]["amount"] for one in answers if one.status_code == 200)
            assert shared.read()["amount"] == kept
            assert {one.json()["error"]["fields"]["amount"]["theirs"] for one in answers if one.status_code == 412} == {
                kept
            }


def test_lines_entered_by_many_at_once_are_all_in_the_total(site: Site) -> None:
    """The sum over a part is right whoever commits last."""
    shared = Shared.made(site, "合计")
    li = site.client("li")
    with ThreadPoolExecutor(8) as pool:
        bodies = [
            {"subject": f"跟进 {at}", "customer": site.public("acme"), "opportunity": shared.row["id"], "kind": "call"}
            for at in range(16)
        ]
        answers = list(pool.map(lambda body: li.post("/api/records/activity", json=body), bodies))
    assert {one.status_code for one in answers} == {201}, answers[0].text[:300]
    assert shared.read()["activity_count"] == 16


def test_an_edit_that_only_together_breaks_a_rule_is_refused_in_words(site: Site) -> None:
    shared = Shared.made(site, "合起来不对")
    opened = shared.row["version"]
    assert shared.patch("lead", {"opened_on": "2026-06-01"}, opened).status_code == 200
    answer = shared.patch("li", {"close_date": "2026-05-01"}, opened)
    assert answer.status_code == 422
    assert answer.json()["error"]["problems"][0]["message"] == "预计成交不能早于立项"
    assert shared.read().get("close_date") is None


def test_money_is_not_written_for_a_state_that_is_no_longer(site: Site) -> None:
    shared = Shared.made(site, "状态已变")
    base = shared.patch("li", {"solution_engineer": site.public("li")}, 1).json()["data"]["version"]
    moved = site.client("lead").post(f"{shared.path}/transitions/to_solution", json={})
    assert moved.status_code == 200, moved.text
    answer = shared.patch("li", {"amount": "9.00"}, base)
    assert answer.status_code == 412
    said = answer.json()["error"]["fields"]
    assert set(said) == {"stage"}
    assert (said["stage"]["base"], said["stage"]["theirs"], said["stage"]["written"]) == ("qualify", "solution", False)
    assert shared.patch("li", {"solution": "照旧"}, base).status_code == 200


def test_a_move_is_refused_when_the_money_that_was_seen_has_changed(site: Site) -> None:
    shared = Shared.made(site, "看到的金额")
    base = shared.patch("li", {"solution_engineer": site.public("li")}, 1).json()["data"]["version"]
    assert shared.patch("lead", {"amount": "777.00"}, base).status_code == 200
    move = f"{shared.path}/transitions/to_solution"
    refused = site.client("li").post(move, json={}, headers={"if-match": f'"{base}"'})
    assert refused.status_code == 412
    assert {"amount", "weighted", "open_value"} == set(refused.json()["error"]["fields"])
    assert site.client("li").post(move, json={}, headers={"if-match": f'"{base + 1}"'}).status_code == 200


def test_a_record_deleted_meanwhile_says_by_whom_and_is_only_missing_for_others(site: Site) -> None:
    shared = Shared.made(site, "已删除")
    assert site.client("lead").delete(shared.path).status_code == 204
    answer = shared.patch("li", {"amount": "9"}, 1)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["by"]) == (
        410,
        "deleted",
        "Lead",
    )
    stranger = shared.patch("wang", {"amount": "9"}, 1)
    missing = site.client("wang").patch(
        shared.path[:-13] + "0000000000001", json={"amount": "9"}, headers={"if-match": '"1"'}
    )
    assert (stranger.status_code, missing.status_code) == (404, 404)


def test_what_one_may_not_read_neither_clashes_nor_is_told(site: Site) -> None:
    """The product manager's seat reads amounts and no budget: a changed budget is none of its business."""
    shared = Shared.made(site, "看不见的预算")
    assert shared.patch("lead", {"budget": "5.00", "hidden_kpi": "x"}, 1).status_code == 200
    told = site.client("li").patch(shared.path, json={"source": "web"}, headers={"if-match": '"1"'}).json()
    assert set(told["merged"]) == {"budget", "hidden_kpi"}


@dataclass
class Quote:
    """A quote with three lines, as both read it: its path, version, and the lines with their ids and versions."""

    site: Site
    path: str
    version: int
    lines: list[dict[str, object]]

    @classmethod
    def made(cls, site: Site) -> Quote:
        li = site.client("li")
        lines = [{"product": product(site), "quantity": str(n), "list_price": "10"} for n in (1, 2, 3)]
        body = {"customer": site.public("acme"), "opportunity": site.public("acme_deal"), "lines": lines}
        answer = li.post("/api/records/quote", json=body)
        assert answer.status_code == 201, answer.text
        row = answer.json()["data"]
        asked = f"/api/records/quote_line?quote={row['id']}&sort=quantity"
        return cls(site, answer.headers["location"], row["version"], li.get(asked).json()["data"])

    def line(self, at: int, **values: object) -> dict[str, object]:
        return {"id": self.lines[at]["id"], "version": self.lines[at]["version"], **values}

    def patch(self, person: str, *lines: Mapping[str, object], **values: object) -> Response:
        body = {**values, "lines": list(lines)}
        return self.site.client(person).patch(self.path, json=body, headers={"if-match": f'"{self.version}"'})

    def now(self) -> list[dict[str, object]]:
        asked = f"/api/records/quote_line?quote={self.path.rpartition('/')[2]}&sort=quantity"
        found: list[dict[str, object]] = self.site.client("li").get(asked).json()["data"]
        return found


def product(site: Site) -> str:
    """A product to quote, made once."""
    if "product" not in site.ids:

        def load(work: Work) -> None:
            site.ids["product"] = work.ids.next()
            values = {"name": "控制器", "code": "P-1", "list_price": Decimal(10), "status": "active"}
            entity = work.model.entities["product"]
            known = {name: one for name, one in values.items() if name in entity.fields}
            load_rows(work, entity, [(site.ids["product"], known)])
            finish_loading(work, {"product"})

        context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
        site.installation.workplace.write(context, load)
    return site.public("product")


def test_lines_merge_by_row_and_field(site: Site) -> None:
    quote = Quote.made(site)
    first = quote.patch("lead", quote.line(0, quantity="5", description="甲"), quote.line(1, description="乙"))
    assert first.status_code == 200, first.text
    answer = quote.patch("li", quote.line(0, discount="0.05"), quote.line(2, description="丙"))
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["merged"]) == {"lines.0.quantity", "lines.0.description"}
    now = {one["id"]: one for one in quote.now()}
    said = [(now[one["id"]]["quantity"], now[one["id"]].get("description")) for one in quote.lines]  # type: ignore[index]
    assert said == [("5.000", "甲"), ("2.000", "乙"), ("3.000", "丙")]
    assert answer.json()["data"]["subtotal"] == "97.50"


def test_the_same_cell_of_a_line_is_a_conflict_that_names_the_line(site: Site) -> None:
    quote = Quote.made(site)
    quote.patch("lead", quote.line(1, quantity="5"))
    answer = quote.patch("li", quote.line(1, quantity="6"), quote.line(0, quantity="7"))
    assert answer.status_code == 412
    said = answer.json()["error"]["fields"]
    assert {name: (one["base"], one["yours"], one["theirs"]) for name, one in said.items()} == {
        "lines.0.quantity": ("2.000", "6.000", "5.000")
    }
    assert [one["quantity"] for one in quote.now()] == ["1.000", "3.000", "5.000"]


def test_a_line_that_one_deletes_and_the_other_changes_is_a_conflict(site: Site) -> None:
    quote = Quote.made(site)
    assert quote.patch("lead", quote.line(0, _delete=True), quote.line(1, description="改")).status_code == 200
    edited = quote.patch("li", quote.line(0, quantity="9"))
    assert edited.json()["error"]["fields"]["lines.0.quantity"]["deleted_by"] == "theirs"
    dropped = quote.patch("li", quote.line(1, _delete=True))
    assert dropped.json()["error"]["fields"]["lines.0.description"]["deleted_by"] == "yours"
    untouched = quote.patch("li", quote.line(0, quantity="1"), quote.line(2, description="只改这里"))
    assert (untouched.status_code, len(quote.now())) == (200, 2), untouched.text


def test_a_line_without_its_version_is_refused_beside_if_match(site: Site) -> None:
    quote = Quote.made(site)
    answer = quote.patch("li", {"id": quote.lines[0]["id"], "quantity": "9"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "lines.0.version")


def test_what_is_deleted_by_a_stale_version_is_what_was_seen(site: Site) -> None:
    shared = Shared.made(site, "删除前已改")
    assert shared.patch("li", {"amount": "5.00"}, 1).status_code == 200
    lead = site.client("lead")
    answer = lead.delete(shared.path, headers={"if-match": '"1"'})
    assert (answer.status_code, answer.json()["error"]["fields"]["amount"]["deleted_by"]) == (412, "yours")
    assert lead.delete(shared.path, headers={"if-match": '"2"'}).status_code == 204
