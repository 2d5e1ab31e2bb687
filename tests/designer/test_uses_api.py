"""Who uses a field, as the draft has it: told by kind, anew after each change, and by nobody while it does not compile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import unmade_url
from tests.designer.studio_site import API, Designer, undo_all
from tests.designer.workshop import ENTITY, workshop


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Designer]:
    folder = tmp_path_factory.mktemp("uses")
    with workshop(folder, unmade_url("sqlite", None, folder)) as shop:
        yield shop.person("ann")


@pytest.fixture
def one(ann: Designer) -> Iterator[Designer]:
    yield ann
    undo_all(ann)


def uses(one: Designer, field: str) -> dict[str, Any]:
    answer = one.client.get(f"{API}/uses", params={"field": field})
    assert answer.status_code == 200, answer.text[:300]
    return dict(answer.json())


def test_a_formula_of_the_draft_is_a_use_at_once_and_gone_with_it(one: Designer) -> None:
    before = {group["kind"]: group["count"] for group in uses(one, "task.hours")["uses"]}
    value = {"type": "decimal", "formula": "hours * 2", "label": {"zh": "双倍", "en": "Twice"}}
    one.does({"do": "insert_key", "file": ENTITY, "path": ["fields"], "key": "twice", "value": value, "after": "end"})
    told = uses(one, "task.hours")
    after = {group["kind"]: group["count"] for group in told["uses"]}
    assert after["field"] == before.get("field", 0) + 1
    assert any("双倍" in name or "Twice" in name for group in told["uses"] for name in group["names"])
    assert told["people"] >= 1 and told["url"] == "/lineage?node=field%3Atask.hours&hops=1"


def test_a_draft_that_does_not_compile_tells_nothing_and_a_missing_field_is_not_known(one: Designer) -> None:
    assert uses(one, "task.nothing") == {"known": False}
    one.does({"do": "set", "file": ENTITY, "path": ["fields", "name", "type"], "value": "nonsense"})
    assert uses(one, "task.hours") == {"known": False}
