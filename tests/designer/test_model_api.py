"""The picture of the data model, and new entities: alone, with their pages, renamed and removed with all that names them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from designer.model_picture import ModelPicture
from engine.dsl.compiler import Compiler
from engine.installation.served import SHIPPED
from engine.widgets.registry import read_widgets
from engine.widgets.render import WIDGETS_FOLDER
from tests.conftest import unmade_url
from tests.designer.studio_site import API, Designer, undo_all
from tests.designer.workshop import ENTITY, PACK, workshop


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Designer]:
    folder = tmp_path_factory.mktemp("model")
    with workshop(folder, unmade_url("sqlite", None, folder)) as shop:
        yield shop.person("ann")


@pytest.fixture
def one(ann: Designer) -> Iterator[Designer]:
    yield ann
    undo_all(ann)


def picture(one: Designer) -> dict[str, Any]:
    answer = one.client.get(f"{API}/model")
    assert answer.status_code == 200, answer.text[:300]
    return dict(answer.json())


def added(one: Designer, **given: object) -> dict[str, Any]:
    answer = one.client.post(f"{API}/model", json={"pack": PACK, **given})
    assert answer.status_code == 200, answer.text[:300]
    return dict(answer.json())


def files(one: Designer) -> set[str]:
    return {str(file["file"]) for pack in one.state()["packs"] for file in pack["files"]}


def test_entities_are_told_with_their_fields_as_the_draft_has_them(one: Designer) -> None:
    before = picture(one)
    [task] = before["entities"]
    assert (task["file"], task["name"], task["pack"]) == (ENTITY, "task", PACK)
    assert [task["fields"][0][key] for key in ("name", "type", "required")] == ["name", "text", True]
    value = {"type": "relation", "to": "task", "on_delete": "clear", "label": {"zh": "前一项", "en": "Before"}}
    one.does({"do": "insert_key", "file": ENTITY, "path": ["fields"], "key": "before", "value": value, "after": "end"})
    assert picture(one)["entities"][0]["fields"][-1] == {"name": "before", **value}
    one.does({"do": "text", "file": ENTITY, "edits": [{"start": 0, "end": 0, "text": "label: ["}], **hash_of(one)})
    assert picture(one)["packs"] == before["packs"]


def hash_of(one: Designer) -> dict[str, str]:
    return {"hash": str(one.file(ENTITY)["hash"])}


def test_a_new_entity_stands_alone_or_comes_with_its_pages_by_one_act(one: Designer) -> None:
    before = files(one)
    made = added(one, label="拜访记录")
    assert files(one) - before == {f"{PACK}/entities/{made['entity']}.yaml"}
    one.undo()
    assert files(one) == before
    made = added(one, label="拜访记录", pages=True)
    name = made["entity"]
    assert made["problems"]["errors"] == 0
    assert {file.split("/")[1] for file in files(one) - before} == {"entities", "forms", "access", "pages"}
    assert one.file(f"{PACK}/access/{name}.yaml")["data"]["grants"][0]["roles"] == ["designer", "worker"]
    assert added(one, label="拜访记录")["entity"] == f"{name}_2"
    one.undo()
    one.undo()
    assert files(one) == before


def test_a_new_entity_lies_in_the_area_that_offers_its_list(one: Designer) -> None:
    name = added(one, label="Visit", pages=True)["entity"]
    told = picture(one)
    [visit] = [entity for entity in told["entities"] if entity["name"] == name]
    assert visit["area"] in {area["name"] for area in told["areas"]}


@pytest.mark.parametrize("wrong", [{"label": " "}, {"label": "Visit", "pack": "nowhere"}, {}])
def test_what_is_no_entity_is_refused_in_words(one: Designer, wrong: dict[str, object]) -> None:
    answer = one.client.post(f"{API}/model", json={"pack": PACK, **wrong})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_an_entity_is_renamed_with_everything_that_names_it(one: Designer) -> None:
    one.does({"do": "rename", "target": "task", "new": "duty"})
    [entity] = picture(one)["entities"]
    assert (entity["name"], entity["file"]) == ("duty", f"{PACK}/entities/duty.yaml")
    assert one.state()["problems"]["errors"] == 0


def test_each_entity_of_the_shipped_packs_that_has_a_page_lies_in_an_area_and_parts_with_their_whole() -> None:
    folders = sorted(path.parent for path in SHIPPED.glob("*/pack.yaml"))
    told = ModelPicture(Compiler(folders, read_widgets(WIDGETS_FOLDER)).documents()).body()
    areas = told_by_name(told["areas"])
    entities = told_by_name(told["entities"])
    assert len(entities) >= 50
    outside = {name for name, one in entities.items() if one["area"] not in areas}
    assert outside <= {"collaboration"}
    for one in entities.values():
        whole = {field["name"]: field.get("to") for field in one["fields"]}.get(one.get("part_of"))
        assert whole is None or one["area"] == entities[whole]["area"]
    assert entities["quote_line"]["area"] == "b2b_sales/sell"


def told_by_name(told: object) -> dict[str, Any]:
    assert isinstance(told, list)
    return {str(one["name"]): one for one in told}
