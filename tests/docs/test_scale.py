"""The page about scale says what the cost model computes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cost_model import STATED, Cells, Demand, constants, table

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "scale.md").read_text("utf-8")


def written(block: str) -> str:
    found = re.search(f"<!-- {block} -->\n(.*?)\n<!-- /{block} -->", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_has_the_constants_and_figures_of_the_model() -> None:
    assert written("constants") == constants()
    assert written("figures") == table(STATED.demand, STATED)


def test_another_demand_has_other_figures() -> None:
    """The control: the comparison can fail."""
    twice = Cells(replace(STATED.demand, facts=2 * STATED.demand.facts), 50)
    assert written("figures") != table(twice.demand, twice)


def test_cells_add_up_to_what_is_asked() -> None:
    cells = Cells(Demand(), 50)
    assert cells.tenants * cells.count == cells.demand.tenants
    assert cells.facts * cells.count == cells.demand.facts
    assert cells.writes * cells.count == pytest.approx(cells.demand.facts_a_second * cells.demand.write_peak)
