"""Approvals case by case, as text: tests/fixtures/workflow."""

from __future__ import annotations

import pytest

from tests.runtime.workflow.flow_cases import Text, Told, cases

CASES = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_a_case_goes_as_it_is_told(name: str) -> None:
    case: Text = CASES[name]
    told = Told(case)
    for line in case["course"]:
        for act, expected in line.items():
            assert told.act(act) == expected, act


def test_a_case_that_goes_otherwise_is_noticed() -> None:
    case = CASES["会签: 每个人都同意才通过"]
    told = Told({**case, "steps": [{**case["steps"][0], "mode": "any"}]})
    found = [(told.act(act), expected) for line in case["course"] for act, expected in line.items()]
    assert any(heard != expected for heard, expected in found)
