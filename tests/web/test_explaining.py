"""Why: the value of any computed figure, the right to any record and field, the conditions of any move; each names file and
line, and none tells what its asker may not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from engine.model.context import Context, Principal
from engine.runtime.access import telling
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.storage.json import parse_json
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.site import NOW, Site, running_site

PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("explaining")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
        running.installation.workplace.write(context, lambda work: load_quote(work, running))
        yield running


def load_quote(work: Work, site: Site) -> None:
    """A quote of the seller's with two lines, whose cost the seller may not read."""
    rows: dict[str, list[dict[str, object]]] = {
        "product": [{"name": "控制器", "code": "P-1", "list_price": "10"}],
        "quote": [
            {
                "customer": site.ids["acme"],
                "opportunity": site.ids["acme_deal"],
                "owner": site.ids["li"],
                "state": "draft",
                "quoted_on": "2026-03-02",
                "valid_until": "2026-04-02",
            }
        ],
    }
    from_texts(work, site, rows)
    lines = [
        {
            "quote": site.ids["quote"],
            "product": site.ids["product"],
            "quantity": n,
            "list_price": "10",
            "unit_cost": "7",
        }
        for n in ("2", "3")
    ]
    from_texts(work, site, {"quote_line": lines})
    finish_loading(work, {"product", "quote", "quote_line", "opportunity"})


def from_texts(work: Work, site: Site, rows: dict[str, list[dict[str, object]]]) -> None:
    for name, listed in rows.items():
        entity = work.model.entities[name]
        for values in listed:
            site.ids[name] = work.ids.next()
            parsed = {field: parse_json(one, entity.fields[field]) for field, one in values.items()}
            load_rows(work, entity, [(site.ids[name], parsed)])


def line_at(place: str) -> str:
    """The line of the definition that a place names."""
    file, _, line = place.rpartition(":")
    return (PACKS / file).read_text("utf-8").splitlines()[int(line) - 1]


def get(site: Site, person: str, path: str) -> dict[str, object]:
    answer = site.client(person).get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_a_value_is_taken_apart_with_the_line_that_computes_it(site: Site) -> None:
    body = {"name": "加权", "customer": site.public("acme"), "amount": "1000", "probability": "0.25"}
    path = site.client("li").post("/api/records/opportunity", json=body).headers["location"]
    found = get(site, "li", f"{path}/value/weighted")
    assert (found["value"], found["formula"], found["complete"]) == ("250.00", "round(amount * probability, 2)", True)
    assert line_at(str(found["place"])).strip().startswith("weighted:")
    parts = found["tree"]["parts"]  # type: ignore[index]
    assert [(one["text"], one["label"], one["value"]) for one in parts] == [
        ("amount", "预计金额", "1000.00"),
        ("probability", "赢率", "0.2500"),
    ]


def test_computed_parts_are_taken_apart_in_their_turn(site: Site) -> None:
    found = get(site, "li", f"/api/records/quote/{site.public('quote')}/value/total")
    assert found["value"] == "56.50"
    subtotal, tax = found["tree"]["parts"]  # type: ignore[index]
    assert (subtotal["text"], subtotal["value"]) == ("subtotal = sum(lines.amount)", "50.00")
    assert (tax["value"], sorted(one["value"] for one in subtotal["parts"])) == ("6.50", ["20.00", "30.00"])
    assert line_at(subtotal["place"]).strip().startswith("subtotal:")


def test_a_formula_over_what_one_may_not_read_is_named_by_its_place_alone(site: Site) -> None:
    path = f"/api/records/quote/{site.public('quote')}"
    told = site.client("li").get(f"{path}/value/margin_rate")
    assert told.status_code == 200, told.text
    body = told.json()
    assert (body["value"], body["formula"], body["tree"]) == ("0.3000", None, None)
    assert line_at(body["place"]).strip().startswith("margin_rate:")
    assert "cost" not in told.text
    assert site.client("li").get(f"{path}/value/margin").status_code == 404
    page = site.client("li").get(f"/r/quote/{site.public('quote')}/access?field=margin_rate").text
    assert "cost_total" not in page
    assert "这个公式用到你无权查看的内容" in page
    lead = get(site, "lead", f"{path}/value/margin_rate")
    assert "cost_total" in str(lead["tree"])


def test_every_rule_of_a_field_names_its_line(site: Site) -> None:
    found = get(site, "li", f"/api/records/opportunity/{site.public('acme_deal')}/access?field=budget")["data"]
    rules = found[0]["rules"]  # type: ignore[index]
    assert found[0]["right"] == "write"  # type: ignore[index]
    for rule in rules:
        assert rule["id"].removeprefix("流程 ") in line_at(rule["place"]), rule
    held = {rule["id"] for rule in rules if rule["held"]}
    assert {"unit", "chain_write", "chain_read"} <= held


