"""The inbox over HTTP: one order over all kinds, pages, terms, counts, rights, and acts on many at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engine.runtime.database.protocol import Session
from engine.runtime.identity.sessions import NewToken, make_token
from engine.runtime.identity.users import user_by_account
from tests.conftest import KINDS, unmade_url
from tests.web.quotes import Quote
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("inbox")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def made(site: Site, person: str, **values: object) -> str:
    answer = site.client(person).post(
        "/api/records/task", json={"kind": "follow_up", "unit": site.public("hq"), **values}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def waiting(site: Site, person: str, **asked: str) -> list[dict[str, Any]]:
    answer = site.client(person).get("/api/inbox", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def titles(site: Site, person: str, **asked: str) -> list[str]:
    return [str(one["title"]) for one in waiting(site, person, **asked)]


def test_kinds_are_merged_by_when_they_count_and_paged_without_loss(site: Site) -> None:
    made(site, "money", title="无期限")
    made(site, "money", title="下周", due_on="2026-03-09")
    made(site, "money", title="昨天", due_on="2026-03-01")
    made(site, "money", title="急件", due_on="2026-03-04", priority="urgent")
    made(site, "money", title="整改", due_on="2026-03-02", kind="remediation")
    expected = ["昨天", "急件", "整改", "下周", "无期限"]
    assert titles(site, "money") == expected, "an urgent one counts as due three days earlier"
    found, cursor = [], ""
    for _ in expected:
        asked = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        body = site.client("money").get("/api/inbox", params=asked).json()
        found += [one["title"] for one in body["data"]]
        cursor = body["next_cursor"] or ""
        if not cursor:
            break
    assert found == expected


def test_terms_kinds_and_words_narrow_it_down(site: Site) -> None:
    for title, day in (("过期的甲", "2026-02-20"), ("今日的乙", "2026-03-02"), ("以后的丙", "2026-04-01")):
        made(site, "audit", title=title, due_on=day)
    assert titles(site, "audit", due="overdue") == ["过期的甲"]
    assert titles(site, "audit", due="today") == ["今日的乙"]
    assert titles(site, "audit", due="later") == ["以后的丙"]
    assert titles(site, "audit", q="今日") == ["今日的乙"]
    assert titles(site, "audit", kind="task.remediation") == []
    assert site.client("audit").get("/api/inbox", params={"kind": "task.nothing"}).status_code == 400
    assert site.client("audit").get("/api/inbox", params={"due": "never"}).status_code == 400
    assert site.client("audit").get("/api/inbox", params={"limit": "9" * 5000}).status_code == 400
    assert site.client("audit").get("/inbox", params={"done": "9" * 5000}).status_code == 200


def test_what_may_not_be_read_is_neither_listed_nor_counted(site: Site) -> None:
    """A to-do for whoever left the seat that let them read it: the row waits for them and is not theirs to see."""
    before = site.client("li").get("/api/inbox/count").json()
    answer = site.client("money").post(
        "/api/records/receivable",
        json=_receivable(site, owner=site.public("wang"), customer=site.public("acme")),
    )
    assert answer.status_code == 201, answer.text
    assert [one for one in waiting(site, "wang") if one["kind"] == "receivable.collect"] == []
    assert site.client("wang").get("/api/inbox/count").json()["kinds"]["receivable.collect"] == 0
    own = site.client("money").post("/api/records/receivable", json=_receivable(site, owner=site.public("li")))
    assert own.status_code == 201, own.text
    after = site.client("li").get("/api/inbox/count").json()
    assert after["kinds"]["receivable.collect"] == before["kinds"]["receivable.collect"] + 1
    assert after["count"] == before["count"] + 1


def test_a_batch_says_of_each_what_became_of_it(site: Site) -> None:
    quotes = [Quote.made(site) for _ in range(2)]
    for quote in quotes:
        assert site.client("li").post(f"{quote.path}/transitions/submit", json={}).status_code == 200
    items = [one["item"] for one in waiting(site, "lead", kind="approval")][:2]
    done = site.client("lead").post("/api/inbox", json={"act": "approve", "items": items}).json()["results"]
    assert [one["done"] for one in done] == [True, True]
    plain = made(site, "lead", title="打电话")
    strict = made(site, "lead", title="补材料", kind="remediation")
    given = {"act": "done", "items": [f"task.to_do:{plain}", f"task.remediation:{strict}", items[0]]}
    results = site.client("lead").post("/api/inbox", json=given).json()["results"]
    assert [one["done"] for one in results] == [True, False, False]
    assert "处理结果" in results[1]["problem"]
    row = site.client("lead").get(f"/api/records/task/{plain}").json()["data"]
    assert (row["status"], row["done_on"]) == ("done", "2026-03-02")
    assert site.client("lead").get(f"/api/records/task/{strict}").json()["data"]["status"] == "open"
    again = {"act": "done", "items": [f"task.remediation:{strict}", f"task.to_do:{plain}"], "words": "已补齐"}
    results = site.client("lead").post("/api/inbox", json=again).json()["results"]
    assert [one["done"] for one in results] == [True, False], "what was done waits no more"
    assert site.client("lead").get(f"/api/records/task/{strict}").json()["data"]["result"] == "已补齐"


@pytest.mark.parametrize(
    ("scopes", "done"),
    [(("*:read",), False), (("quote:read", "customer:update"), False), (("quote:read", "quote:transition"), True)],
)
def test_a_token_answers_no_further_than_its_scopes(site: Site, scopes: tuple[str, ...], done: bool) -> None:
    quote = Quote.made(site)
    assert site.client("li").post(f"{quote.path}/transitions/submit", json={}).status_code == 200
    program = site.client()
    program.headers["authorization"] = f"Bearer {token_of(site, 'lead', scopes)}"
    asked = waiting(site, "lead", kind="approval")
    (mine,) = [one for one in asked if one["record"] == quote.path.rpartition("/")[2]]
    batch = program.post("/api/inbox", json={"act": "approve", "items": [mine["item"]]})
    assert (batch.status_code == 200 and batch.json()["results"][0]["done"]) is done
    if done:
        return
    assert program.post(f"/api/tasks/{mine['id']}/approve", json={}).status_code == 403
    assert program.post("/inbox", data={"one": f"approve@{mine['item']}"}).status_code == 403
    assert program.post("/account/tokens", data={"name": "more", "days": "30", "scope": "all"}).status_code == 403
    assert mine in waiting(site, "lead", kind="approval"), "nothing of it stays"


def token_of(site: Site, person: str, scopes: tuple[str, ...]) -> str:
    """A token of a person's, as `dougong user token` makes it."""
    installation = site.installation
    new, now = NewToken(installation.ids.next(), "program", scopes, timedelta(days=30)), installation.clock.now()

    def make(session: Session) -> str:
        user = user_by_account(session, person)
        assert user is not None
        return make_token(session, user, new, now)

    return installation.database.write(make)


