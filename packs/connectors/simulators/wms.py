"""The other side of a WMS: bins, receipts, shipments of the company's warehouses; what lies there is what came less what went."""

from __future__ import annotations

from collections.abc import Iterator

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.simulators.listed_side import API_KEY, listed_side
from packs.connectors.simulators.trade import Trade
from packs.connectors.wms import CHANGED, CONNECTOR

STAMP = "%Y-%m-%dT%H:%M:%SZ"


def _stock(trade: Trade) -> Iterator[dict[str, object]]:
    for one in trade.bins:
        yield {
            "id": f"{one.warehouse}/{one.bin}/{one.material.code}",
            "warehouse": one.warehouse,
            "bin": one.bin,
            "sku": one.material.code,
            "lot": f"L{one.changed:%y%m%d}",
            "quantity": one.quantity,
            "allocated": min(one.quantity, 5),
            "status": "blocked" if one.material.stopped else "available",
            CHANGED: one.changed.strftime(STAMP),
        }


def _inbound(trade: Trade) -> Iterator[dict[str, object]]:
    for one in trade.inbound:
        yield {
            "id": one.number,
            "receiptNo": one.document,
            "type": "purchase",
            "sku": one.material.code,
            "quantity": one.quantity,
            "bin": one.bin,
            "receivedAt": one.at.strftime(STAMP),
            CHANGED: one.changed.strftime(STAMP),
        }


def _outbound(trade: Trade) -> Iterator[dict[str, object]]:
    for one in trade.outbound:
        yield {
            "id": one.number,
            "shipmentNo": one.document,
            "orderNo": one.order.number if one.order else None,
            "customer": one.order.customer.code if one.order else None,
            "sku": one.material.code,
            "quantity": one.quantity,
            "bin": one.bin,
            "status": "shipped",
            "shippedAt": one.at.strftime(STAMP),
            CHANGED: one.changed.strftime(STAMP),
        }


ROWS = {"stock": _stock, "inbound": _inbound, "outbound": _outbound}
NUMBERS = ("quantity", "allocated")


SIMULATOR = SimulatorSpec(
    "wms",
    Label({"zh": "仓储管理 WMS", "en": "Warehouse management (WMS)"}),
    listed_side(Trade, CONNECTOR, ROWS, NUMBERS),
    Label({"zh": f"密钥 {API_KEY}", "en": f"key {API_KEY}"}),
)
