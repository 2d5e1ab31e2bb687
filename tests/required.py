"""With DOUGONG_TEST_REQUIRE=1 nothing may be left out: a test that skips itself has failed."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

REQUIRED = os.environ.get("DOUGONG_TEST_REQUIRE") == "1"
Report = pytest.TestReport | pytest.CollectReport


def refused(report: Report) -> Report:
    """The report as it is, or as a failure that says why the test wanted to be skipped."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} is required and was skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, Report]:
    return refused((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, Report]:
    return refused((yield))
