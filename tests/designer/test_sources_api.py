"""A source made by choosing, over HTTP: cards, address, secret, objects, first rows, what fits, one act; and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from runtime.simulated import OtherSide
from runtime.simulated import other_side as simulator

from engine.runtime.rows import select
from engine.runtime.sources.kept_secrets import SOURCE_SECRET
from tests.designer.studio_site import API, Designer
from tests.web.site import Site

PACK = "b2b_sales"
SETTINGS = {"app_key": "dougong-demo-key", "app_secret": "yonbip_app_secret"}


@pytest.fixture(scope="module")
def vendor() -> Iterator[OtherSide]:
    with simulator("yonbip") as running:
        yield running


def told(one: Designer, path: str, **body: object) -> dict[str, Any]:
    answer = one.client.post(f"{API}/sources/{path}", json=body)
    assert answer.status_code == 200, answer.text[:500]
    return dict(answer.json())


def declared(one: Designer, vendor: OtherSide) -> str:
    address = f"http://localhost:{vendor.port}"
    return str(told(one, "destination", pack=PACK, label="用友系统", address=address)["destination"])


def asked(destination: str, **more: object) -> dict[str, object]:
    return {"kind": "yonbip", "destination": destination, "settings": SETTINGS, **more}


def test_a_source_is_made_by_choosing_alone(one: Designer, site: Site, vendor: OtherSide) -> None:
    cards = {card["kind"]: card for card in one.client.get(f"{API}/connectors").json()["connectors"]}
    assert cards["yonbip"]["brings"]["zh"] == "物料、客户、销售订单、应收单"
    assert [(s["name"], s["secret"]) for s in cards["yonbip"]["settings"]] == [("app_key", False), ("app_secret", True)]
    place = declared(one, vendor)
    assert told(one, "test", **asked(place))["fault"]["reason"] == "no_secret"
    told(one, "secret", pack=PACK, name="yonbip_app_secret", value="wrong")
    fault = told(one, "test", **asked(place))["fault"]
    assert (fault["reason"], bool(fault["hint"])) == ("not_authorised", True)
    told(one, "secret", pack=PACK, name="yonbip_app_secret", value="dougong-demo-secret")
    assert told(one, "test", **asked(place))["rows"] == 20
    objects = told(one, "look", **asked(place))["objects"]
    assert [found["name"] for found in objects] == ["material", "customer", "sales_order", "receivable"]
    shown = told(one, "preview", **asked(place, object="material"))
    assert len(shown["rows"]) == 20
    matched = told(one, "match", entity="product", columns=shown["columns"], key=shown["object"]["key"])
    fields = {found["field"]: found["column"] for found in matched["matches"]}
    assert fields["code"] == "code"
    assert fields["name"] == "name"
    assert (matched["key"], matched["natural_key"]) == (["code"], ["code"])
    assert "list_price" in matched["unfit"]["name"]
    assert "list_price" not in matched["unfit"]["markPrice"]
    wish = asked(place, label="用友物料", pack=PACK, entity="product", key=["code"], roles=matched["roles"][:1])
    wish |= {"settings": {**SETTINGS, "object": "material"}, "fields": fields | {"list_price": "markPrice"}}
    made = told(one, "make", **wish, schedule="hourly")
    text = one.text(made["file"])
    assert yaml.safe_load(text) == {
        "label": {"zh": "用友物料", "en": "用友物料"} | yaml.safe_load(text)["label"],
        "kind": "yonbip",
        "entity": "product",
        "roles": matched["roles"][:1],
        "destination": place,
        "key": ["code"],
        "fields": fields | {"list_price": "markPrice"},
        "settings": {**SETTINGS, "object": "material"},
        "schedule": "hourly",
    }
    assert [found for found in one.client.get(f"{API}/problems").json() if found["file"] == made["file"]] == []
    assert "dougong-demo-secret" not in text
    kept = site.installation.database.read(lambda session: select(session, SOURCE_SECRET, ("sealed",)))
    assert all("dougong-demo-secret" not in str(row[0]) for row in kept)
    one.undo()
    assert one.client.get(f"{API}/files/{made['file']}").status_code == 404


def test_an_object_becomes_an_entity_and_its_source_in_one_act(one: Designer, vendor: OtherSide) -> None:
    place = declared(one, vendor)
    told(one, "secret", pack=PACK, name="yonbip_app_secret", value="dougong-demo-secret")
    shown = told(one, "preview", **asked(place, object="customer"))
    hidden = {column["name"] for column in shown["columns"] if column["hidden"]}
    assert all(name not in row for row in shown["rows"] for name in hidden)
    wish = asked(place, label="用友客户", pack=PACK, new_entity="往来客户", key_columns=["code"], schedule="daily")
    wish |= {"settings": {**SETTINGS, "object": "customer"}, "columns": shown["columns"]}
    made = told(one, "make", **wish)
    entity = yaml.safe_load(one.text(f"{PACK}/entities/{made['entity']}.yaml"))
    source = yaml.safe_load(one.text(made["file"]))
    assert set(source["fields"]) == set(entity["fields"])
    assert {
        entity["fields"][field].get("level") for field, column in source["fields"].items() if column == "contactTel"
    } == {"G3"}
    files = {f"{PACK}/entities/{made['entity']}.yaml", made["file"]}
    assert [
        found
        for found in one.client.get(f"{API}/problems").json()
        if found["file"] in files and found["severity"] == "error"
    ] == []
    one.undo()
    assert one.client.get(f"{API}/files/{made['file']}").status_code == 404
    assert one.client.get(f"{API}/files/{PACK}/entities/{made['entity']}.yaml").status_code == 404


def test_nothing_leaves_for_where_nobody_declared(one: Designer) -> None:
    fault = told(one, "test", **asked("nowhere"))["fault"]
    assert fault["reason"] == "no_destination"
    refused = one.client.post(f"{API}/sources/destination", json={"pack": PACK, "label": "x", "address": "ftp://a.b/c"})
    assert refused.status_code == 422
