"""Records of one thing written twice: told while one types, confirmed or refused on saving, never beyond what one may read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from httpx2 import Response

from engine.runtime.database.protocol import Session
from engine.runtime.rows import select
from engine.runtime.search.index import index_anew
from engine.runtime.search.likeness import LIKENESS, compared
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site, shipped


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("duplicates")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def lead(company: str, phone: str, **more: str) -> dict[str, str]:
    return {"f.company": company, "f.person": "周宁", "f.phone": phone, "f.source": "web", **more}


def saved(site: Site, person: str, values: dict[str, str]) -> Response:
    return site.client(person).post("/r/lead", data=values)


def confirmed(page: str) -> str:
    found = re.search(r'name="@confirm" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_warning_is_shown_with_a_link_and_saved_once_it_is_confirmed(site: Site) -> None:
    first = saved(site, "li", lead("华联精工有限公司", "13900000001"))
    assert first.status_code == 303
    again = saved(site, "li", lead("华联精工", "13900000002"))
    assert again.status_code == 409
    assert f'href="{first.headers["location"]}"' in again.text
    assert 'value="13900000002"' in again.text
    kept = saved(site, "li", lead("华联精工", "13900000002", **{"@confirm": confirmed(again.text)}))
    assert kept.status_code == 303
    assert "warned=" not in kept.headers["location"], "what was confirmed is not said once more"
    shown = saved(site, "li", lead("华联 精工", "13900000003", **{"@confirm": confirmed(again.text)}))
    assert shown.status_code == 409, "what was confirmed was one record, not two"


def test_a_record_that_keeps_what_is_compared_is_not_asked_about_again(site: Site) -> None:
    page = saved(site, "li", lead("华联精工", "13900000009"))
    made = saved(site, "li", lead("华联精工", "13900000009", **{"@confirm": confirmed(page.text)}))
    address = made.headers["location"]
    assert site.client("li").post(address, data={"f.position": "厂长"}).status_code == 303
    assert site.client("li").post(address, data={"f.phone": "139 0000-0001"}).status_code == 409


def test_it_is_told_while_one_types_and_only_to_who_may_read_it(site: Site) -> None:
    saved(site, "wang", lead("北辰电机", "+86 13700000001"))
    told = site.client("wang").post("/preview/lead", data=lead("x", "137-0000-0001")).json()["alike"]
    assert [[title for _, title in one["records"]] for one in told] == [["北辰电机"]]
    assert site.client("li").post("/preview/lead", data=lead("北辰电机", "13700000001")).json()["alike"] == []
    assert saved(site, "li", lead("北辰电机", "13700000001")).status_code == 303


def test_a_rule_that_reveals_says_how_many_there_are_and_nothing_else(site: Site) -> None:
    typed = {"f.name": "Bravo", "f.industry": "photovoltaic", "f.segment": "long_tail", "f.unit": site.public("cju_a")}
    told = site.client("li").post("/preview/customer", data=typed).json()["alike"]
    assert [(one["records"], one["hidden"]) for one in told] == [([], 1)]
    page = site.client("li").post("/r/customer", data=typed)
    assert page.status_code == 409
    assert "另有 1 条你无权查看" in page.text
    assert site.public("bravo") not in page.text.replace(confirmed(page.text), "")


def test_programs_are_not_asked_and_told_afterwards(site: Site) -> None:
    li, body = site.client("li"), {"company": "一家机电", "person": "y", "phone": "13611112222", "source": "web"}
    first, second = (li.post("/api/records/lead", json=body) for _ in range(2))
    assert (first.status_code, "warnings" in first.json()) == (201, False)
    assert second.status_code == 201
    assert [words.split("：")[0] for words in second.json()["warnings"]] == ["可能重复", "可能重复"]


def test_marks_made_anew_are_those_that_writes_keep(site: Site) -> None:
    entity = shipped().current().entities["lead"]
    kept = site.inside(lambda work: _marks(work.session))
    site.inside(lambda work: index_anew(work.session, entity))
    assert site.inside(lambda work: _marks(work.session)) == kept
    assert kept


def _marks(session: Session) -> set[tuple[object, ...]]:
    return {tuple(row) for row in select(session, LIKENESS, ("rule", "record", "mark"), {"entity": "lead"})}


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("华为技术有限公司", "华为技术股份有限公司", True),
        ("ＡＢＢ（中国）有限公司", "abb 中国", True),
        ("Acme Co., Ltd.", "ACME", True),
        ("集团", "集团", True),
        ("华为技术", "华为科技", False),
    ],
)
def test_companies_are_compared_without_their_legal_form(left: str, right: str, alike: bool) -> None:
    entity = shipped().current().entities["lead"]
    rule = next(one for one in entity.duplicates if one.id == "same_company")
    assert (compared(entity, rule, {"company": left}) == compared(entity, rule, {"company": right})) is alike


def test_a_row_to_choose_is_made_over_the_form_by_its_own_rules(site: Site) -> None:
    li = site.client("li")
    offered = re.findall(r'name="([^"]+)"[^>]* data-create="([^"]+)"', li.get("/r/quote/new").text)
    assert ("f.customer", "/r/customer/new?@lookup=1&amp;name=") in offered
    assert not any("product" in address for _, address in offered), "sales may not make products"
    li.post("/drafts/customer", data={"f.name": "另写到一半", "@key": "d1"})
    form = li.get("/r/customer/new?@lookup=1&name=海川机电").text
    assert 'value="海川机电"' in form
    assert not any(part in form for part in ('class="side"', "data-draft=", "写到一半"))
    typed = {
        "f.name": "acme 公司",
        "f.industry": "photovoltaic",
        "f.segment": "long_tail",
        "f.unit": site.public("cju_a"),
    }
    wrong = li.post("/r/customer?@lookup=1", data={**typed, "f.name": ""})
    assert (wrong.status_code, 'action="/r/customer?@lookup=1"' in wrong.text) == (422, True)
    alike = li.post("/r/customer?@lookup=1", data=typed)
    assert (alike.status_code, f'data-choose="/r/customer/{site.public("acme")}"' in alike.text) == (409, True)
    made = li.post("/r/customer?@lookup=1", data={**typed, "f.name": "海川机电"})
    assert (made.status_code, made.json()["label"], made.json()["warnings"]) == (201, "海川机电", [])
    deal = {"name": "海川一期", "customer": made.json()["id"]}
    assert li.post("/api/records/opportunity", json=deal).status_code == 201
    assert "写到一半" in li.get("/r/customer/new").text, "the draft of another customer stays"
    assert site.client("audit").post("/r/customer?@lookup=1", data=typed).status_code == 403
