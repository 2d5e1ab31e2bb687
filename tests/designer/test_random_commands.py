"""Random sequences of commands on random texts; `make fuzz PARTS=designer` runs ten thousand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from designer.plain import value_at
from designer.splice import edits, moving
from designer.splice.lines import Region
from designer.splice.setting import set_value
from designer.splice.written import Written
from engine.dsl.source import Path
from engine.installation.served import SHIPPED
from tests.designer.random_commands import FILE, Tally, data_of, run_sequence

SEQUENCES = 300


def test_commands_come_to_what_the_same_edits_of_plain_data_come_to_and_lose_no_remark() -> None:
    tally = Tally()
    for seed in range(SEQUENCES):
        run_sequence(seed, 8, tally)
    assert tally.commands > SEQUENCES * 7.9
    assert tally.refused == 0
    assert tally.remarks > 1_000


def _forgets_remarks(right: Callable[..., Region]) -> Callable[..., Region]:
    def wrong(written: Written, around: object, entry: object) -> Region:
        found = right(written, around, entry)
        return found if found.shares else Region(written.line_start(entry.start), found.tail, False)  # type: ignore[attr-defined]

    return wrong


def _takes_too_much(right: Callable[[Written, Path], str]) -> Callable[[Written, Path], str]:
    def wrong(written: Written, path: Path) -> str:
        text = right(written, path)
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("# head"))

    return wrong


@pytest.mark.parametrize("fault", ["remarks are left behind", "too much is removed", "items go one place too far"])
def test_a_planted_fault_is_found(fault: str, request: pytest.FixtureRequest) -> None:
    right = (moving.region_of, edits.removed, edits.inserted)
    request.addfinalizer(lambda: _restore(right))
    if fault == "remarks are left behind":
        moving.region_of = _forgets_remarks(moving.region_of)
    elif fault == "too much is removed":
        edits.removed = _takes_too_much(edits.removed)
    else:
        edits.inserted = lambda written, path, index, new: right[2](written, path, max(0, index - 1), new)
    tally = Tally()
    with pytest.raises(AssertionError):
        for seed in range(60):
            run_sequence(seed, 8, tally)
        assert tally.refused == 0


def _restore(right: tuple[object, ...]) -> None:
    moving.region_of, edits.removed, edits.inserted = right  # type: ignore[assignment]


def test_every_file_of_the_shipped_packs_survives_setting_each_value_to_what_it_is() -> None:
    files = sorted(SHIPPED.rglob("*.yaml"))
    assert len(files) > 300
    for path in files:
        text = path.read_bytes().decode("utf-8")
        data = data_of(text)
        assert set_value(FILE, text, (), data) == text, path
        for key in data:  # type: ignore[attr-defined]
            assert set_value(FILE, text, (key,), value_at(data, (key,))) == text, (path, key)
