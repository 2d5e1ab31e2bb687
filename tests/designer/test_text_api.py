"""The text view's questions over HTTP: completion, meaning, places, problems and form, over the draft and what is typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.designer.studio_site import API, PAGE, designer
from tests.web.site import Site, running_site

LEAD = "b2b_sales/entities/lead.yaml"
TEXT = f"{API}/text"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("texts") / "data", "") as running:
        yield running


def ask(site: Site, what: str, **body: object) -> Any:
    answer = site.client("admin").post(f"{TEXT}/{what}", json=body)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()


def at(site: Site, what: str, file: str, text: str, **more: object) -> Any:
    """A question about the cursor ¦ of a text that is typed."""
    before, cursor, after = text.partition("¦")
    assert cursor
    return ask(site, what, file=file, text=before + after, offset=len(before), **more)


def test_completion_over_what_is_typed(site: Site) -> None:
    found = at(
        site, "completion", PAGE, "entity: activity\nitems:\n  - {id: 表😀, widget: table, columns: [customer.na¦]}\n"
    )
    first = found["items"][0]
    assert first["text"] == "customer.name"
    assert (first["start"], first["end"]) == (62, 73), "code points, so that the emoji is one"


def test_what_the_draft_declares_is_known_at_once(site: Site) -> None:
    one = designer(site)
    field = {"type": "text", "label": {"zh": "昵称", "en": "Nickname"}}
    one.does({"do": "insert_key", "file": LEAD, "path": ["fields"], "key": "zz_nick", "value": field, "after": "end"})
    page = "entity: lead\nitems:\n  - {id: t, widget: table, columns: [zz¦]}\n"
    found = at(site, "completion", "b2b_sales/pages/lead_list.yaml", page)
    assert found["items"][0]["text"] == "zz_nick"
    declared = at(site, "definition", "b2b_sales/pages/lead_list.yaml", page.replace("zz¦", "zz_¦nick"))
    text = one.text(LEAD)
    assert declared["file"] == LEAD
    assert text[declared["start"] : declared["end"]] == "zz_nick"
    assert declared["excerpt"].startswith("zz_nick:")
    one.undo()
    assert at(site, "completion", "b2b_sales/pages/lead_list.yaml", page)["items"] == []


def test_the_draft_is_asked_by_get_too(site: Site) -> None:
    text = designer(site).text(PAGE)
    offset = text.index("customer.name") + len("customer.na")
    client = site.client("admin")
    found = client.get(f"{TEXT}/hover", params={"file": PAGE, "offset": offset}).json()
    assert found["words"]["zh"].startswith("customer.name")
    assert found["declared"]["file"] == "b2b_sales/entities/customer.yaml"
    assert client.get(f"{TEXT}/hover", params={"file": PAGE, "offset": offset, "more": "1"}).status_code == 400
    shown = client.get(f"{TEXT}/symbols", params={"file": PAGE}).json()
    assert [one["name"] for one in shown["parts"]][:3] == ["kind", "label", "icon"]


def test_nothing_stands_where_nothing_is_meant(site: Site) -> None:
    assert at(site, "hover", PAGE, "kind: list\n\n¦\n") is None
    assert at(site, "definition", PAGE, "ki¦nd: list\n") is None


def test_every_use_is_found(site: Site) -> None:
    text = designer(site).text("b2b_sales/entities/opportunity.yaml")
    found = ask(site, "references", file="b2b_sales/entities/opportunity.yaml", offset=text.index("  probability:") + 4)
    assert found["declared"]["excerpt"].startswith("probability:")
    assert any("round(amount * probability, 2)" in one["excerpt"] for one in found["places"])
    assert len({one["file"] for one in found["places"]}) > 2


def test_problems_come_with_what_mends_them(site: Site) -> None:
    text = "label: {zh: 线索😀, en: Lead}\nfeilds:\n  name: {type: text}\n"
    found = ask(site, "diagnostics", file=LEAD, text=text)["problems"]
    one = next(one for one in found if one["code"] == "E201")
    assert text[one["start"] : one["end"]] == "feilds"
    assert one["message"]["zh"] != one["message"]["en"]
    (edit,) = one["fixes"][0]["edits"]
    assert text[: edit["start"]] + edit["text"] + text[edit["end"] :] == text.replace("feilds", "fields")


def test_formulas_are_marked_with_their_path(site: Site) -> None:
    text = designer(site).text(PAGE)
    found = ask(site, "diagnostics", file=PAGE)
    assert found["problems"] == []
    first = found["formulas"][0]
    assert text[first["start"] : first["end"]] == '"owner = user.id and not done"'
    assert first["path"] == ["items", {"id": "rows"}, "views", {"id": "mine"}, "where"]


def test_the_form_is_offered_as_edits(site: Site) -> None:
    text = "fields:\r\n    name: {type: text}\r\nlabel: {zh: 线索, en: Lead}\r\n"
    for edit in reversed(ask(site, "form", file=LEAD, text=text)["edits"]):
        text = text[: edit["start"]] + edit["text"] + text[edit["end"] :]
    assert text == "label: {zh: 线索, en: Lead}\r\nfields:\r\n  name: {type: text}\r\n"
    refused = site.client("admin").post(f"{TEXT}/form", json={"file": LEAD, "text": "fields: [\n"})
    assert refused.status_code == 422
    assert refused.json()["error"]["line"] == 2


def test_words_are_found_in_all_files(site: Site) -> None:
    found = ask(site, "search", query="商机")
    assert len({one["file"] for one in found["places"]}) > 3
    assert all("商机" in one["excerpt"] for one in found["places"])
    few = ask(site, "search", query="Weighted", case=True, whole=True)
    assert {one["file"] for one in few["places"]} >= {"b2b_sales/entities/opportunity.yaml"}
    assert ask(site, "search", query="zz no such words") == {"places": [], "more": False}
    assert ask(site, "search", query="a")["more"] is True


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"file": LEAD},
        {"file": LEAD, "offset": -1},
        {"file": LEAD, "offset": "x"},
        {"file": "../secret", "offset": 0},
        {"file": "b2b_sales/entities/no_such.yaml", "offset": 0},
        {"file": 7, "offset": 0},
        {"file": LEAD, "offset": 0, "text": 7},
    ],
)
def test_what_is_no_question_is_told(site: Site, body: dict[str, object]) -> None:
    answer = site.client("admin").post(f"{TEXT}/completion", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "bad_command"


def test_an_offset_beyond_the_text_is_its_end(site: Site) -> None:
    assert ask(site, "completion", file=LEAD, text="lab", offset=900)["items"][0]["text"] == "label: "


def test_who_may_not_design_is_told_nothing(site: Site) -> None:
    for name in ("completion", "hover", "definition", "references", "symbols", "diagnostics", "form", "search"):
        assert site.client().post(f"{TEXT}/{name}", json={"file": LEAD, "offset": 0}).status_code == 401
        assert site.client("li").post(f"{TEXT}/{name}", json={"file": LEAD, "offset": 0}).status_code == 403
