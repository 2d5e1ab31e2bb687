"""The formula bar's questions over HTTP: checked, completed, worked out on a row with the asker's own rights, taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.work import Work
from tests.designer.studio_site import API, Designer
from tests.web.site import HASH, SINCE, Site, running_site

DEAL = "b2b_sales/entities/opportunity.yaml"
FORMULA = f"{API}/formula"
WEIGHTED = ["fields", "weighted", "formula"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("formulas") / "data", "") as running:
        running.inside(lambda work: _add_designer(work, running))
        client = running.client("li")
        row = f"/api/records/opportunity/{running.public('acme_deal')}"
        version = client.get(row).json()["data"]["version"]
        given = {"amount": "1000000", "probability": "0.3", "opened_on": "2026-01-05"}
        answer = client.patch(row, json=given, headers={"if-match": f'"{version}"'})
        assert answer.status_code == 200, answer.text[:400]
        yield running


def _add_designer(work: Work, site: Site) -> None:
    """Somebody who designs and sells: they read the rows of their own unit."""
    user = work.ids.next()
    create_user(work.session, NewUser(user, "chen", "Chen", 0, HASH, roles=("administrator",)))
    take_seat(work.session, work.model, Membership(work.ids.next(), user, site.ids["cju_a"], "sales", SINCE, None))


def ask(site: Site, what: str, person: str = "chen", status: int = 200, **body: object) -> Any:
    answer = site.client(person).post(f"{FORMULA}/{what}", json={"file": DEAL, "path": WEIGHTED, **body})
    assert answer.status_code == status, answer.text[:500]
    return answer.json()


def test_a_formula_is_checked_at_its_place(site: Site) -> None:
    found = ask(site, "check", formula="round(amount * probability, 2)")
    assert found["problems"] == []
    assert found["type"] == {"zh": "金额 CNY，2 位小数", "en": "money CNY, 2 decimals"}
    assert found["unit"]["symbols"] == "CNY"
    assert (found["entity"], found["reads"]) == ("opportunity", ["amount", "probability"])
    wrong = ask(site, "check", formula="round(amont * probability, 2)")
    assert [(one["code"], one["offset"]) for one in wrong["problems"]] == [("F201", 6)]
    assert "amont" in wrong["problems"][0]["message"]["zh"]
    assert (wrong["type"], wrong["reads"]) == (None, [])


def test_a_place_need_not_be_there_yet(site: Site) -> None:
    assert ask(site, "check", formula="amount > 5", path=["fields", "amount", "required_when"])["type"]["zh"] == "真假"
    refused = site.client("chen").post(
        f"{FORMULA}/check", json={"file": DEAL, "path": ["fields", "nothing", "formula"], "formula": "1"}
    )
    assert refused.status_code == 422
    assert refused.json()["error"]["file"] == DEAL


def test_completion_offers_fields_and_functions_in_both_languages(site: Site) -> None:
    found = ask(site, "completion", formula="round(am", offset=8)["items"]
    assert found[0] == {
        "text": "amount",
        "sort": "name",
        "words": {"zh": "预计金额", "en": "Amount"},
        "start": 6,
        "end": 8,
    }
    by_label = ask(site, "completion", formula="预计", offset=2)["items"]
    assert by_label[0]["text"] == "amount", "a field is found by what people call it"
    chinese = ask(site, "completion", formula="四舍", offset=2)["items"]
    assert chinese[0]["text"] == "四舍五入("
    assert "四舍五入" in chinese[0]["words"]["zh"] or "round(" in chinese[0]["words"]["zh"]
    path = ask(site, "completion", formula="customer.na", offset=11)["items"]
    assert path[0]["text"] == "customer.name"


def test_a_formula_has_a_value_on_a_row(site: Site) -> None:
    record = site.public("acme_deal")
    found = ask(site, "evaluate", formula="round(amount * probability, 2)", record=record)
    assert (found["value"], found["shown"]) == ("300000.00", "300,000.00")
    assert found["unit"]["symbols"] == "CNY"
    assert ask(site, "evaluate", formula="round(amount / 3, 2)", record=record)["shown"] == "333,333.33"
    truth = {"path": ["fields", "amount", "required_when"], "formula": "amount > 5", "record": record}
    assert ask(site, "evaluate", **truth)["shown"] == "是"
    assert (
        ask(site, "evaluate", formula="round(amount / (probability - probability), 2)", record=record)["shown"] == "—"
    )


def test_the_value_is_taken_apart(site: Site) -> None:
    found = ask(site, "explain", formula="round(amount * probability, 2) + weighted", record=site.public("acme_deal"))
    assert found["shown"] == "600,000.00"
    by_text = {one["text"]: one for one in found["tree"]["parts"]}
    assert "weighted = round(amount * probability, 2)" in by_text, "a computed field is taken apart in its turn"
    amount = _find(found["tree"], "amount")
    assert (amount["label"], amount["shown"]) == ("预计金额", "1,000,000.00")


def _find(tree: dict[str, Any], text: str) -> dict[str, Any]:
    if tree["text"] == text:
        return tree
    found = [one for part in tree["parts"] if (one := _find(part, text))]
    return found[0] if found else {}


def test_what_is_drafted_is_worked_out_and_what_is_new_is_empty(site: Site) -> None:
    one, record = Designer(site.client("chen")), site.public("acme_deal")
    halved = "round(amount * probability * 0.5, 2)"
    one.does({"do": "set", "file": DEAL, "path": WEIGHTED, "value": halved})
    new = {"type": "money", "currency": "CNY", "label": {"zh": "新", "en": "New"}}
    one.does({"do": "insert_key", "file": DEAL, "path": ["fields"], "key": "zz_new", "value": new, "after": "end"})
    path = ["fields", "zz_new", "formula"]
    worked = ask(site, "explain", formula="weighted * 2", path=path, record=record)
    assert worked["shown"] == "300,000.00", "by the formula of the draft, not the value that is stored"
    assert _find(worked["tree"], f"weighted = {halved}")["shown"] == "150,000.00"
    empty = ask(site, "evaluate", formula="coalesce(zz_new, amount)", path=WEIGHTED, record=record)
    assert empty["shown"] == "1,000,000.00"
    assert empty["unpublished"] == ["zz_new"]
    assert "zz_new" in empty["notes"][0]["zh"]
    one.undo()
    one.undo()


def test_the_value_is_that_which_the_asker_may_read(site: Site) -> None:
    """A row of another unit is not found; who designs and reads no rows gets no value, and nothing tells it."""
    formula = "round(amount * probability, 2)"
    own, other = site.public("acme_deal"), site.public("bravo_deal")
    assert ask(site, "evaluate", status=404, formula=formula, record=other)["error"]["code"] == "not_found"
    refused = site.client("admin").post(
        f"{FORMULA}/evaluate", json={"file": DEAL, "path": WEIGHTED, "formula": formula, "record": own}
    )
    assert refused.status_code in {403, 404}
    assert "300" not in refused.text


def test_a_cell_that_may_not_be_read_gives_no_value_and_is_named(site: Site) -> None:
    """The budget of a deal is its owner's: a colleague reads the row without it."""
    formula, record = "coalesce(budget, 7)", site.public("acme_deal")
    for name in ("evaluate", "explain"):
        found = ask(site, name, formula=formula, record=record)
        assert (found["value"], found["shown"], found["hidden"]) == (None, None, ["budget"])
        assert "budget" in found["notes"][0]["zh"]
        assert found.get("tree") is None


