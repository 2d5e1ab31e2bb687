"""Lists at work: views that people keep and share, chosen columns, taking out what is seen, cells and many rows changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from engine.installation.job_runner import JobRunner
from engine.runtime.audit import newest
from engine.runtime.transfer.sheets import read_sheet
from engine.web.bulk_runs import BULK_JOB, BulkRunner
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.quotes import Quote
from tests.web.site import NOW, Site, running_site

PAGE = "/app/opportunity_list"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lists")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def keep(client: TestClient, label: str, **given: str) -> str:
    """Keep a view of the list of opportunities; its name in addresses."""
    sent = {(name if name in {"audience"} else f"p.{name}"): text for name, text in given.items()}
    answer = client.post(f"{PAGE}/views", data={"act": "keep", "label": label, **sent})
    assert answer.status_code == 303, answer.text[-2000:]
    return answer.headers["location"].partition("v=")[2]


def headings(text: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', text)


def test_a_kept_view_is_opened_changed_and_shared_by_its_address(site: Site) -> None:
    li = site.client("li")
    view = keep(li, "我的大单", base="open", sort="-amount", cols="name,amount,stage", **{"f.stage": "qualify"})
    shown = li.get(f"{PAGE}?v={view}").text
    assert headings(shown) == ["商机名称", "预计金额", "阶段"]
    assert re.search(r'aria-current="page">.{0,200}我的大单', shown, re.DOTALL)
    assert "acme deal" in shown
    forward = re.search(rf'href="(/app/opportunity_list\?[^"]*v={re.escape(view)}[^"]*sort=name[^"]*)"', shown)
    assert forward is not None
    changed = li.get(forward[1].replace("&amp;", "&")).text
    assert "已改动" in changed
    assert headings(changed) == ["商机名称", "预计金额", "阶段"], "the rest of the view holds"
    keep_over = {"act": "change", "view": view.removeprefix("s."), "p.cols": "name,stage", "p.base": "all"}
    assert li.post(f"{PAGE}/views", data=keep_over).status_code == 303
    assert headings(li.get(f"{PAGE}?v={view}").text) == ["商机名称", "阶段"]


def test_a_private_view_is_nobody_elses_and_a_shared_one_shows_each_their_own(site: Site) -> None:
    lead, li, wang = (site.client(one) for one in ("lead", "li", "wang"))
    mine = keep(lead, "只给自己")
    shared = keep(lead, "本单元的", audience="unit", sort="-amount")
    assert "只给自己" not in li.get(PAGE).text
    other = li.get(f"{PAGE}?v={mine}").text
    assert "没有共享给你" in other
    assert "只给自己" not in other
    assert "本单元的" in li.get(f"{PAGE}?v={shared}").text
    assert "bravo deal" not in li.get(f"{PAGE}?v={shared}").text
    assert "本单元的" not in wang.get(PAGE).text
    public = shared.removeprefix("s.")
    assert li.post(f"{PAGE}/views", data={"act": "remove", "view": public}).status_code == 403
    assert wang.post(f"{PAGE}/views", data={"act": "remove", "view": public}).status_code == 404
    assert li.post(f"{PAGE}/views", data={"act": "keep", "label": "给大家", "audience": "page"}).status_code == 403
    assert lead.post(f"{PAGE}/views", data={"act": "remove", "view": public}).status_code == 303
    assert "本单元的" not in li.get(PAGE).text


def test_a_shared_view_names_no_field_to_who_may_not_read_it(site: Site) -> None:
    page, lead, li = "/app/quote_list", site.client("lead"), site.client("li")
    sent = {
        "act": "keep",
        "label": "毛利视图",
        "audience": "unit",
        "p.sort": "-margin",
        "p.cols": "name,margin,cost_total",
    }
    kept = lead.post(f"{page}/views", data={**sent, "p.f.margin": "12345"})
    view = kept.headers["location"].partition("v=")[2]
    both = (f"{page}?v={view}", f"{page}/views")
    assert re.search("cost_total|12345|[=,.-]margin\\b", lead.get(both[0]).text), "the control"
    assert "12345" in lead.get(both[1]).text, "the control"
    for one in (*both, f"/export/quote?page=quote_list&v={view}&kind=csv"):
        shown = li.get(one)
        assert shown.status_code == 200
        assert not re.search("cost_total|12345|[=,.-]margin\\b", shown.text)
    assert "看不到的列或条件" in li.get(both[0]).text
    copied = li.post(f"{page}/views", data={"act": "copy", "view": view.removeprefix("s.")}).headers["location"]
    assert not re.search("cost_total|12345|[=,.-]margin\\b", li.get(copied).text)


def test_who_begins_with_a_view_begins_with_it_until_it_is_gone(site: Site) -> None:
    wang = site.client("wang")
    view = keep(wang, "开场", cols="name,owner")
    assert wang.post(f"{PAGE}/views", data={"act": "default", "chosen": view}).status_code == 303
    assert headings(wang.get(PAGE).text) == ["商机名称", "负责人"]
    assert len(headings(wang.get(f"{PAGE}?v=open").text)) > 2
    assert wang.post(f"{PAGE}/views", data={"act": "remove", "view": view.removeprefix("s.")}).status_code == 303
    gone = wang.get(PAGE).text
    assert len(headings(gone)) > 2
    assert "没有共享给你" not in gone


def test_names_are_checked_and_copies_are_ones_own(site: Site) -> None:
    lead, li = site.client("lead"), site.client("li")
    shared = keep(lead, "拿去用", audience="page", q="acme")
    assert li.post(f"{PAGE}/views", data={"act": "copy", "view": shared.removeprefix("s.")}).status_code == 303
    assert "拿去用 副本" in li.get(f"{PAGE}/views").text
    for label, words in (("", "起个名字"), ("字" * 41, "最多 40 个字"), ("拿去用 副本", "已有名为")):
        refused = li.post(f"{PAGE}/views", data={"act": "keep", "label": label, "p.q": "acme"})
        assert refused.status_code == 422
        assert words in refused.text


def test_columns_are_chosen_in_their_order_without_script(site: Site) -> None:
    li = site.client("li")
    picked = "&".join(f"col={one}" for one in ("name", "stage", "amount"))
    assert headings(li.get(f"{PAGE}?{picked}").text) == ["商机名称", "阶段", "预计金额"]
    assert headings(li.get(f"{PAGE}?{picked}&raise=amount").text) == ["商机名称", "预计金额", "阶段"]
    shown = li.get(f"{PAGE}?cols=name,amount,owner&freeze=2&rows=compact").text
    assert 'data-density="compact"' in shown
    assert re.search(r'<th scope="col" class="num frozen"', shown)
    assert headings(li.get(f"{PAGE}?cols=nothing").text) == headings(li.get(PAGE).text)


def test_what_is_seen_is_what_is_taken_out(site: Site) -> None:
    lead = site.client("lead")
    values = {"name": "=1+1", "customer": site.public("acme"), "amount": "1234.50"}
    assert site.client("li").post("/api/records/opportunity", json=values).status_code == 201
    url = "/export/opportunity?page=opportunity_list&cols=amount,name,stage&f.stage=qualify&sort=-amount&kind=csv"
    lines = lead.get(url).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "预计金额,商机名称,阶段"
    assert lines[1].startswith("1234.50,'=1+1,")
    assert "qualify" not in "".join(lines)
    whole = read_sheet("a.xlsx", lead.get(url.replace("csv", "xlsx")).content)
    assert whole.header == ("预计金额", "商机名称", "阶段")
    found = site.installation.workplace.database.read(newest)[0].act
    assert (found.action, found.actor) == ("export", site.ids["lead"])
    assert found.subject == f"entity=opportunity kind=xlsx page=opportunity_list rows={len(whole.rows)}"
    assert lead.get("/export/opportunity?page=quote_list").status_code == 404


LIST = "page=opportunity_list&cols=name,amount,stage"


def made(site: Site, name: str, **more: str) -> str:
    """An opportunity of li's; its public id."""
    values = {"name": name, "customer": site.public("acme"), "amount": "100.00", **more}
    answer = site.client("li").post("/api/records/opportunity", json=values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def typed(form: str) -> dict[str, str]:
    """What the hidden inputs of a cell's control send."""
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def test_a_cell_is_changed_where_it_stands(site: Site) -> None:
    li, deal = site.client("li"), made(site, "改一格")
    form = li.get(f"/r/opportunity/{deal}/cell/amount?{LIST}")
    assert form.status_code == 200
    assert re.search(r'name="f.amount"[^>]*value="100"', form.text)
    address = re.search(r'action="([^"]+)"', form.text)
    assert address is not None
    saved = li.post(
        address[1].replace("&amp;", "&"), data={**typed(form.text), "f.amount": "250000", "f.name": "另一个"}
    )
    assert saved.status_code == 200
    assert f'data-key="{deal}"' in saved.text
    assert "¥25 万" in saved.text or "250,000" in saved.text
    assert li.get(f"/api/records/opportunity/{deal}").json()["data"]["name"] == "改一格", "one cell alone"
    wrong = li.post(f"/r/opportunity/{deal}/cell/amount?{LIST}", data={"f.amount": "很多"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert 'value="很多"' in wrong.text


def test_a_cell_that_may_not_be_changed_says_why(site: Site) -> None:
    li, deal = site.client("li"), made(site, "不能改")
    for field, words in (("stage", "不能在这里改"), ("weighted", "由公式计算")):
        refused = li.get(f"/r/opportunity/{deal}/cell/{field}?{LIST}")
        assert (refused.status_code, words in refused.text) == (403, True), field
    assert li.get(f"/r/opportunity/{deal}/cell/nothing").status_code == 404
    hidden = li.get(f"/r/opportunity/{site.public('bravo_deal')}/cell/amount")
    missing = li.get("/r/opportunity/0000000000007/cell/amount")
    assert hidden.status_code == missing.status_code == 404
    audit = site.client("audit").get(f"/r/opportunity/{deal}/cell/amount?{LIST}")
    assert audit.status_code == 403
    assert (
        site.client("audit").post(f"/r/opportunity/{deal}/cell/amount?{LIST}", data={"f.amount": "1"}).status_code
        == 403
    )
    assert "data-edit" not in site.client("audit").get(PAGE).text
    assert 'data-edit="amount"' in li.get(PAGE).text


def test_two_who_change_one_cell_are_told_and_choose(site: Site) -> None:
    li, lead, deal = site.client("li"), site.client("lead"), made(site, "都在改")
    mine = typed(li.get(f"/r/opportunity/{deal}/cell/amount?{LIST}").text)
    assert lead.patch(f"/api/records/opportunity/{deal}", json={"amount": "300.00"}).status_code == 200
    clash = li.post(f"/r/opportunity/{deal}/cell/amount?{LIST}", data={**mine, "f.amount": "200"})
    assert clash.status_code == 412
    assert "Lead" in clash.text
    assert "300" in clash.text
    settled = {**typed(clash.text), "f.amount": "200", "@take.amount": "mine"}
    assert li.post(f"/r/opportunity/{deal}/cell/amount?{LIST}", data=settled).status_code == 200
    assert li.get(f"/api/records/opportunity/{deal}").json()["data"]["amount"] == "200.00"


def versions(text: str) -> list[str]:
    return re.findall(r'name="row" value="([^"]+)" checked', text)


def test_many_rows_are_changed_each_with_its_result_and_changed_back(site: Site) -> None:
    lead = site.client("lead")
    deals = [made(site, f"批量 {number}") for number in range(3)]
    chosen = {"row": [*deals, site.public("bravo_deal")], "list": "page=opportunity_list&q=批量"}
    looked = lead.post("/bulk/opportunity", data=chosen)
    assert looked.status_code == 200
    assert "批量处理 3 条" in looked.text, "a row out of reach is not among them"
    rows = versions(looked.text)
    assert lead.patch(f"/api/records/opportunity/{deals[2]}", json={"solution": "别人写的"}).status_code == 200
    sent = {
        "act": "update",
        "row": rows,
        "set": "solution",
        "f.solution": "一起拜访",
        "f.amount": "1",
        "list": "page=opportunity_list",
    }
    result = lead.post("/bulk/opportunity/apply", data=sent)
    assert "已修改 2 条，1 条没有改" in result.text
    assert "已被他人修改" in result.text
    found = [lead.get(f"/api/records/opportunity/{one}").json()["data"] for one in deals]
    assert {one["amount"] for one in found} == {"100.00"}, "only what is ticked is set"
    assert [one["solution"] for one in found] == ["一起拜访", "一起拜访", "别人写的"]
    undo = {"act": "undo", "row": re.findall(r'type="hidden" name="row" value="([^"]+)"', result.text)}
    assert len(undo["row"]) == 2
    assert lead.patch(f"/api/records/opportunity/{deals[0]}", json={"amount": "7.00"}).status_code == 200
    assert "已改回原样" in lead.post("/bulk/opportunity/apply", data=undo).text
    back = [lead.get(f"/api/records/opportunity/{one}").json()["data"] for one in deals]
    assert [one["solution"] for one in back] == [None, None, "别人写的"]
    assert back[0]["amount"] == "7.00", "what was written since stays"
    act = site.installation.workplace.database.read(newest)[0].act
    assert (act.action, act.subject) == ("bulk", "entity=opportunity act=undo rows=2 done=2 refused=0")


def test_refused_rows_stay_chosen_with_their_reasons(site: Site) -> None:
    lead, li = site.client("lead"), site.client("li")
    deals = [made(site, "能走", close_date="2026-06-01"), made(site, "走过了", close_date="2026-06-01")]
    moves = site.installation.models.current().workflow_of("opportunity")
    assert moves is not None
    first = next(move for move in moves.transitions if "qualify" in move.sources)
    needed = dict.fromkeys(first.requires, "10")
    assert li.post(f"/api/records/opportunity/{deals[1]}/transitions/{first.id}", json=needed).status_code in {200, 422}
    looked = lead.post("/bulk/opportunity", data={"row": deals})
    assert f'value="move.{first.id}"' in looked.text
    none = lead.post("/bulk/opportunity/apply", data={"act": "update", "row": versions(looked.text)})
    assert none.status_code == 400
    assert "请勾选要改的字段" in none.text
    gone = lead.post("/bulk/opportunity/apply", data={"act": "move.nothing", "row": versions(looked.text)})
    assert "2 条没有改" in gone.text
    assert len(re.findall(r'name="row" value="[^"]+" checked', gone.text)) == 2
    assert (
        site.client("audit").post("/bulk/opportunity/apply", data={"act": "delete", "row": deals[0]}).status_code == 200
    )
    assert li.get(f"/api/records/opportunity/{deals[0]}").status_code == 200, "refused, so it is there"


def test_all_that_match_are_reached_and_deleting_is_undone(site: Site) -> None:
    lead = site.client("lead")
    deals = [made(site, f"通通 {number}") for number in range(2)]
    looked = lead.post("/bulk/opportunity", data={"all": "1", "list": "page=opportunity_list&v=all&q=通通"})
    assert "批量处理 2 条" in looked.text
    deleted = lead.post("/bulk/opportunity/apply", data={"act": "delete", "row": versions(looked.text)})
    if "已删除 2 条" in deleted.text:
        undo = {"act": "restore", "row": re.findall(r'type="hidden" name="row" value="([^"]+)"', deleted.text)}
        assert "已恢复 2 条" in lead.post("/bulk/opportunity/apply", data=undo).text
    assert {lead.get(f"/api/records/opportunity/{one}").status_code for one in deals} == {200}
    assert lead.post("/bulk/opportunity", data={"list": "page=opportunity_list"}).status_code == 400
    assert lead.post("/bulk/nothing", data={"row": deals[0]}).status_code == 404


def many(site: Site, name: str, count: int) -> list[str]:
    """Deals of one name, made at once."""
    sent = [
        {"action": "create", "values": {"name": f"{name} {at}", "customer": site.public("acme"), "amount": "100"}}
        for at in range(count)
    ]
    made = []
    for at in range(0, count, 100):
        answer = site.client("lead").post("/api/records/opportunity/bulk", json={"operations": sent[at : at + 100]})
        assert answer.status_code == 200, answer.text[:500]
        made += [one["id"] for one in answer.json()["results"]]
    return made


def until(site: Site, page: str, words: str) -> str:
    """The page of a bulk run once it says so."""
    clock = FixedClock(NOW)
    jobs = JobRunner(site.installation.workplace, clock, "Asia/Shanghai", {BULK_JOB: BulkRunner(clock)})
    text = ""
    for _ in range(200):
        jobs.run_due()
        text = site.client("lead").get(page).text
        if words in text:
            break
    assert words in text, text[-3000:]
    return text


def test_all_that_a_list_finds_is_changed_by_a_job_with_a_result_for_each_row_and_taken_back_as_one(site: Site) -> None:
    lead, li = site.client("lead"), site.client("li")
    deals = many(site, "全改", 260)
    listed = "page=opportunity_list&v=all&q=全改&f.stage=qualify"
    looked = lead.post("/bulk/opportunity", data={"all": "1", "list": listed})
    assert "批量处理 260 条" in looked.text and 'name="all" value="1"' in looked.text
    assert not versions(looked.text), "no row is named: the list is asked again"
    assert lead.patch(f"/api/records/opportunity/{deals[7]}", json={"solution": "一起拜访"}).status_code == 200
    assert lead.delete(f"/api/records/opportunity/{deals[9]}").status_code == 204
    nothing = lead.post("/bulk/opportunity/apply", data={"all": "1", "list": listed, "act": "update"})
    assert (nothing.status_code, "勾选要改的字段" in nothing.text) == (400, True)
    sent = {"all": "1", "list": listed, "act": "update", "set": "solution", "f.solution": "一起拜访"}
    begun = lead.post("/bulk/opportunity/apply", data=sent)
    assert begun.status_code == 303
    page = begun.headers["location"]
    late = many(site, "全改后来的", 1)[0]
    text = until(site, page, "已完成")
    assert "已处理 258" in text and "本来就是这样 1" in text
    read = [lead.get(f"/api/records/opportunity/{one}") for one in (deals[0], deals[259], late)]
    assert [one.json()["data"]["solution"] for one in read] == ["一起拜访", "一起拜访", None], "not what was made since"
    sheet = lead.get(f"{page}/results").content.decode("utf-8-sig").splitlines()
    assert len(sheet) == 260 and f"全改 0,{deals[0]},已处理," in sheet
    assert [li.get(one).status_code for one in (page, f"{page}/results")] == [404, 404], "nobody else's"
    assert lead.patch(f"/api/records/opportunity/{deals[1]}", json={"solution": "我后来改的"}).status_code == 200
    assert lead.post(page, data={"act": "undo"}).status_code == 303
    back = until(site, page, "已撤销")
    assert "已撤销 257" in back and "没有撤销 1" in back and "全改 1" in back
    values = [lead.get(f"/api/records/opportunity/{one}").json()["data"]["solution"] for one in deals[:3]]
    assert values == [None, "我后来改的", None]
    assert lead.post(page, data={"act": "undo"}).status_code == 400, "once"
    gone = lead.post(
        "/bulk/opportunity/apply", data={"all": "1", "list": "page=opportunity_list&v=all&q=全改", "act": "delete"}
    )
    assert "已处理 260" in until(site, gone.headers["location"], "已完成")


def test_rows_that_may_not_be_changed_are_left_by_a_job_with_the_reason(site: Site) -> None:
    lead = site.client("lead")
    deals = many(site, "全删", 3)
    listed = "page=opportunity_list&v=all&q=全删"
    wrong = {"all": "1", "list": listed, "act": "update", "set": "amount", "f.amount": "-5"}
    refused = lead.post("/bulk/opportunity/apply", data=wrong)
    text = until(site, refused.headers["location"], "已完成")
    assert "没有处理 3" in text and "全删 0" in text
    gone = lead.post("/bulk/opportunity/apply", data={"all": "1", "list": listed, "act": "delete"}).headers["location"]
    assert "已处理 3" in until(site, gone, "已完成")
    assert {lead.get(f"/api/records/opportunity/{one}").status_code for one in deals} == {404}
    assert lead.post(gone, data={"act": "undo"}).status_code == 303
    until(site, gone, "已撤销 3")
    assert {lead.get(f"/api/records/opportunity/{one}").status_code for one in deals} == {200}
    abroad = lead.post("/bulk/opportunity/apply", data={**wrong, "list": "page=quote_list"})
    assert abroad.status_code == 404
    again = lead.post("/bulk/opportunity/apply", data={"all": "1", "list": listed, "act": "delete"}).headers["location"]
    assert "已处理 3" in until(site, again, "已完成")


BOARD = f"{PAGE}?view=kanban&v=all"


def column(text: str, name: str) -> str:
    """One column of a board."""
    return text.partition(f'data-column="{name}"')[2].partition("</section>")[0]


def test_a_board_counts_adds_up_and_says_where_a_card_may_go(site: Site) -> None:
    li = site.client("li")
    deal = made(site, "在板上", amount="1000000.00")
    before = li.get(BOARD).text
    qualify = column(before, "qualify")
    assert f'data-key="{deal}"' in qualify
    listed = li.get("/api/records/opportunity?stage=qualify&count=true&limit=200").json()
    assert f'<span class="count">{listed["total"]}</span>' in qualify
    amount = sum(float(one["amount"] or 0) for one in listed["data"])
    assert f"{amount:,.2f}" in qualify, "the exact sum stands in the title"
    link = re.search(rf'href="(/r/opportunity/{deal}/moves[^"]*)"', qualify)
    assert link is not None
    moves = li.get(link[1].replace("&amp;", "&")).text
    shut = re.findall(r'data-target="([a-z_]+)" data-reason="([^"]+)"', moves)
    ways = re.findall(r'data-target="([a-z_]+)">\s*<form method="post" action="([^"]+)"', moves)
    assert dict(shut) or dict(ways)
    target, action = next(iter(ways))
    assert "next=%2Fapp%2Fopportunity_list%3F" in action
    sent = {**typed(moves), "f.lost_reason": "price", "f.solution": "x"}
    answer = li.post(action.replace("&amp;", "&"), data=sent)
    assert answer.status_code in {303, 422}, (target, answer.text[-500:])
    if answer.status_code == 303:
        assert f'data-key="{deal}"' in column(li.get(BOARD).text, target)
    else:
        assert f'data-key="{deal}"' in column(li.get(BOARD).text, "qualify"), "refused, it stays"


def test_a_board_moves_nothing_for_who_may_not_and_sums_nothing_hidden(site: Site) -> None:
    audit, wang, deal = site.client("audit"), site.client("wang"), made(site, "看得到动不了")
    assert "board-move" not in audit.get(BOARD).text
    looked = audit.get(f"/r/opportunity/{deal}/moves")
    assert looked.status_code == 200
    assert "<form" not in looked.text.partition('class="move-list"')[2].partition("</ul>")[0]
    assert wang.get(f"/r/opportunity/{deal}/moves").status_code == 404
    assert site.client("li").get(f"/r/opportunity/{deal}/moves?by=nothing").status_code == 404
    assert site.client("li").post(f"/r/opportunity/{deal}/moves?by=stage", data={"to": "won"}).status_code == 403
    assert "看得到动不了" not in wang.get(BOARD).text


def test_a_card_goes_to_another_choice_of_a_plain_field(site: Site) -> None:
    li, deal = site.client("li"), made(site, "换一类")
    field = site.installation.models.current().entities["opportunity"].fields["kind"]
    held = li.get(f"/api/records/opportunity/{deal}").json()["data"]["kind"]
    other = next(one.name for one in field.choices if one.name != held)
    moves = li.get(f"/r/opportunity/{deal}/moves?by=kind&next={PAGE}")
    assert f'data-target="{other}"' in moves.text
    moved = li.post(f"/r/opportunity/{deal}/moves?by=kind&next={PAGE}", data={**typed(moves.text), "to": other})
    assert (moved.status_code, moved.headers["location"]) == (303, PAGE)
    assert li.get(f"/api/records/opportunity/{deal}").json()["data"]["kind"] == other
    abroad = li.post(f"/r/opportunity/{deal}/moves?by=kind&next=//evil.example", data={"to": held or ""})
    assert abroad.headers.get("location", "/r/").startswith("/r/")
    assert li.post(f"/r/opportunity/{deal}/moves?by=kind", data={"to": "nothing"}).status_code == 422


def test_a_rule_that_warns_is_heard_where_cells_and_many_rows_are_changed(site: Site) -> None:
    words, quote = "账期超过 90 天且预付不足三成，回款风险高", Quote.made(site).path.rpartition("/")[2]
    li = site.client("li")
    assert li.patch(f"/api/records/quote/{quote}", json={"prepayment": "0"}).status_code == 200
    row = li.post(f"/r/quote/{quote}/cell/payment_days?page=quote_list&view=all", data={"f.payment_days": "120"})
    assert words in row.text.partition("data-warned")[2]
    sent = {"act": "update", "row": quote, "set": "payment_days", "f.payment_days": "121"}
    assert f"{words}（1 条）" in li.post("/bulk/quote/apply", data=sent).text
    quiet = li.post(f"/r/quote/{quote}/cell/payment_days?page=quote_list&view=all", data={"f.payment_days": "30"})
    assert "data-warned" not in quiet.text


def group_heads(text: str) -> list[str]:
    return [
        re.sub(r"<[^>]+>|\s+", " ", head).split()
        for head in re.findall(r'<tr class="group-head">(.*?)</tr>', text, re.DOTALL)
    ]


def test_a_list_is_grouped_with_counts_and_sums_of_what_its_reader_may_read(site: Site) -> None:
    li = site.client("li")
    for name, source, amount in (("甲", "web", "100"), ("乙", "web", "200"), ("丙", "expo", "50")):
        values = {"name": f"分组{name}", "customer": site.public("acme"), "source": source, "amount": amount}
        made = li.post("/api/records/opportunity", json=values)
        assert made.status_code == 201, made.text
    address = f"{PAGE}?v=all&q=分组&group=source&sort=-amount&cols=name,amount,source"
    shown = li.get(address).text
    assert group_heads(shown) == [
        ["官网", "2", "条", "预计金额", "¥300.00"],
        ["展会", "1", "条", "预计金额", "¥50.00"],
    ]
    assert re.findall(r'class="row-link"[^>]*>([^<]+)', shown) == ["分组乙", "分组甲", "分组丙"]
    fold = re.search(r'href="([^"]+)" aria-expanded="true"', shown)
    assert fold is not None
    folded = li.get(fold[1].replace("&amp;", "&")).text
    assert group_heads(folded) == group_heads(shown), "a closed group says the same"
    assert re.findall(r'class="row-link"[^>]*>([^<]+)', folded) == ["分组丙"]
    only = li.get(f"{address}&only=expo").text
    assert group_heads(only) == [] and re.findall(r'class="row-link"[^>]*>([^<]+)', only) == ["分组丙"]
    assert group_heads(site.client("wang").get(address).text) == []
    assert group_heads(li.get(address.replace("group=source", "group=budget")).text) == []
    by_month = li.get(address.replace("group=source", "group=created_at")).text
    assert group_heads(by_month) == [] and "分组甲" in by_month, "no group for what is no field of the rows"
    by_owner = group_heads(li.get(address.replace("group=source", "group=owner")).text)
    assert by_owner == [["Li", "3", "条", "预计金额", "¥350.00"]]


def test_the_groups_of_a_list_stand_in_its_export_with_their_totals(site: Site) -> None:
    li, lead = site.client("li"), site.client("lead")
    for name, source, amount in (("甲", "web", "100"), ("乙", "web", "200.50"), ("丙", "expo", "50")):
        values = {"name": f"同组{name}", "customer": site.public("acme"), "source": source, "amount": amount}
        assert li.post("/api/records/opportunity", json=values).status_code == 201
    asked = "page=opportunity_list&v=all&q=同组&group=source&fold=web&sort=-amount&cols=amount,name"
    taken = lead.get(f"/export/opportunity?{asked}&kind=csv").content.decode("utf-8-sig").splitlines()
    assert taken == [
        "预计金额,商机名称",
        "300.50,官网（2 条）",
        "200.50,同组乙",
        "100.00,同组甲",
        "50.00,展会（1 条）",
        "50.00,同组丙",
    ]
    whole = read_sheet("a.xlsx", lead.get(f"/export/opportunity?{asked}&kind=xlsx").content)
    assert [row[1] for row in whole.rows] == ["官网（2 条）", "同组乙", "同组甲", "展会（1 条）", "同组丙"]
    assert [float(row[0]) for row in whole.rows] == [300.5, 200.5, 100, 50, 50]
    act = site.installation.workplace.database.read(newest)[0].act
    assert act.subject.endswith("rows=3"), "heads are no rows of the application"
    only = lead.get(f"/export/opportunity?{asked}&only=expo&kind=csv").content.decode("utf-8-sig").splitlines()
    assert only == ["预计金额,商机名称", "50.00,同组丙"]


def test_a_kept_view_keeps_how_its_rows_are_grouped(site: Site) -> None:
    li = site.client("li")
    view = keep(li, "按阶段", base="all", group="source", fold="web")
    shown = li.get(f"{PAGE}?v={view}").text
    heads = group_heads(shown)
    assert heads and 'aria-expanded="false"' in shown and "已改动" not in shown
    taken = li.get(f"/export/opportunity?page=opportunity_list&v={view}&kind=csv")
    rows = read_sheet("a.csv", taken.content)
    assert rows is not None and "acme deal" in taken.content.decode("utf-8-sig")
