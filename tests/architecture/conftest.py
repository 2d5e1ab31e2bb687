"""What the tests of the architecture read of all sources is not kept longer than they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.parsed import forget


def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if nextitem is None or nextitem.path.parent != Path(__file__).parent:
        forget()
