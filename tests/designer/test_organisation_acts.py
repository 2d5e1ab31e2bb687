"""The organisation over the designer's interface: what acts would change is told, they are live at once, and are taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.testclient import TestClient

from engine.runtime.identity.users import set_roles
from engine.runtime.organisation.members import memberships_of
from engine.runtime.organisation.units import unit_tree
from engine.runtime.work import Work
from tests.designer.studio_site import API, Designer, designer
from tests.web.site import Site

PLACE = "b2b_sales/pages/activity_list.yaml"


def acting(*acts: Mapping[str, object]) -> dict[str, object]:
    return {"do": "organisation", "acts": list(acts)}


def opened(one: Designer, unit: str) -> dict[str, Any]:
    answer = one.client.get(f"{API}/organisation", params={"unit": unit})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def told(one: Designer, *acts: Mapping[str, object]) -> dict[str, Any]:
    answer = one.client.post(f"{API}/organisation/consequences", json={"acts": list(acts)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def sitting(one: Designer, unit: str) -> dict[str, list[str]]:
    """Who sits on which seat of a unit."""
    seats = opened(one, unit)["seats"]
    return {seat["seat"]: [person["account"] for person in seat["people"]] for seat in seats if seat["people"]}


def membership(one: Designer, unit: str, account: str) -> str:
    seats = opened(one, unit)["seats"]
    people = [person for seat in seats for person in seat["people"]]
    return next(str(person["membership"]) for person in people if person["account"] == account)


def deals(client: TestClient) -> list[str]:
    answer = client.get("/api/records/opportunity")
    assert answer.status_code == 200, answer.text
    return sorted(str(row["name"]) for row in answer.json()["data"])


def stored(site: Site) -> object:
    """Seats and units of today, by names."""

    def read(work: Work) -> object:
        today = work.context.today
        held = {
            one: [(each.unit, each.seat) for each in memberships_of(work.session, site.ids[one], today)]
            for one in ("li", "wang", "lead")
        }
        tree = unit_tree(work.session, today)
        return held, {unit.code: (unit.name, unit.name_en, unit.parent) for unit in tree.units.values()}

    return site.inside(read)


def test_the_chart_is_read_unit_by_unit(site: Site, one: Designer) -> None:
    top = one.client.get(f"{API}/organisation").json()
    assert [root["code"] for root in top["roots"]] == ["hq"]
    assert (top["units"], top["people"]) == (3, 3)
    assert top["roots"][0]["children"] == 2
    hq = opened(one, site.public("hq"))
    assert [(unit["code"], unit["people"], unit["vacant"]) for unit in hq["below"]] == [
        ("cju_a", 2, 0),
        ("cju_b", 1, 1),
    ]
    assert sitting(one, site.public("cju_a")) == {"lead": ["lead"], "sales": ["li"]}
    found = one.client.get(f"{API}/organisation", params={"find": "wan"}).json()
    assert [person["account"] for person in found["people"]] == ["wang"]
    assert found["people"][0]["seats"][0]["within"]["zh"] == "hq / cju_b"


def test_what_a_move_changes_is_told_by_the_decisions_and_changes_nothing(site: Site, one: Designer) -> None:
    before = stored(site)
    move = {
        "act": "move",
        "membership": membership(one, site.public("cju_a"), "li"),
        "unit": site.public("cju_b"),
        "seat": "lead",
    }
    sheet = told(one, move)
    assert stored(site) == before
    (person,) = sheet["people"]
    assert person["name"]["zh"] == "Li"
    assert [role["name"] for role in person["roles"]["lost"]] == ["sales"]
    assert [role["name"] for role in person["roles"]["gained"]] == ["unit_lead"]
    pages = {way: {page["name"] for page in person["pages"][way]} for way in ("gained", "lost")}
    model = site.installation.models.current()
    assert pages["lost"] == {
        name
        for name, page in model.pages.items()
        if "sales" in page.roles and "unit_lead" not in page.roles and page.kind != "record"
    }
    rows = {line["entity"]: (line["before"], line["after"]) for line in person["entities"]}
    assert rows.get("opportunity", (1, 1)) == (1, 1)
    gained = next(line for line in person["entities"] if line["entity"] == "opportunity")
    assert gained["gained"] == ["delete"]
    assert {(line["entity"], line["count"]) for line in person["held"]} >= {("customer", 1)}


def test_rows_are_counted_through_both_standings(site: Site, one: Designer) -> None:
    """Lead of the unit comes to head office's only unit of two: the count is what the interface then answers."""
    leave = {"act": "leave", "membership": membership(one, site.public("cju_a"), "lead")}
    (person,) = told(one, leave)["people"]
    rows = {line["entity"]: (line["before"], line["after"]) for line in person["entities"]}
    assert rows["opportunity"] == (len(deals(site.client("lead"))), 0) == (1, 0)
    one.does(acting(leave))
    assert site.client("lead").get("/api/records/opportunity").status_code in {403, 404}
    one.undo()
    assert deals(site.client("lead")) == ["acme deal"]