def test_nothing_is_written(site: Site) -> None:
    row = f"/api/records/opportunity/{site.public('acme_deal')}"
    before = site.client("li").get(row).json()
    ask(site, "evaluate", formula="amount * 2", record=site.public("acme_deal"))
    assert site.client("li").get(row).json() == before


def test_a_formula_that_is_wrong_has_no_value_and_says_why(site: Site) -> None:
    record = site.public("acme_deal")
    assert "amont" in ask(site, "evaluate", status=422, formula="amont", record=record)["error"]["message"]
    assert ask(site, "evaluate", status=422, formula="amount")["error"]["message"] == "缺少 record"
    assert ask(site, "evaluate", status=422, formula="1", record=record, path=[])["error"]["code"] == "bad_command"
    assert ask(site, "check", status=422, formula="1", path=[{"no": 1}])["error"]["code"] == "bad_command"


def test_who_may_not_design_is_told_nothing(site: Site) -> None:
    for name in ("check", "completion", "evaluate", "explain"):
        body = {"file": DEAL, "path": WEIGHTED, "formula": "amount", "offset": 0, "record": site.public("acme_deal")}
        assert site.client().post(f"{FORMULA}/{name}", json=body).status_code == 401
        assert site.client("li").post(f"{FORMULA}/{name}", json=body).status_code == 403


def test_a_formula_over_metrics_is_judged_by_what_these_are(site: Site) -> None:
    metric = {"file": "b2b_sales/metrics/average_deal.yaml", "path": ["formula"]}
    found = ask(site, "check", **metric, formula="round(won_amount / won_count, 2)")
    assert (found["problems"], found["type"]) == ([], {"zh": "金额 CNY，2 位小数", "en": "money CNY, 2 decimals"})
    assert ask(site, "check", **metric, formula="average_margin > 1")["type"]["en"] == "true or false"
    wrong = ask(site, "check", **metric, formula="not won_amount")
    assert (len(wrong["problems"]), wrong["type"]) == (1, None)
    (unknown,) = ask(site, "check", **metric, formula="won_amont * 2")["problems"]
    assert "won_amount" in str(unknown)
