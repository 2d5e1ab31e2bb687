"""With DOUGONG_TEST_REQUIRE=1 the suite fails when a test was left out, whatever the test says of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
IN_A_TEST = "import pytest\n\ndef test_it() -> None:\n    pytest.skip('no disk here')\n"
IN_A_FIXTURE = """import pytest

@pytest.fixture
def disk() -> None:
    pytest.skip('no disk here')

def test_it(disk: None) -> None:
    pass
"""
IN_A_MODULE = "import pytest\n\npytest.skip('no disk here', allow_module_level=True)\n"
BY_A_MARK = "import pytest\n\n@pytest.mark.skipif(True, reason='no disk here')\ndef test_it() -> None:\n    pass\n"
SKIPPING = {"inside": IN_A_TEST, "fixture": IN_A_FIXTURE, "mark": BY_A_MARK}
RUNS = "def test_it() -> None:\n    pass\n"


def suite(folder: Path, texts: Mapping[str, str], required: str) -> subprocess.CompletedProcess[str]:
    """The suite's own settings over some files of tests."""
    for name, text in texts.items():
        (folder / f"test_{name}.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "conftest", str(folder)]
    return subprocess.run(
        [*command, "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "DOUGONG_TEST_REQUIRE": required},
        capture_output=True,
        text=True,
        check=False,
    )


def test_tests_that_skip_themselves_fail_where_all_are_required(tmp_path: Path) -> None:
    """Each of them; the control: what runs beside them passes."""
    done = suite(tmp_path, {**SKIPPING, "runs": RUNS}, "1")
    assert done.returncode == 1, done.stdout
    for name in SKIPPING:
        assert re.search(rf"test_{name}\.py\S* is required and was skipped: .*no disk here", done.stdout), name
    assert re.search(r"\b1 passed\b", done.stdout), done.stdout


def test_a_file_that_leaves_itself_out_fails_where_all_are_required(tmp_path: Path) -> None:
    done = suite(tmp_path, {"module": IN_A_MODULE}, "1")
    assert done.returncode not in {0, 5}, done.stdout
    assert "is required and was skipped" in done.stdout
    assert "no disk here" in done.stdout


def test_elsewhere_they_are_told_and_pass(tmp_path: Path) -> None:
    """The control: nothing but the requirement makes them fail."""
    done = suite(tmp_path, {**SKIPPING, "module": IN_A_MODULE, "runs": RUNS}, "0")
    assert done.returncode == 0, done.stdout
    assert f"1 passed, {len(SKIPPING) + 1} skipped" in done.stdout
