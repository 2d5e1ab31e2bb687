"""The other side of an MES: lines, operations definitions, jobs, results, capacity by week, stops of the company's works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.mes import CHANGED, CONNECTOR
from packs.connectors.simulators.company import START
from packs.connectors.simulators.factory import HOURS, LINES, Factory
from packs.connectors.simulators.listed_side import API_KEY, listed_side

STAMP = "%Y-%m-%dT%H:%M:%SZ"


def _lines(factory: Factory) -> Iterator[dict[str, object]]:
    for code, name in LINES:
        yield {
            "ID": code,
            "Description": name,
            "EquipmentLevel": "ProductionLine",
            "HierarchyScope": "DG-SUZHOU",
            CHANGED: START.strftime(STAMP),
        }


def _definitions(factory: Factory) -> Iterator[dict[str, object]]:
    for one in factory.company.materials:
        yield {
            "ID": f"OD-{one.code}",
            "MaterialDefinitionID": one.code,
            "EquipmentID": factory.line_of(one),
            "Duration": float(factory.hours[one.code]),
            CHANGED: one.changed.strftime(STAMP),
        }


def _jobs(factory: Factory) -> Iterator[dict[str, object]]:
    for one in factory.jobs:
        start = datetime.combine(one.monday, START.time())
        yield {
            "ID": one.number,
            "MaterialDefinitionID": one.material.code,
            "EquipmentID": one.line,
            "Quantity": one.quantity,
            "StartTime": start.strftime(STAMP),
            "EndTime": (start + timedelta(days=4)).strftime(STAMP),
            "DispatchStatus": "Completed" if one.made else "Ready",
            CHANGED: one.changed.strftime(STAMP),
        }


def _responses(factory: Factory) -> Iterator[dict[str, object]]:
    for one in (job for job in factory.jobs if job.made):
        start = datetime.combine(one.monday, START.time())
        yield {
            "ID": f"RE-{one.number}",
            "JobOrderID": one.number,
            "MaterialDefinitionID": one.material.code,
            "EquipmentID": one.line,
            "Quantity": one.made,
            "StartTime": start.strftime(STAMP),
            "EndTime": (start + timedelta(days=4)).strftime(STAMP),
            CHANGED: one.changed.strftime(STAMP),
        }


def _weeks(factory: Factory) -> Iterator[dict[str, object]]:
    for one in factory.weeks:
        yield {
            "ID": f"{one.line}-{one.monday.isoformat()}",
            "EquipmentID": one.line,
            "StartTime": one.monday.isoformat(),
            "EndTime": (one.monday + timedelta(days=6)).isoformat(),
            "CommittedQuantity": float(one.committed),
            "AvailableQuantity": float(one.available),
            "UnattainableQuantity": float(one.unattainable),
            "UnitOfMeasure": "h",
            CHANGED: one.changed.strftime(STAMP),
        }


def _stops(factory: Factory) -> Iterator[dict[str, object]]:
    for one in factory.stops:
        yield {
            "ID": one.number,
            "EquipmentID": one.line,
            "StartTime": one.since.strftime(STAMP),
            "EndTime": (one.since + timedelta(hours=one.hours)).strftime(STAMP),
            "Category": one.category,
            "Reason": one.reason,
            CHANGED: one.changed.strftime(STAMP),
        }


ROWS = {
    "equipment": _lines,
    "operations_definition": _definitions,
    "job_order": _jobs,
    "job_response": _responses,
    "equipment_capability": _weeks,
    "operations_event": _stops,
}
NUMBERS = ("Quantity", "Duration", "CommittedQuantity", "AvailableQuantity")


SIMULATOR = SimulatorSpec(
    "mes",
    Label({"zh": "制造执行系统 MES", "en": "Manufacturing execution (MES)"}),
    listed_side(Factory, CONNECTOR, ROWS, NUMBERS),
    Label({"zh": f"密钥 {API_KEY}，每条产线每周 {HOURS} 小时", "en": f"key {API_KEY}, {HOURS} hours a line and week"}),
)
