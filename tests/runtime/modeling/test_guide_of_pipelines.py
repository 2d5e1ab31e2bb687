"""The pipeline of the guide compiles and reads what the guide says of it."""

from __future__ import annotations

import re
from pathlib import Path

from bills import model_of, pack, random_rows, stored
from runtime.builders import context
from runtime.world import build_world

from engine.runtime.database.protocol import Database
from engine.runtime.modeling.feature_reading import learning_table

GUIDE = Path(__file__).parents[3] / "docs/guide/pipelines.md"


def test_the_pipeline_of_the_guide_gives_a_data_set(database: Database, tmp_path: Path) -> None:
    found = re.search(r"```yaml\n# pipelines/late.yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    world = stored(build_world(database, model_of(pack(tmp_path, {"late": found.group(1)}))), random_rows(3))
    plan = world.model.pipelines["late"].plan
    assert plan is not None
    learning = world.read(context(roles="analyst"), lambda work: learning_table(work, plan))
    assert [one.name for one in learning.table.columns] == ["amount", "tier", "late_share"]
    assert set(learning.table.target or ()) == {0.0, 1.0}
    assert learning.censored > 0
