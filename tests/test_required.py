"""With DOUGONG_TEST_REQUIRE=1 the suite fails when a test was left out, whatever the test says of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def suite(folder: Path, text: str, required: str) -> subprocess.CompletedProcess[str]:
    """The suite's own settings over one file of tests."""
    (folder / "test_planted.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "conftest", str(folder)]
    return subprocess.run(
        [*command, "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "DOUGONG_TEST_REQUIRE": required},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("text", [IN_A_TEST, IN_A_FIXTURE, IN_A_MODULE, BY_A_MARK])
def test_a_test_that_skips_itself_fails_where_all_are_required(tmp_path: Path, text: str) -> None:
    done = suite(tmp_path, text, "1")
    assert done.returncode not in {0, 5}, done.stdout
    assert "is required and was skipped" in done.stdout
    assert "no disk here" in done.stdout


def test_elsewhere_it_is_told_and_passes(tmp_path: Path) -> None:
    """The control: nothing but the requirement makes it fail."""
    done = suite(tmp_path, IN_A_TEST, "0")
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout


def test_where_all_are_required_what_runs_passes(tmp_path: Path) -> None:
    """The control: the requirement alone fails nothing."""
    done = suite(tmp_path, "def test_it() -> None:\n    pass\n", "1")
    assert done.returncode == 0, done.stdout