def test_a_move_is_live_at_once_and_is_taken_back_over_a_reload(site: Site, one: Designer) -> None:
    before = stored(site)
    assert deals(site.client("li")) == ["acme deal"]
    move = {"act": "move", "membership": membership(one, site.public("cju_a"), "li"), "unit": site.public("cju_b")}
    done = one.does(acting(move))
    assert done["undo"]["label"]["zh"] == "Li：cju_a 销售 → cju_b 销售"
    assert sitting(one, site.public("cju_b")) == {"sales": ["wang", "li"]}
    assert deals(site.client("li")) == ["bravo deal"]
    again = designer(site)
    assert again.undo()["label"] == done["label"]
    assert stored(site) == before
    assert deals(site.client("li")) == ["acme deal"]
    again.redo()
    assert deals(site.client("li")) == ["bravo deal"]
    again.undo()
    assert stored(site) == before
    audit = site.client("admin").get("/admin/audit").text
    assert "sort=undo" in audit
    assert f"unit={site.public('cju_b')}" in audit


def test_undo_is_one_stack_over_texts_and_the_organisation(site: Site, one: Designer) -> None:
    text, before = one.text(PLACE), stored(site)
    one.does({"do": "set", "file": PLACE, "path": ["icon"], "value": "box"})
    one.does(acting({"act": "rename_unit", "unit": site.public("cju_b"), "name": "长尾", "name_en": "Long tail"}))
    one.does({"do": "set", "file": PLACE, "path": ["icon"], "value": "star"})
    assert one.undo()["label"]["zh"].startswith("修改")
    assert one.undo()["label"]["zh"] == "cju_b 改名为 长尾"
    assert stored(site) == before
    one.undo()
    assert (one.text(PLACE), one.state()["undo"]) == (text, None)
    for _ in range(3):
        one.redo()
    assert '"star"' in one.text(PLACE) or "icon: star" in one.text(PLACE)
    assert stored(site) != before


def test_units_are_added_moved_renamed_and_closed_and_come_back(site: Site, one: Designer) -> None:
    before = stored(site)
    new = {"act": "add_unit", "code": "area_n", "kind": "area", "name": "北区", "parent": site.public("hq")}
    unit = one.does(acting(new))["made"]["id"]
    one.does(acting({"act": "move_unit", "unit": site.public("cju_b"), "parent": unit}))
    assert opened(one, site.public("cju_b"))["above"] == [site.public("hq"), unit]
    refused, body = one.tries(acting({"act": "close_unit", "unit": unit}))
    assert (refused, body["error"]["message"]) == (400, "请先移走下级单元")
    one.undo()
    one.does(acting({"act": "close_unit", "unit": unit}))
    assert opened(one, site.public("hq"))["children"] == 2
    one.undo()
    one.undo()
    assert stored(site) == before
    one.redo()
    assert opened(one, site.public("hq"))["children"] == 3


def test_somebody_is_appointed_and_a_full_seat_refuses(site: Site, one: Designer) -> None:
    before = stored(site)
    head = {"act": "appoint", "user": site.public("wang"), "unit": site.public("cju_a"), "seat": "lead"}
    refused, body = one.tries(acting(head))
    assert refused == 400
    assert "席位已满" in str(body)
    assert one.tries(acting({**head, "seat": "nothing"}))[0] == 400
    assert one.tries(acting({**head, "user": "x"}))[0] == 422
    assert one.tries(acting({"act": "end", "membership": "x"}))[0] == 422
    one.does(acting({**head, "unit": site.public("cju_b")}))
    assert sitting(one, site.public("cju_b")) == {"lead": ["wang"], "sales": ["wang"]}
    assert one.tries(acting({**head, "unit": site.public("cju_b")}))[0] in {400, 422}
    one.undo()
    assert stored(site) == before


def test_an_undo_never_eats_what_was_changed_of_the_same_since(site: Site, one: Designer) -> None:
    before = stored(site)
    move = {"act": "move", "membership": membership(one, site.public("cju_a"), "li"), "unit": site.public("cju_b")}
    one.does(acting(move))
    there = membership(one, site.public("cju_b"), "li")
    page = site.client("admin").post(
        "/admin/organisation", data={"act": "leave", "unit": site.public("cju_b"), "membership": there}
    )
    assert page.status_code == 303
    refused = one.client.post(f"{API}/undo")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "overtaken")
    seat = {"act": "seat", "unit": site.public("cju_a"), "user": site.public("li"), "seat": "sales"}
    assert site.client("admin").post("/admin/organisation", data=seat).status_code == 303
    assert stored(site) == before
    assert one.state()["undo"] is None, "what cannot be taken back is let go"


def test_only_who_administers_sees_and_changes_the_organisation(site: Site) -> None:
    """Designing gives no right to the organisation: see `test_design_routes` for who does not design at all."""
    worker = site.client("li")
    assert worker.get(f"{API}/organisation").status_code == 403
    assert worker.post(f"{API}/organisation/consequences", json={"acts": []}).status_code == 403


def test_somebody_always_administers(site: Site, one: Designer) -> None:
    """Whose seat alone makes an administrator may not leave it while there is no other; with another there is no harm."""
    seat = {"act": "appoint", "user": site.public("admin"), "unit": site.public("hq"), "seat": "administrator"}
    one.does(acting(seat))
    leave = {"act": "leave", "membership": membership(one, site.public("hq"), "admin")}
    site.inside(lambda work: set_roles(work.session, site.ids["admin"], ()))
    try:
        refused, body = one.tries(acting(leave))
        assert (refused, body["error"]["message"]) == (422, "这样就没有管理员了")
    finally:
        site.inside(lambda work: set_roles(work.session, site.ids["admin"], ("administrator",)))
    one.does(acting(leave))
    assert one.client.post(f"{API}/organisation/consequences", json={"acts": []}).status_code == 422
