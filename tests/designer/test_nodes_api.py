"""The kinds of nodes over HTTP, and what the draft says of a pipeline whose distribution is installed, or gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.designer.studio_site import API, Designer
from tests.designer.workshop import PACK, laid_out
from tests.distributions import NODES, install

PIPELINE = """\
label: {zh: 收银, en: Takings}
nodes:
  - {id: rows, node: till_rows, settings: {entity: task}}
  - {id: whole, node: round_up, settings: {field: cost, where: "hours > 2", way: sum}}
  - {id: shape, node: till_shape}
  - {id: both, node: both_tills}
edges:
  - {from: rows, to: whole}
  - {from: whole, to: shape}
  - {from: shape, to: both}
"""


def test_kinds_of_nodes_are_told_with_words_ports_and_schema(one: Designer) -> None:
    answer = one.client.get(f"{API}/nodes")
    assert answer.status_code == 200
    told = {kind["name"]: kind for kind in answer.json()}
    keep = told["keep_rows"]
    assert keep["titles"] == {"zh": "筛选行", "en": "Keep rows"}
    assert keep["help"]["en"] == "Keeps the rows whose field has one of some values"
    assert (keep["group"], keep["effect"], keep["stage"]) == ("shaping", "pure", False)
    port = {"name": "rows", "type": "rows", "titles": {"zh": "行", "en": "Rows"}, "many": False, "required": True}
    assert keep["inputs"] == keep["outputs"] == [port]
    field = keep["schema"]["properties"]["field"]
    assert (field["x-ref"], field["x-titles"]["zh"], field["x-zh"]) == ("field", "字段", "看哪个字段")
    assert all(set(kind["titles"]) == {"zh", "en"} for kind in told.values())


def test_a_pipeline_of_the_draft_is_judged_by_the_kinds(one: Designer) -> None:
    file = "b2b_sales/pipelines/late.yaml"
    text = (
        "label: {zh: 迟, en: Late}\nnodes:\n  - {id: a, node: keep_row, settings: {}}\n"
        "  - {id: b, node: pick_fields, settings: {fields: []}}\nedges:\n  - {from: a, to: b}\n"
    )
    one.does({"do": "create", "file": file, "text": text})
    found = [one for one in one.client.get(f"{API}/problems").json() if one["file"] == file]
    assert sorted(problem["code"] for problem in found) == ["E208", "E560", "W566"]
    assert found[0]["path"] == ["nodes", {"id": "a"}, "node"]
    assert found[0]["fix"] is not None
    one.does(found[0]["fix"])
    assert "node: keep_rows" in one.client.get(f"{API}/files/{file}").json()["text"]


@pytest.mark.one_database
def test_a_distribution_brings_kinds_that_pipelines_are_checked_by_and_is_missed_when_it_goes(tmp_path: Path) -> None:
    packs = laid_out(tmp_path / "packs")
    file = packs / PACK / "pipelines/takings.yaml"
    file.parent.mkdir()
    file.write_text(PIPELINE, "utf-8")
    site = tmp_path / "site"
    site.mkdir()
    install(NODES, site)
    place = f"{PACK}/pipelines/takings.yaml"
    assert sorted(checked(packs, site)) == [f"E563 {place}:10", f"E565 {place}:6", f"W566 {place}:6"]
    file.write_text(PIPELINE.replace("hours > 2", "hourss > 2"), "utf-8")
    assert [one for one in checked(packs, site) if one.startswith("F")] == [f"F201 {place}:4"]
    (site / "till_nodes.py").rename(site / "elsewhere.py")
    broken = run_check(packs, site)
    assert broken.returncode == 1
    assert "Traceback" not in broken.stderr
    assert "till_nodes:" in broken.stdout + broken.stderr
    for one in site.glob("*.dist-info"):
        one.rename(site / "gone")
    assert checked(packs, site)[:4] == [f"E560 {place}:{line}" for line in (3, 4, 5, 6)]


def checked(packs: Path, site: Path) -> list[str]:
    """What `dougong check` says in a process that finds distributions in a site folder."""
    told: list[dict[str, Any]] = json.loads(run_check(packs, site).stdout)
    return [f"{one['code']} {one['file']}:{one['line']}" for one in told if one["severity"] != "info"]


def run_check(packs: Path, site: Path) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / "dougong")
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [program, "check", "--json", str(packs / PACK)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
