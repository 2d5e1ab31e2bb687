"""Reading, as cases in text: who asks for what, and what they get."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from runtime.builders import context, entity, field, grant, model, relation, rule
from runtime.formulas import formula
from runtime.world import World, build_world

from engine.diagnostics import DougongError
from engine.model.access import FieldRight
from engine.model.entities import FieldKind, OnDelete
from engine.model.requests import Record, RecordPage
from engine.runtime.database.protocol import Database
from engine.runtime.identifiers import encode_id
from engine.runtime.query.lists import list_records
from engine.runtime.query.parameters import parse_query
from engine.runtime.storage.json import json_of

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "reading.yaml").read_text(encoding="utf-8"))
CUSTOMER = entity("customer", field("name", search=2), field("city"))
DEAL = entity(
    "deal",
    field("name", search=3),
    relation("customer", "customer"),
    field("owner", FieldKind.USER),
    field("stage"),
    field("budget", FieldKind.MONEY),
    field("margin", FieldKind.MONEY),
    field("phone", FieldKind.PHONE, mask="phone"),
)
LINE = entity("line", relation("deal", "deal", OnDelete.CASCADE, inverse="lines"), field("text"), part_of="deal")
PARTS = (CUSTOMER, DEAL, LINE)
MODEL = model(
    *PARTS,
    grants=[
        grant("deal", "sales", formula("owner = user.id or scope_unit in user.units", "deal", *PARTS)),
        grant("deal", "lead", formula("scope_unit in user.subtree", "deal", *PARTS)),
        grant("customer", "sales", formula('city = "Oslo"', "customer", *PARTS)),
    ],
    rules=[
        rule("deal", "budget", "sales", FieldRight.READ, formula('stage = "open"', "deal", *PARTS)),
        rule("deal", "margin", "finance", FieldRight.READ),
        rule("deal", "phone", "sales", FieldRight.WRITE),
        rule("deal", "phone", "lead", FieldRight.MASK),
    ],
)


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李"), (2, "王"))
    made.units((10, "北区", "area", None), (11, "一店", "store", 10))
    made.row("customer", 100, name="Acme", city="Oslo")
    made.row("customer", 101, name="华为", city="深圳")
    money = {"budget": Decimal(5), "margin": Decimal(1)}
    made.row("deal", 1, name="Press", customer=100, owner=1, stage="open", scope_unit=10, phone="13800138000", **money)
    money = {"budget": Decimal(7), "margin": Decimal(2)}
    made.row("deal", 2, name="Line", customer=101, owner=1, stage="won", scope_unit=11, phone="13900139000", **money)
    made.row("deal", 3, name="Other", customer=100, owner=2, stage="open", scope_unit=10, budget=Decimal(9))
    made.row("deal", 4, name="Far", customer=101, owner=2, stage="open", scope_unit=11, budget=Decimal(1))
    made.row("line", 51, deal=1, text="first")
    made.row("line", 52, deal=2, text="second")
    made.row("line", 53, deal=4, text="third")
    return made


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_reading(world: World, case: dict[str, Any]) -> None:
    who = dict(case["as"])
    scopes = frozenset(who.pop("scopes")) if "scopes" in who else None
    reader = context(**who, scopes=scopes)

    def act(work: Any) -> RecordPage:
        return list_records(work, parse_query(work, case["entity"], case["ask"]))

    try:
        page = world.read(reader, act)
    except DougongError as refused:
        assert refused.code == case.get("error"), refused
        return
    assert "error" not in case
    assert [as_written(record) for record in page.records] == case["rows"]
    assert page.total == case.get("total")


def as_written(record: Record) -> dict[str, object]:
    cells = {name: _json(record, name, value) for name, value in record.cells.items()}
    return {"id": record.id, **cells} | ({"~masked": sorted(record.masked)} if record.masked else {})


def _json(record: Record, name: str, value: object) -> object:
    declared = MODEL.field(record.entity, tuple(name.split(".")))
    if name.endswith("@title"):
        return value
    if declared is None:
        return encode_id(value) if isinstance(value, int) else value
    return json_of(value, declared)
