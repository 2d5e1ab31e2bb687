"""What a flow sends outside is as confidential as the fields that it is made of, those of parts too."""

from __future__ import annotations

import pytest
from runtime.records.shop import SHOP
from runtime.textual import application

from engine.installation.job_runner import JobRunner
from engine.runtime.nodes.registry import NodeRegistry
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.sovereignty.ledger import EGRESS
from engine.runtime.workflow.flow_calls import FlowCaller
from engine.runtime.workflow.flow_driver import CALL
from tests.conftest import KINDS, fresh_url

FILES = SHOP | {
    "entities/line.yaml": SHOP["entities/line.yaml"].replace("price: {type: money,", "price: {type: money, level: G3,"),
    "destinations/depot.yaml": """label: {zh: 仓库, en: Depot}
scheme: https
host: depot.example.internal
jurisdiction: CN
max_level: G2
purposes: [operation]
owner: {zh: 物流, en: Logistics}
""",
    "workflows/tell.yaml": """label: {zh: 报送, en: Report}
entity: order
triggers: [{id: made, type: created}]
title: name
steps:
  - {id: report, type: call, label: {zh: 报送, en: Report}, destination: depot, values: {told: VALUE}}
""",
}


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(("value", "level"), [("name", "G1"), ("sum(lines.price)", "G3")])
def test_a_call_is_held_to_the_level_of_what_it_sends(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, place: str, value: str, level: str
) -> None:
    folder = tmp_path_factory.mktemp("levels")
    dsn = request.getfixturevalue("postgres_dsn") if place == "postgres" else None
    files = FILES | {"workflows/tell.yaml": FILES["workflows/tell.yaml"].replace("VALUE", value)}
    with application(folder, fresh_url(place, dsn, folder), files) as shop:
        lines = [{"what": "纸", "count": "1", "price": "10"}]
        shop.write(lambda work: create(work, "order", {"name": "o"}, children={"lines": lines}))
        installation = shop.installation
        gate = EgressGate(installation.database, installation.models, installation.ids, shop.clock, "")
        caller = FlowCaller(gate, NodeRegistry(()), "Asia/Shanghai")
        JobRunner(installation.workplace, shop.clock, "Asia/Shanghai", {CALL: caller}).run_due()
        rows = installation.database.read(lambda session: select(session, EGRESS, ("level", "decision", "reason")))
        assert [(row[0], "level" in str(row[2])) for row in rows[:1]] == [(level, level == "G3")], rows
