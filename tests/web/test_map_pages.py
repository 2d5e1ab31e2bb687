"""Decision-chain maps over HTTP: who sees which, what is withheld, gaps that become to-dos once, the flow that a map becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from engine.runtime.database.statements import Statement
from engine.runtime.decision_maps import make_tasks, visible_map
from engine.runtime.identity.users import user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

NAMES = ["discount_request", "lead_assignment", "objection_handling", "quote_approval", "renewal_negotiation"]


@pytest.fixture(params=KINDS, scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("maps")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def listed(client: TestClient) -> list[str]:
    return re.findall(r'<h2><a href="/maps/(\w+)">', client.get("/maps").text)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def panel(page: str) -> str:
    found = re.search(r'<section class="card map-panel".*?</section>', page, re.S)
    return words(found[0]) if found else ""


def gaps(client: TestClient) -> list[dict[str, object]]:
    rows = client.get("/api/records/task", params={"sort": "about"}).json()["data"]
    return [row for row in rows if str(row.get("about", "")).partition("/")[0] in NAMES]


def test_everybody_who_reads_the_records_sees_the_map(site: Site) -> None:
    assert listed(site.client("li")) == NAMES
    assert listed(site.client("admin")) == NAMES
    assert "lead_assignment" not in listed(site.client("money"))
    assert "quote_approval" in listed(site.client("money"))
    missing, unseen = (site.client("money").get(f"/maps/{name}") for name in ("nothing", "lead_assignment"))
    assert (missing.status_code, unseen.status_code) == (404, 404)
    assert site.client().get("/maps").status_code == 303


def test_a_map_is_drawn_and_listed_with_its_coverage(site: Site) -> None:
    page = site.client("li").get("/maps/quote_approval").text
    assert page.count('class="map-step is-') == 15
    assert page.count("map-way") >= 19
    assert "93%" in page and "15 步里 14 步有定义依据" in page
    assert page.index("起草报价") < page.index("发给客户")
    assert "回到" in page
    assert "style=" not in page
    english = site.client("li").get("/maps/quote_approval", headers={"accept-language": "en"})
    assert english.status_code == 200


def test_a_step_tells_its_grounds_and_administrators_the_line(site: Site) -> None:
    url = "/maps/quote_approval?node=terms"
    mine = panel(site.client("lead").get(url).text)
    assert "账期过长提醒" in mine and "payment_days &gt; 90" in mine
    assert "核对信用与欠款" in mine
    assert ".yaml:" not in mine
    theirs = panel(site.client("admin").get(url).text)
    assert "b2b_sales/maps/quote_approval.yaml:" in theirs


def test_what_one_never_reads_is_no_name_on_a_map(site: Site) -> None:
    """An administrator reads no quotes, product no margin; the control is the lead, who reads it."""
    page = site.client("admin").get("/maps/discount_request?node=margin").text
    assert "无权查看" in panel(page)
    assert "毛利率" not in words(page) and "低毛利提醒" not in page
    assert "毛利率" in panel(site.client("lead").get("/maps/discount_request?node=margin").text)
    money = site.client("money").get("/maps/renewal_negotiation?node=concession").text
    assert "让步方案" not in panel(money).replace("写下让步方案", "")
    assert "预计续约金额" in panel(money)


def test_gaps_become_to_dos_once_whoever_asks(site: Site) -> None:
    lead, li = site.client("lead"), site.client("li")
    url = "/maps/objection_handling"
    assert "为 1 处缺口建待办" in lead.get(url).text
    assert lead.post(url).headers["location"] == f"{url}?made=1#gaps"
    made = gaps(lead)
    assert [(row["about"], row["kind"], row["status"]) for row in made] == [
        ("objection_handling/capacity", "gap", "open")
    ]
    assert f"{url}?node=capacity" in str(made[0]["detail"])
    assert lead.post(url).headers["location"] == f"{url}?made=0#gaps"
    assert li.post(url).headers["location"] == f"{url}?made=0#gaps"
    page = li.get(f"{url}?node=capacity").text
    assert "已有待办" in page and "建待办" not in page
    assert f'href="/r/task/{made[0]["id"]}"' not in page, "somebody else's to-do is no link"
    assert f'href="/r/task/{made[0]["id"]}"' in lead.get(url).text
    patch = {"status": "done", "done_on": "2026-03-02"}
    assert (
        lead.patch(
            f"/api/records/task/{made[0]['id']}", json=patch, headers={"if-match": f'"{made[0]["version"]}"'}
        ).status_code
        == 200
    )
    assert li.post(url).headers["location"] == f"{url}?made=1#gaps", "the gap is still there"


def test_two_who_ask_at_the_same_instant_make_a_to_do_once(site: Site) -> None:
    """Li asks while what the lead's asking wrote is not committed yet; SQLite lets no second writer in before."""
    url, database = "/maps/discount_request", site.installation.database
    counting = Statement("SELECT count(*) FROM pg_locks WHERE NOT granted", (), "postgres")

    def is_held_up() -> bool:
        return database.dialect != "postgres" or database.read(lambda session: session.rows(counting))[0][0] != 0

    def ask(work: Work) -> tuple[int, Future[Response]]:
        user = user_by_account(work.session, "lead")
        assert user is not None
        lead = context_for(work.session, work.model, user, Circumstances(work.context.now, "zh", work.context.zone))
        made = make_tasks(work.under(lead), visible_map(work.under(lead), "discount_request"))
        second = pool.submit(lambda: li.post(url))
        while not second.done() and not is_held_up():
            pass
        return made, second

    li = site.client("li")
    with ThreadPoolExecutor(1) as pool:
        made, second = site.inside(ask)
        assert (made, second.result().headers["location"]) == (2, f"{url}?made=0#gaps")


def test_who_may_make_no_to_dos_is_refused(site: Site) -> None:
    assert site.client("li").post("/maps/nothing").status_code == 404
    assert site.client("money").post("/maps/lead_assignment").status_code == 404
    assert site.client().post("/maps/quote_approval").status_code in {303, 401}


def test_the_flow_of_a_map_is_shown_and_downloaded_by_administrators(site: Site) -> None:
    admin = site.client("admin")
    page = admin.get("/maps/renewal_negotiation/flow").text
    assert "workflows/renewal_negotiation_flow.yaml" in page
    assert "两个流程不要同时启用" in page
    text = admin.get("/maps/renewal_negotiation/flow?download=1")
    assert text.headers["content-disposition"].startswith("attachment")
    assert text.text.startswith("# 由决策链图 renewal_negotiation") and "type: condition" in text.text
    assert admin.get("/maps/nothing/flow").status_code == 404
    assert site.client("lead").get("/maps/renewal_negotiation/flow").status_code == 403
    assert "/flow" not in site.client("lead").get("/maps/renewal_negotiation").text
    assert 'href="/maps/renewal_negotiation/flow"' in admin.get("/maps/renewal_negotiation").text


def test_a_page_shows_maps_by_their_widget(site: Site) -> None:
    page = site.client("li").get("/app/decision_chains").text
    assert page.count("decision-map") == 5
    assert 'href="/maps/objection_handling"' in page
    money = site.client("money").get("/app/decision_chains").text
    assert "线索分配" not in money
