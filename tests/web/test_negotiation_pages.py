"""The page of a negotiation: who is led to it, what it says in both languages, and how a counter-offer moves it without a script."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest
from httpx2 import Response

from engine.runtime.identity.users import USER
from engine.runtime.rows import update
from engine.web.site import DEMO_A_MINUTE
from tests.conftest import KINDS, unmade_url
from tests.web.bargaining import lay_table
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("negotiation_pages")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        lay_table(running)
        yield running


def url(site: Site, record: str = "talk") -> str:
    return f"/negotiations/opportunity/{site.public(record)}"


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def offered(site: Site, person: str = "li", **terms: str) -> str:
    answer = site.client(person).post(url(site), data={f"t.{key}": value for key, value in terms.items()})
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def in_english(site: Site, path: str) -> str:
    client = site.client()
    client.cookies.update(site.client("li").cookies)
    client.cookies.set("dougong_language", "en")
    return client.get(path).text


def test_the_record_leads_to_its_negotiation_while_there_is_one_and_the_reader_takes_part(site: Site) -> None:
    page = f"/r/opportunity/{site.public('talk')}"
    assert f'href="{url(site)}"' in site.client("li").get(page).text
    assert f'href="{url(site)}"' in site.client("lead").get(page).text
    assert "/negotiations/" not in site.client("li").get(f"/r/opportunity/{site.public('deal1')}").text
    unasked = site.client("audit").get(page)
    assert unasked.status_code == 200 and "/negotiations/" not in unasked.text


def test_who_may_not_read_the_record_is_told_of_no_negotiation(site: Site) -> None:
    assert site.client("wang").get(url(site)).status_code == 404
    assert site.client("li").get(url(site, "their_talk")).status_code == 404
    assert site.client("audit").get(url(site)).status_code in {403, 404}
    assert site.client("li").get(url(site, "deal1")).status_code == 409
    assert site.client().get(url(site)).headers["location"].startswith("/sign-in")
    assert site.client("wang").post(url(site), data={"t.payment_days": "60"}).status_code == 404


def test_the_page_says_the_deal_its_terms_and_its_grounds_in_both_languages(site: Site) -> None:
    page = site.client("li").get(url(site))
    assert page.status_code == 200
    chinese = words(page.text)
    for said in (
        "谈判沙盘",
        "在谈 acme",
        "账期 30 天",
        "预付比例 30 %",
        "不让步",
        "客户还价",
        "竞品近 30 天交付节奏",
        "华屹三周交付",
    ):
        assert said in chinese, said
    english = words(in_english(site, url(site)))
    for said in ("Negotiation sandbox", "No concession", "Counter-offer", "Delivery of competitors in 30 days"):
        assert said in english, said
    assert not re.search("[一-鿿]", re.sub(r"在谈 acme|华屹三周交付|中文|压装机|合同 \d+|项目 \d+", "", english)), (
        english
    )
    assert "style=" not in page.text and page.text.count("<h1") == 1
    assert len(gzip.compress(page.content)) < 40 * 1024


def test_a_counter_offer_is_worked_out_by_a_plain_form_and_kept_nowhere(site: Site) -> None:
    page = offered(site, payment_days="75", price="", prepayment="３０％")
    said = words(page)
    assert "账期 30 天 改为 75 天" in said.replace("→ ", "")
    assert "账期 75 天，你的限度是 60 天；" in said and "可以批准" in said
    assert 'name="t.payment_days" inputmode="decimal" autocomplete="off" value="75"' in page
    assert "账期 75 天" not in words(site.client("li").get(url(site)).text)


def test_what_is_no_number_is_told_beside_its_lever_and_the_others_still_count(site: Site) -> None:
    page = offered(site, payment_days="六十天", delivery_weeks="-3", prepayment="0.1")
    assert page.count('aria-invalid="true"') == 2
    assert "请填一个数，例如 30" in page
    assert "预付比例 30 % 改为 0.1 %" in words(page).replace("→ ", "")


def test_the_module_gets_what_moves_alone(site: Site) -> None:
    data = {"t.payment_days": "45", "part": "moving"}
    part = site.client("li").post(url(site), data=data).text
    assert re.findall(r'data-moves="(\w+)"', part)[:2] == ["packages", "offer"]
    assert "<html" not in part and "data-says" in part


def decided(site: Site, package: str, reason: str, person: str = "li", **terms: str) -> Response:
    form = {"package": package, "reason": reason, **{f"t.{key}": value for key, value in terms.items()}}
    return site.client(person).post(f"{url(site)}/decide", data=form)


def test_a_decision_is_kept_with_its_reason_and_has_a_page_that_replays_it(site: Site) -> None:
    kept = decided(site, "offer", "用账期换下季度的框架", payment_days="45")
    assert kept.status_code == 303
    page = site.client("li").get(kept.headers["location"]).text
    said = words(page)
    for part in ("已记下", "采用「客户还价」", "账期 30 天 → 改为 45 天", "用账期换下季度的框架", "后来都没有改过"):
        assert part in said, part
    place = kept.headers["location"].partition("?")[0]
    assert "结果逐字节一致" in words(site.client("li").get(f"{place}?replay=1").text)
    assert place in site.client("li").get(url(site)).text
    site.inside(lambda work: update(work.session, USER, {"name_en": "Li"}, {"id": site.ids["li"]}))
    english = words(in_english(site, place))
    assert "Decided on Counter-offer" in english and "none has changed since" in english
    assert site.client("wang").get(place).status_code == 404
    assert "后来都没有改过" in words(site.client("lead").get(place).text), (
        "who reads more of the rows than whoever decided"
    )


def test_a_decision_that_is_not_taken_comes_back_as_it_was_filled_in(site: Site) -> None:
    unsaid = decided(site, "now", "  ")
    assert unsaid.status_code in {400, 422} and 'id="reason-error"' in unsaid.text
    assert 'id="choose-now" name="package" value="now" required checked' in unsaid.text
    beyond = decided(site, "offer", "客户坚持", payment_days="75")
    assert beyond.status_code == 422 and "超出你的权限" in words(beyond.text)
    assert ">客户坚持</textarea>" in beyond.text and 'value="75"' in beyond.text
    wrong = decided(site, "offer", "客户坚持", payment_days="很久")
    assert wrong.status_code == 400 and "填错的数" in words(wrong.text)
    assert decided(site, "now", "代为决定", "wang").status_code == 404


def test_a_row_that_changed_after_the_decision_is_told(site: Site) -> None:
    place = decided(site, "now", "先看看").headers["location"].partition("?")[0]
    li = site.client("li")
    row = li.get(f"/api/records/opportunity/{site.public('talk')}").json()
    version = row["data"]["version"] if "data" in row else row["version"]
    changed = li.patch(
        f"/api/records/opportunity/{site.public('talk')}",
        json={"name": "在谈 acme", "close_date": "2026-06-30"},
        headers={"if-match": f'"{version}"'},
    )
    assert changed.status_code == 200, changed.text
    said = words(li.get(place).text)
    assert "后来改过" in said and "改过" in said


TRIAL = "/try/negotiation"


def test_the_sandbox_is_tried_without_signing_in_and_says_that_it_is_an_example(site: Site) -> None:
    nobody = site.client()
    assert f'href="{TRIAL}"' in nobody.get("/sign-in").text
    asked = nobody.get(TRIAL).text
    assert 0 < len(re.findall(r'<input id="demo-', asked)) <= 10
    assert "这是示例" in words(asked) and "ng-card" not in asked
    found = nobody.post(TRIAL, data={"list_price": "200万".replace("万", "0000"), "discount": "８"})
    assert found.status_code == 200
    assert re.findall(r'<article class="ng-card is-(\w+)"', found.text) == ["now", "hold", "balance", "win"]
    assert "这是示例" in words(found.text) and 'value="８"' in found.text
    assert "/r/" not in found.text, "no rows of anybody"
    assert found.text.count('class="btn primary') == 1 and len(gzip.compress(found.content)) < 40 * 1024
    english = site.client()
    english.cookies.set("dougong_language", "en")
    said = words(english.post(TRIAL, data={}).text)
    assert "This is an example" in said and not re.search("[一-鿿]", said.replace("中文", "")), said


def test_what_the_trial_cannot_take_is_told_beside_its_field(site: Site) -> None:
    wrong = site.client().post(TRIAL, data={"discount": "90", "payment_days": "soon", "prepayment": "0.2"})
    assert wrong.status_code == 422
    assert "请填 0 % 到 50 % 之间的数" in wrong.text and "请填 0 天 到 180 天 之间的数" in wrong.text
    assert wrong.text.count('aria-invalid="true"') == 2 and 'value="soon"' in wrong.text


def test_the_trial_is_limited_by_address(site: Site) -> None:
    nobody = site.client()
    codes = [nobody.post(TRIAL, data={"discount": "no"}).status_code for _ in range(DEMO_A_MINUTE + 1)]
    assert codes[-1] == 429 and 422 in codes
    page = nobody.post(TRIAL, data={})
    assert page.status_code == 429 and int(page.headers["retry-after"]) > 0 and "这是示例" in words(page.text)
