"""A rename finds its name in every table of the kernel: a new column that holds names is listed, or says why it is not."""

from __future__ import annotations

import pytest

from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.storage.names import COLUMNS

KINDS = {"entity", "source", "flow", "page", "role", "approve_by", "view_as", "metric", "graph"}
"""What columns are called that hold the name of something declared."""
OTHERWISE = {
    ("dougong_search", "entity"): "made anew",
    ("dougong_likeness", "entity"): "made anew",
    ("dougong_formulas", "entity"): "made anew",
    ("dougong_rollup", "entity"): "made anew",
    ("dougong_flow_text", "source"): "a text",
    ("dougong_calendar_day", "source"): "where a day is told",
}


@pytest.mark.one_database
def test_every_column_that_holds_a_name_follows_its_rename() -> None:
    followed = {(one.table, one.column) for columns in COLUMNS.values() for one in columns}
    holding = {(table.name, one.name) for table in KERNEL_TABLES for one in table.columns if one.name in KINDS}
    assert holding - followed == OTHERWISE.keys()