def withheld(site: Site) -> dict[str, dict[str, object]]:
    """What finance is told about the rules of a deal; its solution engineer is not theirs to read."""
    found = get(site, "money", f"/api/records/opportunity/{site.public('acme_deal')}/access")["data"]
    return {rule["id"]: rule for one in found for rule in one["rules"]}  # type: ignore[attr-defined]


def test_a_condition_over_cells_that_one_may_not_read_is_withheld(site: Site) -> None:
    rules = withheld(site)
    engineer = rules["solve"]
    assert (engineer["condition"], engineer["held"], engineer["withheld"]) == (None, None, True)
    assert "solve" in line_at(str(engineer["place"]))
    assert rules["look"]["held"] is True
    page = site.client("money").get(f"/r/opportunity/{site.public('acme_deal')}/access").text
    assert "solution_engineer =" not in page


def test_an_explainer_that_withholds_nothing_is_found_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(telling, "readable_cells", lambda work, entity, record, paths: paths)
    assert withheld(site)["solve"]["condition"] is not None


def test_a_move_tells_each_of_its_conditions(site: Site) -> None:
    deal = site.public("acme_deal")
    rules = get(site, "li", f"/api/records/opportunity/{deal}/access?transition=to_proposal")["data"]
    said = {(rule["says"], rule["condition"]): rule["held"] for rule in rules}  # type: ignore[attr-defined]
    assert said["from", "solution"] is False
    assert said["requires", "close_date"] is False
    assert said["guard", "coalesce(technical_score, 0) >= 60"] is False
    assert said["roles", "sales, solution_engineer, unit_lead"] is True
    places = {str(rule["place"]) for rule in rules if rule["says"] == "guard"}  # type: ignore[attr-defined]
    assert all("to_proposal" in line_at(one) for one in places)
    page = words(site.client("li").get(f"/r/opportunity/{deal}/access?transition=to_proposal").text)
    assert "为什么能或不能「进入报价」" in page
    assert site.client("li").get(f"/r/opportunity/{deal}/access?transition=nonsense").status_code == 404


def test_a_figure_is_taken_apart_into_what_it_counts(site: Site) -> None:
    found = get(site, "lead", "/api/metrics/average_deal/explain")["data"]
    assert [one["text"].split("(")[0] for one in found["parts"]] == ["sum", "count"]  # type: ignore[index]
    for part in (found, *found["parts"]):  # type: ignore[misc,index]
        assert (PACKS / str(part["place"]).rpartition(":")[0]).exists()
    page = site.client("lead").get("/figures/average_deal/rows")
    assert page.status_code == 200
    assert "won_amount.yaml" in page.text


def test_who_may_not_see_a_record_is_told_nothing_about_it(site: Site) -> None:
    record, missing = site.public("acme_deal"), "0SAPHB2RR0002"
    for path in ("access", "value/weighted", "access?field=amount", "access?transition=win"):
        stranger = site.client("wang").get(f"/api/records/opportunity/{record}/{path}")
        nobody = site.client("wang").get(f"/api/records/opportunity/{missing}/{path}")
        assert (stranger.status_code, nobody.status_code) == (404, 404), path
    assert site.client("wang").get(f"/r/opportunity/{record}/history").status_code == 404


def test_history_shows_each_change_whole_and_only_what_one_may_read(site: Site) -> None:
    made = site.client("li").post("/api/records/opportunity", json={"name": "历史", "customer": site.public("acme")})
    record = made.json()["data"]["id"]
    site.client("li").patch(f"/api/records/opportunity/{record}", json={"amount": "5", "budget": "77"})
    mine = words(site.client("li").get(f"/r/opportunity/{record}/history").text)
    assert re.search(r"Li 修改 .{1,12} 预计金额 空 → ¥5\.00", mine), mine[:1500]
    assert "¥77.00" in mine
    others = site.client("money").get(f"/r/opportunity/{record}/history").text
    assert "¥5.00" in others
    assert "¥77.00" not in others


def test_history_goes_on_page_by_page(site: Site) -> None:
    made = site.client("li").post("/api/records/opportunity", json={"name": "长", "customer": site.public("acme")})
    record = made.json()["data"]["id"]
    for at in range(55):
        site.client("li").patch(f"/api/records/opportunity/{record}", json={"amount": str(at)})
    first = site.client("li").get(f"/r/opportunity/{record}/history").text
    following = re.search(r'href="([^"]+\?before=\d+)"', first)
    assert following is not None
    second = site.client("li").get(unescape(following[1])).text
    assert (first.count("card version"), second.count("card version")) == (50, 6)
