"""Two people change one record from the same version: what one of them changed alone stays, what both changed is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from engine.runtime.records import writing
from engine.runtime.records.merging import NOTHING
from tests.conftest import KINDS, unmade_url
from tests.web.edit_pairs import CHOICES, Shared, disagreements
from tests.web.quotes import Quote
from tests.web.site import Site, running_site

PAIRS = 100


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("merging")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


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
            {
                "subject": f"跟进 {at}",
                "customer": site.public("acme"),
                "opportunity": shared.row["id"],
                "kind": "call",
                "trigger": "deal_step",
                "basis": "model_win",
                "alternative": "等客户来问",
                "expected": "定下一步",
            }
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


def test_a_new_version_begins_with_what_stands_and_leaves_the_one_before_as_it_is(site: Site) -> None:
    quote, li = Quote.made(site), site.client("li")
    record = quote.path.rpartition("/")[2]
    page = li.get(f"/r/quote/{record}").text
    assert page.count(f'href="/r/quote/new?like={record}"') == 2 and page.count("另报一版") == 2
    form = li.get(f"/r/quote/new?like={record}").text
    assert re.search(rf'name="f\.previous"[^>]*value="{record}"|value="{record}" selected', form)
    assert re.search(r'name="f\.revision"[^>]*value="2"', form)
    assert re.search(r"<h1[^>]*>\s*报价新版本（第 2 版）", form)
    english = li.get(f"/r/quote/new?like={record}", headers={"accept-language": "en"}).text
    assert "Quote: new version, no. 2" in english or "报价新版本" in english
    refused = li.post("/r/quote", data={"f.previous": record, "f.revision": "2"})
    assert refused.status_code == 422 and "报价新版本（第 2 版）" in refused.text, "it stays one when it comes back"
    assert re.search(r"<h1[^>]*>\s*新建报价", li.get("/r/quote/new").text)
    assert [len(re.findall(rf'name="c\.lines\.{at}\.quantity"', form)) for at in range(4)] == [1, 1, 1, 0]
    assert site.client("wang").get(f"/r/quote/new?like={record}").status_code == 404
    assert site.client("money").get(f"/r/quote/new?like={record}").status_code == 403
    assert f"/r/quote/new?like={record}" not in site.client("money").get(f"/r/quote/{record}").text
    assert quote.now() == quote.lines
