"""The inputs that fuzzing starts from stay within their bounds, and what breaks a bound is told; long runs are `make fuzz`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.bounds import Bounded, Broken, Worst
from tests.fuzz.targets import FAULTS, LONGEST, seeds


def target(name: str) -> Any:
    return importlib.import_module(f"tests.fuzz.{name}_target")


def bounded(attempt: Callable[[bytes], object], declared: tuple[type[Exception], ...], folder: Path) -> Bounded:
    return Bounded(attempt, declared, Worst(folder / "worst.json"))


@pytest.mark.parametrize("name", FAULTS)
def test_what_fuzzing_starts_from_is_within_bounds(name: str, tmp_path: Path) -> None:
    one = bounded(target(name).attempt(), target(name).DECLARED, tmp_path)
    for content in seeds(name):
        one(content)
    assert one.worst.inputs == len(seeds(name))
    assert max(len(content) for content in seeds(name)) == LONGEST


def test_every_fault_that_is_promised_can_be_planted() -> None:
    assert {name: set(target(name).FAULTS) for name in FAULTS} == {name: set(faults) for name, faults in FAULTS.items()}


def test_an_undeclared_exception_is_told(tmp_path: Path) -> None:
    def wrong(content: bytes) -> object:
        raise KeyError(content)

    with pytest.raises(KeyError):
        bounded(wrong, (ValueError,), tmp_path)(b"")
    bounded(wrong, (KeyError,), tmp_path)(b"")


def test_too_much_time_is_told(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=" ms for "):
        bounded(lambda content: sum(range(9_000_000)), (), tmp_path)(b"")


def test_too_much_memory_is_told(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=" MB for "):
        bounded(lambda content: len(b"x" * 100_000_000), (), tmp_path)(b"")
