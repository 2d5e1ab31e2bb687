"""The other side of a PLM: items, their versions, bills of material and alternates of the company's works."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.plm import CHANGED, CONNECTOR
from packs.connectors.simulators.company import START
from packs.connectors.simulators.factory import WHY, Factory
from packs.connectors.simulators.listed_side import API_KEY, listed_side

STAMP = "%Y-%m-%dT%H:%M:%SZ"
SHARE = Decimal("0.62")
"""What a thing costs of what it is sold for."""
VERSIONS = "AB"


def _items(factory: Factory) -> Iterator[dict[str, object]]:
    for one in factory.company.materials:
        yield {
            "id": one.code,
            "name": one.name,
            "description": one.model,
            "version": VERSIONS[-1],
            "make_or_buy": "make" if one.category == "设备" else "buy",
            "approval_status": "obsolete" if one.stopped else "released",
            "standard_cost": float((one.price * SHARE).quantize(Decimal("0.01"))),
            CHANGED: one.changed.strftime(STAMP),
        }


def _versions(factory: Factory) -> Iterator[dict[str, object]]:
    for number, one in enumerate(factory.company.materials):
        for at, version in enumerate(VERSIONS):
            yield {
                "id": f"{one.code}-{version}",
                "item_id": one.code,
                "version": version,
                "approval_status": "released" if version == VERSIONS[-1] else "superseded",
                "change_reason": WHY[number % (len(WHY) - 1) + 1] if at else WHY[0],
                "effective_from": START.date().isoformat(),
                CHANGED: one.changed.strftime(STAMP),
            }


def _usages(factory: Factory) -> Iterator[dict[str, object]]:
    for one in factory.usages:
        yield {
            "id": one.number,
            "relating_item": one.whole.code,
            "related_item": one.part.code,
            "quantity": one.quantity,
            "unit": "PCS",
            "reference_designator": f"P{one.place:02}",
            CHANGED: one.changed.strftime(STAMP),
        }


def _alternates(factory: Factory) -> Iterator[dict[str, object]]:
    for one in factory.alternates:
        difference = ((one.other.price - one.base.price) * SHARE).quantize(Decimal("0.01"))
        yield {
            "id": one.number,
            "base_item": one.base.code,
            "alternate_item": one.other.code,
            "kind": "alternate" if one.within is None else "substitute",
            "assembly_item": "" if one.within is None else one.within.code,
            "ratio": 1,
            "priority": one.priority,
            "cost_difference": float(difference),
            "approval_status": "obsolete" if one.other.stopped else "released",
            "effective_from": START.date().isoformat(),
            CHANGED: one.changed.strftime(STAMP),
        }


ROWS = {
    "item": _items,
    "item_version": _versions,
    "assembly_component_usage": _usages,
    "alternate_item": _alternates,
}
NUMBERS = ("standard_cost", "quantity", "cost_difference")


SIMULATOR = SimulatorSpec(
    "plm",
    Label({"zh": "产品生命周期管理 PLM", "en": "Product lifecycle (PLM)"}),
    listed_side(Factory, CONNECTOR, ROWS, NUMBERS),
    Label({"zh": f"密钥 {API_KEY}", "en": f"key {API_KEY}"}),
)
