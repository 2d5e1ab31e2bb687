"""The machine of flows under random trial: its laws hold, and a machine with a fault is found out."""

from __future__ import annotations

import pytest

from tests.runtime.workflow.flow_faults import FAULTS, planted
from tests.runtime.workflow.flow_trial import try_flows, try_long_courses

SHORT, LONG, FAULT_WITHIN = 300, 1200, 3000


def test_the_laws_hold_in_random_flows() -> None:
    try_flows(SHORT)


def test_the_laws_hold_in_long_courses() -> None:
    assert try_long_courses(range(LONG)) > LONG


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    with planted(fault), pytest.raises(Exception) as found:
        try_long_courses(range(FAULT_WITHIN))
    assert any(note.startswith("seed") for note in found.value.__notes__)
