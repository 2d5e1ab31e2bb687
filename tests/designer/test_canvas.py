"""The canvas over HTTP: the product's own page of the draft, each item marked, with rows that are live or samples that say so."""

from __future__ import annotations

import json
import re
from html import unescape

from starlette.testclient import TestClient

from designer.shell_page import POLICY
from engine.installation.served import SHIPPED
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from tests.designer.studio_site import PAGE, Designer
from tests.web.site import Site

DESK = "b2b_sales/dashboards/sales_desk.yaml"
LIST = "b2b_sales/pages/activity_list.yaml"
RECORD = "b2b_sales/pages/opportunity_record.yaml"
FORM = "b2b_sales/forms/opportunity.yaml"


def drawn(client: TestClient, file: str, **asked: str) -> str:
    answer = client.get("/designer/canvas", params={"file": file, **asked})
    assert answer.status_code == 200, answer.text[-800:]
    return answer.text


def marked(html: str) -> dict[str, list[object]]:
    """The paths of all marked items by id."""
    found = re.findall(r'data-id="([^"]*)" data-path="([^"]*)"', html)
    return {name: json.loads(unescape(path)) for name, path in found}


def tag_of(html: str, item: str) -> str:
    found = re.search(rf'<[^>]*data-id="{item}"[^>]*>', html)
    assert found is not None, item
    return found.group()


def _one_product(work: Work) -> None:
    values = {"code": "P-1", "name": "真的产品", "category": "software", "lifecycle": "active"}
    load_rows(work, work.model.entities["product"], [(work.ids.next(), values)])
    finish_loading(work, {"product"})


def files() -> list[str]:
    kinds = ("pages", "dashboards", "forms")
    return sorted(
        path.relative_to(SHIPPED).as_posix()
        for kind in kinds
        for path in SHIPPED.glob(f"*/{kind}/*.yaml")
        if path.parts[-3] in {"b2b_sales", "organisation"}
    )


def test_every_page_is_drawn_with_its_items_marked_where_they_stand(one: Designer) -> None:
    for file in files():
        html = drawn(one.client, file)
        paths = marked(html)
        assert paths, file
        data = one.file(file)["data"]
        for name, path in paths.items():
            value: object = data
            for step in path:
                key = step.get("id") if isinstance(step, dict) else step
                value = (
                    next(item for item in value if item["id"] == key) if isinstance(value, list) else value[key]  # type: ignore[index]
                )
            assert value["id"] == name  # type: ignore[index]


def test_it_has_no_script_and_lets_none_run(one: Designer) -> None:
    answer = one.client.get("/designer/canvas", params={"file": DESK})
    assert "script-src 'none'" in answer.headers[POLICY]
    assert "<script" not in answer.text


def test_only_who_designs_sees_it(site: Site) -> None:
    assert site.client("li").get("/designer/canvas", params={"file": DESK}).status_code == 403
    assert site.client("admin").get("/designer/canvas", params={"file": "b2b_sales/pages/none.yaml"}).status_code == 404
    assert site.client("admin").get("/designer/canvas", params={"file": "../../etc/passwd"}).status_code == 404
    assert site.client("admin").get("/designer/canvas").status_code == 404


def test_what_has_no_rows_yet_shows_samples_that_say_so(one: Designer) -> None:
    html = drawn(one.client, LIST)
    assert 'data-sample="示例"' in tag_of(html, "rows")
    assert "示例" in html.split("<tbody", 1)[1]


def test_a_new_entity_is_drawn_before_it_is_in_the_database(one: Designer) -> None:
    entity = "label: {zh: 走访, en: Call}\nfields:\n  name: {type: text, label: {zh: 名称, en: Name}}\n  price: {type: money, label: {zh: 金额, en: Amount}, currency: CNY}\ntitle: name\n"
    page = "label: {zh: 走访, en: Calls}\nkind: list\nentity: call_note\nroles: [sales]\nitems:\n  - {id: rows, widget: table, columns: [name, price]}\n"
    access = "grants:\n  - {id: all, roles: [sales], actions: [read]}\n"
    made = (
        ("b2b_sales/entities/call_note.yaml", entity),
        ("b2b_sales/access/call_note.yaml", access),
        ("b2b_sales/pages/call_note_list.yaml", page),
    )
    one.does(
        {
            "do": "batch",
            "label": {"zh": "新", "en": "New"},
            "commands": [{"do": "create", "file": file, "text": text} for file, text in made],
        }
    )
    html = drawn(one.client, "b2b_sales/pages/call_note_list.yaml")
    assert "data-sample" in tag_of(html, "rows")
    assert "示例走访 1" in html