def test_nobody_deals_with_what_waits_for_another(site: Site) -> None:
    theirs = made(site, "audit", title="审计的事")
    results = site.client("lead").post("/api/inbox", json={"act": "done", "items": [f"task.to_do:{theirs}"]}).json()
    assert results["results"][0]["done"] is False
    assert site.client("audit").get(f"/api/records/task/{theirs}").json()["data"]["status"] == "open"


def test_the_page_keeps_ticks_and_words_of_what_failed(site: Site) -> None:
    strict = made(site, "audit", title="整改一处", kind="remediation")
    plain = made(site, "audit", title="小事一件")
    client = site.client("audit")
    page = client.get("/inbox").text
    assert "整改一处" in page and "小事一件" in page and f'value="task.remediation:{strict}"' in page
    form = {"act": "done", "item": [f"task.remediation:{strict}", f"task.to_do:{plain}"]}
    answer = client.post("/inbox", data=form)
    assert answer.status_code == 200
    assert f'value="task.remediation:{strict}" checked' in answer.text and "处理结果" in answer.text
    assert "小事一件" not in answer.text, "the other one was done"
    one = client.post(
        "/inbox", data={"one": f"done@task.remediation:{strict}", "comment": "换新", "next": "//evil.example"}
    )
    assert (one.status_code, one.headers["location"]) == (303, "/inbox?done=1")


def test_a_home_page_lists_what_waits_and_leads_to_all_of_it(site: Site) -> None:
    made(site, "li", title="给客户回电", due_on="2026-03-02")
    page = site.client("li").get("/app/sales_desk").text
    assert "给客户回电" in page and 'href="/inbox"' in page and "今天到期" in page


def _receivable(site: Site, owner: str, customer: str = "") -> dict[str, object]:
    acme = customer or site.public("acme")
    contract = site.client("lead").post(
        "/api/records/contract",
        json={"name": "合同", "customer": acme, "owner": site.public("li"), "amount": "1000.00"},
    )
    assert contract.status_code == 201, contract.text
    return {
        "customer": acme,
        "contract": contract.json()["data"]["id"],
        "owner": owner,
        "amount": "1000.00",
        "due_on": "2026-02-01",
        "milestone": "acceptance",
    }
