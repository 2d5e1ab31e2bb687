"""Search: by what people type for names, numbers and phones, in both databases, and never beyond the reader's rights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from runtime.textual import Application, application

from engine.installation.migration import migrate, migration_stamp
from engine.model.requests import QueryRequest
from engine.runtime.query.lists import list_records
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.writing import create, update
from engine.runtime.rows import delete as delete_rows
from engine.runtime.rows import select
from tests.conftest import KINDS, fresh_url

COMPANY = """label: {zh: 公司, en: Company}
title: name
fields:
  name: {type: text, required: true, search: 3, label: {zh: 名称, en: Name}}
  code: {type: text, search: 2, label: {zh: 编号, en: Code}}
  phone: {type: phone, search: 1, mask: phone, label: {zh: 电话, en: Phone}}
  note: {type: long_text, search: 1, label: {zh: 备注, en: Note}}
  rival: {type: text, search: 1, label: {zh: 竞品, en: Rival}}
"""
ACCESS = """grants: [{id: all, roles: [clerk, guest], actions: [read, create, update, delete]}]
fields:
  - {id: rival, fields: [rival], roles: [clerk], right: write}
  - {id: phone, fields: [phone], roles: [clerk], right: write}
  - {id: phone_mask, fields: [phone], roles: [guest], right: mask}
"""
FILES = {
    "pack.yaml": "label: {zh: 小店, en: Shop}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "roles/guest.yaml": "label: {zh: 访客, en: Guest}\n",
    "entities/company.yaml": COMPANY,
    "access/company.yaml": ACCESS,
}
ROWS = {
    "huawei": {
        "name": "深圳华为技术有限公司",
        "code": "OP-CW-202611-0155",
        "phone": "13812345678",
        "rival": "中兴",
    },
    "bank": {"name": "重庆银行", "code": "A/7", "note": "说好周三回电, uses ServoPress 3000 (100 %)"},
    "acme": {"name": "ACME Ｒobotics GmbH", "code": "华-1", "note": "华北区"},
    "zhong": {"name": "张薇鑫", "phone": "021-6543210", "rival": "华为"},
}
FOUND = [
    ("华为", {"huawei", "zhong"}),
    ("华", {"huawei", "acme", "zhong"}),
    ("为", {"huawei", "zhong"}),
    ("华为技术有限", {"huawei"}),
    ("术为", set()),
    ("深圳 0155", {"huawei"}),
    ("深圳 重庆", set()),
    ("szhw", {"huawei"}),
    ("hw", {"huawei", "zhong"}),
    ("CQYH", {"bank"}),
    ("zqyh", {"bank"}),
    ("zwx", {"zhong"}),
    ("op-cw-2026", {"huawei"}),
    ("op", {"huawei"}),
    ("5678", {"huawei"}),
    ("345", {"huawei"}),
    ("45", {"huawei"}),
    ("acme", {"acme"}),
    ("robotics", {"acme"}),
    ("ROBO", {"acme"}),
    ("bot", {"acme"}),
    ("servo", {"bank"}),
    ("press", set()),
    ("周三", {"bank"}),
    ("A/7", {"bank"}),
    ("%", {"bank"}),
    ("100%", {"bank"}),
    ('" OR *', set()),
    ("' | 'a", set()),
    ("", set(ROWS)),
]


@pytest.fixture(scope="module", params=KINDS)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("search")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with application(folder, fresh_url(request.param, dsn, folder), FILES) as made:
        for values in ROWS.values():
            made.write(lambda work, values=values: create(work, "company", values))  # type: ignore[misc]
        yield made


def found(app: Application, text: str, *roles: str) -> set[str]:
    request = QueryRequest("company", (("name",),), search=text)
    names = {str(one.cells["name"]) for one in app.read(lambda work: list_records(work, request), *roles).records}
    return {key for key, values in ROWS.items() if values["name"] in names}


@pytest.mark.parametrize(("text", "keys"), FOUND)
def test_a_text_finds_what_people_mean(app: Application, text: str, keys: set[str]) -> None:
    assert found(app, text) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("华为", {"huawei"}),
        ("hw", {"huawei"}),
        ("中兴", set()),
        ("138", {"huawei"}),
        ("345", set()),
        ("****", {"huawei", "zhong"}),
    ],
)
def test_a_field_that_is_not_shown_finds_nothing_and_a_masked_one_what_its_mask_shows(
    app: Application, text: str, keys: set[str]
) -> None:
    assert found(app, text, "guest") == keys


def test_the_index_follows_changes_deletion_and_return(app: Application) -> None:
    made = app.write(lambda work: create(work, "company", {"name": "旧名公司"}))
    request = QueryRequest("company", (), search="新名")

    def hits() -> list[int]:
        return [one.id for one in app.read(lambda work: list_records(work, request)).records]

    assert hits() == []
    app.write(lambda work: update(work, "company", made.id, {"name": "新名公司"}))
    assert hits() == [made.id]
    app.write(lambda work: delete(work, "company", made.id))
    assert hits() == []
    app.write(lambda work: restore(work, "company", made.id))
    assert hits() == [made.id]
    app.write(lambda work: update(work, "company", made.id, {"name": "旧名公司"}))
    assert hits() == []


def test_an_index_made_under_other_rules_is_made_anew(app: Application) -> None:
    installation = app.installation
    model = installation.models.current()

    def spoil(work: object) -> None:
        delete_rows(work.session, "company__search", {"record >=": 0})  # type: ignore[attr-defined]
        delete_rows(work.session, "dougong_search", {"entity": "company"})  # type: ignore[attr-defined]

    app.write(spoil)
    assert found(app, "华为") == set()
    migrate(installation.database, model, migration_stamp(model, installation.ids, installation.clock))
    assert found(app, "华为") == {"huawei", "zhong"}
    assert [row[0] for row in app.read(lambda work: select(work.session, "dougong_search", ("entity",)))] == ["company"]