def test_a_new_field_stands_among_live_rows_with_a_sample(site: Site, one: Designer) -> None:
    site.inside(_one_product)
    one.does(
        {
            "do": "insert_key",
            "file": "b2b_sales/entities/product.yaml",
            "path": ["fields"],
            "key": "shade",
            "value": {"type": "text", "label": {"zh": "色号", "en": "Shade"}},
            "after": "end",
        }
    )
    one.does(
        {
            "do": "insert",
            "file": "b2b_sales/pages/product_list.yaml",
            "path": ["items", {"id": "rows"}, "columns"],
            "value": "shade",
            "after": "end",
        }
    )
    html = drawn(one.client, "b2b_sales/pages/product_list.yaml")
    assert "色号" in html
    assert "真的产品" in html
    assert "示例色号" in html
    assert "data-sample" in tag_of(html, "rows")


def test_an_unfinished_widget_says_what_it_lacks_and_the_rest_stays(one: Designer) -> None:
    before = set(marked(drawn(one.client, DESK)))
    one.does(
        {
            "do": "insert",
            "file": DESK,
            "path": ["items"],
            "value": {"id": "fresh", "widget": "kpi", "span": 3},
            "after": None,
        }
    )
    html = drawn(one.client, DESK)
    assert set(marked(html)) == before | {"fresh"}
    tag = tag_of(html, "fresh")
    assert 'data-widget="kpi"' in tag
    assert "unfinished" in tag
    assert "metric" in html.split(tag, 1)[1][:400]


def test_a_mistake_in_another_file_leaves_the_page_and_is_named(one: Designer) -> None:
    one.does({"do": "set", "file": LIST, "path": ["entity"], "value": "nobody"})
    html = drawn(one.client, DESK)
    assert marked(html)
    assert LIST in html
    broken = drawn(one.client, LIST)
    assert marked(broken)


def test_it_is_shown_as_a_role_sees_it(one: Designer) -> None:
    whole, sales, finance = (
        drawn(one.client, RECORD, **asked) for asked in ({}, {"role": "sales"}, {"role": "finance"})
    )
    assert "chain" in marked(whole)
    assert "chain" in marked(sales)
    assert "chain" not in marked(finance)


def test_a_form_shows_controls_and_what_it_adds_of_itself_is_not_taken_for_the_file(one: Designer) -> None:
    html = drawn(one.client, FORM)
    paths = marked(html)
    assert paths["f_name"] == ["items", {"id": "basic"}, "items", {"id": "f_name"}]
    assert "rest_of_fields" not in paths
    assert 'name="f.name"' in html


def test_the_rows_a_page_may_be_shown_with_are_those_that_it_shows(site: Site, one: Designer) -> None:
    """Who administers looks through the roles of the page; the formula bar offers what one may read oneself."""

    def rows(status: int = 200, **asked: str) -> list[str]:
        answer = one.client.get("/designer/api/records", params=asked)
        assert answer.status_code == status, answer.text[:400]
        return [found["label"] for found in answer.json()["data"]] if status == 200 else []

    shown = rows(file=RECORD)
    assert shown
    assert rows(file=RECORD, q=shown[0]) == [shown[0]]
    assert one.client.get("/api/records/opportunity").status_code == 404
    assert rows(entity="opportunity") == []
    assert rows(entity="nothing") == []
    assert rows(404, file="b2b_sales/pages/none.yaml") == []
    (first, *_) = one.client.get("/designer/api/records", params={"file": RECORD}).json()["data"]
    assert first["label"] in drawn(one.client, RECORD, record=first["id"])


def test_the_designers_page_opens_with_its_script_for_every_address_of_an_editor(one: Designer) -> None:
    for address in ("/designer", f"/designer/page/{DESK}", "/designer/text/b2b_sales/pack.yaml"):
        answer = one.client.get(address)
        assert answer.status_code == 200
        assert "designer/main.js" in answer.text
        assert answer.headers[POLICY].endswith("frame-src 'self'")


def test_widgets_and_kinds_are_told_with_their_words(one: Designer) -> None:
    told = {one["name"]: one for one in one.client.get("/designer/api/widgets").json()}
    assert told["kpi"]["title"] == "指标卡"
    assert told["section"]["slots"][0]["accepts"] == ["form", "layout", "data", "chart"]
    assert told["kpi"]["schema"]["required"] == ["metric"]
    schema = one.client.get("/designer/api/kinds/pages").json()
    assert schema["properties"]["roles"]["x-zh"]
    assert one.client.get("/designer/api/kinds/nothing").status_code == 404


def test_a_page_is_drawn_as_it_is_live_beside_what_the_draft_makes_of_it(one: Designer) -> None:
    note = {"id": "noted", "widget": "text", "text": {"zh": "先看逾期的", "en": "Overdue first"}, "span": 12}
    one.does({"do": "insert", "file": PAGE, "path": ["items"], "value": note, "after": None})
    drafted = one.client.get("/designer/canvas", params={"file": PAGE})
    live = one.client.get("/designer/canvas", params={"file": PAGE, "edition": "live"})
    assert (drafted.status_code, live.status_code) == (200, 200)
    assert ("先看逾期的" in drafted.text, "先看逾期的" in live.text) == (True, False)
    assert 'data-id="noted"' in drafted.text
    one.undo()
