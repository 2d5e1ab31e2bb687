"""WMS: what lies in which bin, what comes in and what goes out, line by line.

No one maker: words are those of warehouses at large (bin, lot, receipt, shipment), asked for by REST with a key. Tried against
the simulator alone.
"""

from __future__ import annotations

from engine.extensions import ConnectorSpec
from engine.model.names import Label
from packs.connectors.columns import changing, column
from packs.connectors.listed_objects import ListedObjects, follows, settings_of

BASE = "/wms/v1"
CHANGED = "updatedAt"
_STAMP = column(CHANGED, "更新时间", "Changed at", "instant")
_MATERIAL = column("sku", "物料编码", "Material")
_QUANTITY = column("quantity", "数量", "Quantity", "number")
OBJECTS = (
    changing(
        "stock",
        "库位库存",
        "Stock by bin",
        column("id", "标识", "ID"),
        column("warehouse", "仓库", "Warehouse"),
        column("bin", "库位", "Bin"),
        _MATERIAL,
        column("lot", "批次", "Lot"),
        _QUANTITY,
        column("allocated", "已占用", "Allocated", "number"),
        column("status", "状态", "State"),
        _STAMP,
    ),
    changing(
        "inbound",
        "入库单行",
        "Line of a receipt",
        column("id", "标识", "ID"),
        column("receiptNo", "入库单号", "Receipt"),
        column("type", "类型", "Kind"),
        _MATERIAL,
        _QUANTITY,
        column("bin", "库位", "Bin"),
        column("receivedAt", "入库时间", "Received at", "instant"),
        _STAMP,
    ),
    changing(
        "outbound",
        "出库单行",
        "Line of a shipment",
        column("id", "标识", "ID"),
        column("shipmentNo", "出库单号", "Shipment"),
        column("orderNo", "销售订单", "Sales order"),
        column("customer", "客户编码", "Customer"),
        _MATERIAL,
        _QUANTITY,
        column("bin", "库位", "Bin"),
        column("status", "状态", "State"),
        column("shippedAt", "出库时间", "Shipped at", "instant"),
        _STAMP,
    ),
)
CONNECTOR = ListedObjects(
    ConnectorSpec(
        "wms",
        Label({"zh": "仓储管理 WMS", "en": "Warehouse management (WMS)"}),
        "wms",
        settings_of(OBJECTS),
        objects=OBJECTS,
        icon="box",
        follows=follows("仓储行业通用用语", "words of warehouses at large"),
    ),
    BASE,
)
