"""The shipped packs: clean text, both languages everywhere, no code, their own tests green on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from engine.cli import main
from engine.diagnostics import Severity
from engine.dsl.compiler import compile_packs
from engine.installation.app_tests import run_suites
from engine.installation.served import WIDGETS, pack_folders
from engine.model.app import AppModel
from engine.model.names import Label
from engine.runtime.database.protocol import Database
from engine.widgets.registry import read_widgets

PACKS = pack_folders("")
ROLES_OF_THE_ARTICLE = {
    "store_manager",
    "associate",
    "area_manager",
    "headquarters",
    "sales",
    "solution_engineer",
    "delivery_manager",
    "service",
    "unit_lead",
    "strategy_calibrator",
    "privacy_officer",
    "security_lead",
    "legal",
    "finance",
    "product",
    "supply_chain",
    "auditor",
    "administrator",
}
NAMED_ENTITIES = {
    "store",
    "zone",
    "trading_day",
    "associate",
    "shift",
    "product",
    "product_category",
    "store_price",
    "promotion",
    "sale",
    "stock_movement",
    "supplier",
    "footfall",
    "loyalty_member",
    "inspection",
    "lead",
    "customer",
    "contact",
    "opportunity",
    "quote",
    "contract",
    "delivery",
    "invoice",
    "receivable",
    "payment",
    "renewal",
    "activity",
    "meeting_minutes",
    "service_ticket",
    "installed_equipment",
    "competitor_event",
}


@pytest.fixture(scope="module")
def model() -> AppModel:
    compilation = compile_packs(PACKS, read_widgets(WIDGETS))
    assert [one.as_text() for one in compilation.diagnostics if one.severity is not Severity.INFO] == []
    assert compilation.model is not None
    return compilation.model


def labels(value: object, path: str) -> Iterator[tuple[str, Label]]:
    """Every label in a value, with the way to it."""
    if isinstance(value, Label):
        yield path, value
    elif is_dataclass(value):
        for one in fields(value):
            yield from labels(getattr(value, one.name), f"{path}.{one.name}")
    elif hasattr(value, "items"):
        for key, one in value.items():
            yield from labels(one, f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for index, one in enumerate(value):
            yield from labels(one, f"{path}.{index}")


def test_every_text_stands_in_both_languages(model: AppModel) -> None:
    found = list(labels(model, "app"))
    assert len(found) > 3_000
    missing = [path for path, one in found if one.texts and not (one.texts.get("zh") and one.texts.get("en"))]
    assert missing == []


def test_every_named_thing_has_a_label(model: AppModel) -> None:
    named = [*model.entities.values(), *model.roles.values(), *model.pages.values(), *model.metrics.values()]
    assert [one.name for one in named if not one.label.texts] == []
    assert [f"{e.name}.{f.name}" for e in model.entities.values() for f in e.fields.values() if not f.label.texts] == []


def test_the_entities_and_roles_of_both_applications_are_there(model: AppModel) -> None:
    assert NAMED_ENTITIES - model.entities.keys() == set()
    assert ROLES_OF_THE_ARTICLE - model.roles.keys() == set()


def test_the_packs_are_written_as_the_formatter_writes_them() -> None:
    assert main(["format", "--check", *map(str, PACKS)]) == 0


@pytest.mark.parametrize("pack", [one for one in PACKS if one.name in {"organisation", "store_sales", "b2b_sales"}])
def test_a_pack_of_an_application_holds_text_only(pack: Path) -> None:
    assert [one.name for one in pack.rglob("*") if one.suffix in {".py", ".js", ".sql", ".html"}] == []


def test_the_packs_pass_their_own_tests(database: Database) -> None:
    report = run_suites(PACKS, database=database)
    assert [(one.suite, one.test, one.failures) for one in report.results if one.failures] == []
    assert len(report.results) >= 112
    assert {name: covered / total >= 0.9 for name, (covered, total) in report.coverage.items()} == {
        "transitions": True,
        "role × state": True,
        "grants": True,
        "field rules": True,
        "flow paths": True,
    }
    covered, total = report.coverage["transitions"]
    assert covered == total > 50
    covered, total = report.coverage["flow paths"]
    assert covered == total > 60
