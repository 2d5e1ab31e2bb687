"""Lineage as OpenLineage events: what the published schemas (2-0-2, column lineage 1-2-0) ask of them, restated here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.cli.__main__ import main
from engine.model.lineage import Lineage
from engine.runtime.sovereignty.lineage_graph import lineage_of
from engine.runtime.sovereignty.open_lineage import job_events
from tests.web.site import EMPTY, shipped

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
URI = re.compile(r"(https?://|urn:)\S+")
SUBTYPES = {
    "DIRECT": {"IDENTITY", "TRANSFORMATION", "AGGREGATION"},
    "INDIRECT": {"JOIN", "GROUP_BY", "FILTER", "SORT", "WINDOW", "CONDITIONAL"},
}


@pytest.fixture(scope="module")
def graph() -> Lineage:
    return lineage_of(shipped().current())


def test_every_event_has_the_shape_that_the_specification_asks(graph: Lineage) -> None:
    events = [json.loads(json.dumps(one)) for one in job_events(graph, "here", AT)]
    assert len(events) > 500
    for event in events:
        assert event.keys() == {"eventTime", "producer", "schemaURL", "job", "inputs", "outputs"}, (
            "a job event has no run"
        )
        assert datetime.fromisoformat(event["eventTime"]) == AT
        assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"
        assert URI.fullmatch(event["producer"])
        for dataset in (event["job"], *event["inputs"], *event["outputs"]):
            assert dataset["namespace"] == "here" and dataset["name"]
        for facet in event["outputs"][0]["facets"].values():
            assert URI.fullmatch(facet["_producer"]) and URI.fullmatch(facet["_schemaURL"])


def test_columns_say_what_they_are_drawn_from_and_how(graph: Lineage) -> None:
    for event in job_events(graph, "here", AT):
        facets = _facets(event)
        named = {one["name"] for one in event["inputs"]}  # type: ignore[attr-defined]
        columns = facets["columnLineage"]["fields"]
        for name in ("sov_level", "sov_purpose", "sov_compliance"):
            assert facets[name]["fields"].keys() == columns.keys()
        for column in columns.values():
            for drawn in column["inputFields"]:
                assert drawn.keys() == {"namespace", "name", "field", "transformations"} and drawn["name"] in named
                for one in drawn["transformations"]:
                    assert one["subtype"] in SUBTYPES[one["type"]] and isinstance(one["masking"], bool)


def test_a_computed_field_is_drawn_from_its_inputs(graph: Lineage) -> None:
    event = next(one for one in job_events(graph, "here", AT) if one["job"]["name"] == "opportunity")  # type: ignore[index]
    drawn = _facets(event)["columnLineage"]["fields"]["weighted"]["inputFields"]
    assert {(one["name"], one["field"]) for one in drawn} == {("opportunity", "amount"), ("opportunity", "probability")}
    assert _facets(event)["sov_level"]["fields"]["weighted"] == "G1"


def test_the_command_writes_events_and_says_a_field_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "events.jsonl"
    data.mkdir()
    EMPTY.place(data, "")
    assert main(["--data", str(data), "lineage", "export", "--out", str(out)]) == 0
    assert all(json.loads(line)["job"] for line in out.read_text("utf-8").splitlines())
    capsys.readouterr()
    assert main(["--data", str(data), "lineage", "field", "b2b_sales.opportunity.amount", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["node"]["id"] == "field:opportunity.amount"
    assert "metric:won_amount" in {one["id"] for one in told["to"]}
    assert main(["--data", str(data), "--language", "zh", "lineage", "field", "store_sales.opportunity.amount"]) != 0
    assert "血缘图里没有" in capsys.readouterr().err


def _facets(event: Mapping[str, object]) -> Mapping[str, dict[str, dict[str, object]]]:
    return event["outputs"][0]["facets"]  # type: ignore[index,no-any-return]
