"""A source made by choosing, over HTTP: cards, address, secret, objects, first rows, what fits, one act; and what is refused."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from runtime.simulated import OtherSide
from runtime.simulated import other_side as simulator

from engine.runtime.rows import select, update
from engine.runtime.sources.json_objects import json_objects
from engine.runtime.sources.kept_secrets import SOURCE_SECRET
from tests.designer.publishing_studio import running
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


def test_a_source_is_made_by_choosing_alone(one: Designer, vendor: OtherSide) -> None:
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
    one.undo()
    assert one.client.get(f"{API}/files/{made['file']}").status_code == 404


def test_a_secret_is_kept_sealed_and_under_its_own_name_alone(one: Designer, site: Site, vendor: OtherSide) -> None:
    database, name, value = site.installation.database, "sealed_secret", "dougong-demo-secret"

    def kept() -> bytes:
        ((sealed,),) = database.read(lambda session: select(session, SOURCE_SECRET, ("sealed",), {"name": name}))
        return base64.b64decode(str(sealed), validate=True)

    place = declared(one, vendor)
    told(one, "secret", pack=PACK, name=name, value=value)
    first = kept()
    told(one, "secret", pack=PACK, name=name, value=value)
    assert value.encode() not in first
    assert first[12:] != kept()[12:], "each sealing has a nonce of its own"
    settings = {**SETTINGS, "app_secret": name}
    assert told(one, "test", kind="yonbip", destination=place, settings=settings)["rows"] == 20, (
        "it can be opened again"
    )
    database.write(lambda session: update(session, SOURCE_SECRET, {"name": "moved_secret"}, {"name": name}))
    moved = {**SETTINGS, "app_secret": "moved_secret"}
    assert told(one, "test", kind="yonbip", destination=place, settings=moved)["fault"]["reason"] == "no_secret"


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
    assert fault["reason"] == "undeclared"
    assert told(one, "test", kind="yonbip", settings=SETTINGS)["fault"]["reason"] in {"no_destination", "no_secret"}
    refused = one.client.post(f"{API}/sources/destination", json={"pack": PACK, "label": "x", "address": "ftp://a.b/c"})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("address", "scheme", "port"),
    [
        ("erp.example.com", "https", 443),
        ("postgresql://db.internal", "postgresql", 5432),
        ("mysql://db.lan", "mysql", 3306),
    ],
)
def test_an_address_of_each_kind_of_server_can_be_declared(one: Designer, address: str, scheme: str, port: int) -> None:
    name = told(one, "destination", pack=PACK, label=f"x {scheme}", address=address)["destination"]
    made = yaml.safe_load(one.text(f"{PACK}/destinations/{name}.yaml"))
    assert (made["scheme"], made["port"]) == (scheme, port)


@pytest.mark.one_database
def test_a_drafted_address_opens_for_who_may_publish_it_and_for_nobody_else(tmp_path: Path, vendor: OtherSide) -> None:
    with running(tmp_path, "") as studio:
        maker, drafter = Designer(studio.client("maker")), Designer(studio.client("drafter"))
        address = f"http://localhost:{vendor.port}"
        place = str(told(maker, "destination", pack="tasks", label="ERP", address=address)["destination"])
        told(maker, "secret", pack="tasks", name="yonbip_app_secret", value="dougong-demo-secret")
        assert told(maker, "test", **asked(place))["rows"] == 20
        shown = told(maker, "preview", **asked(place, object="customer"))
        assert {one["name"] for one in shown["columns"] if one["hidden"]} == {"creditcode", "address", "contactTel"}
        assert not {"creditcode", "address", "contactTel"} & {name for row in shown["rows"] for name in row}
        assert all(not one["samples"] for one in shown["columns"] if one["hidden"])
        fault = told(drafter, "test", **asked(place))["fault"]
        assert fault["reason"] == "undeclared"
        assert "发布" in fault["hint"]
        for path, body in (
            ("destination", {"label": "x", "address": address}),
            ("secret", {"name": "yonbip_app_secret", "value": "other"}),
        ):
            answer = drafter.client.post(f"{API}/sources/{path}", json={"pack": "tasks", **body})
            assert answer.status_code == 403, path
        offered = drafter.client.get(f"{API}/connectors").json()
        assert (offered["may_declare"], offered["may_publish"]) == ([], False)


def given(name: str, content: bytes) -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


def test_files_and_databases_tell_their_columns_and_what_is_personal_stays_away(one: Designer, tmp_path: Path) -> None:
    sheet = "编码,名称,手机\nA-1,导轨,13800138000\nA-2,夹爪,13900139000\n".encode()
    body = {"kind": "csv", "settings": {}, "file": given("items.csv", sheet)}
    (found,) = told(one, "look", **body)["objects"]
    assert [(column["name"], column["level"]) for column in found["columns"]] == [
        ("编码", "G1"),
        ("名称", "G1"),
        ("手机", "G3"),
    ]
    assert told(one, "preview", **body, object=found["name"])["rows"][0]["名称"] == "导轨"
    place = tmp_path / "there.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(
            "CREATE TABLE item (code TEXT, price DECIMAL, made DATE); INSERT INTO item VALUES ('A-1', 2.5, '2026-01-02');"
            "CREATE VIEW dear AS SELECT code FROM item WHERE price > 1;"
        )
    body = {"kind": "sql", "settings": {}, "file": given("there.db", place.read_bytes())}
    objects = {found["name"]: found for found in told(one, "look", **body)["objects"]}
    assert objects["item"]["settings"] == {"table": "item"}
    assert [column["kind"] for column in objects["item"]["columns"]] == ["text", "number", "date"]
    assert told(one, "preview", **body, object="dear")["rows"] == [{"code": "A-1"}]
    broken = told(one, "look", kind="sql", settings={}, file=given("x.db", b"no database"))["fault"]
    assert broken["reason"] == "query_failed"
    assert told(one, "look", kind="csv", settings={})["fault"]["reason"] == "no_file"


def test_an_answer_in_json_tells_its_lists() -> None:
    body = {
        "meta": {"n": 2},
        "data": {"rows": [{"id": 1, "price": {"list": "2.5"}, "tags": []}, {"id": 2, "a/b": "x"}]},
    }
    (found,) = json_objects(body, "")
    assert (found.name, found.chosen_by()) == ("/data/rows", {"items": "/data/rows"})
    assert [column.name for column in found.columns] == ["/id", "/price/list", "/a~1b"]
