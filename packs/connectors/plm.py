"""PLM: items, their versions, bills of material, and what may stand in for what.

No one maker: names follow the terms of ISO 10303 (item, item version, assembly component usage, alternate), asked for by REST
with a key. An alternate stands in everywhere, a substitute within one assembly. Tried against the simulator alone.
"""

from __future__ import annotations

from engine.extensions import ConnectorSpec
from engine.model.names import Label
from packs.connectors.columns import changing, column
from packs.connectors.listed_objects import ListedObjects, follows, settings_of

BASE = "/plm/v1"
CHANGED = "modified_at"
_STAMP = column(CHANGED, "修改时间", "Changed at", "instant")
_ID = column("id", "标识", "ID")
_FROM = column("effective_from", "生效日期", "Effective from", "date")
OBJECTS = (
    changing(
        "item",
        "物料",
        "Item",
        _ID,
        column("name", "名称", "Name"),
        column("description", "描述", "Description"),
        column("version", "当前版本", "Version"),
        column("make_or_buy", "自制或外购", "Made or bought"),
        column("approval_status", "状态", "State"),
        column("standard_cost", "标准成本", "Standard cost", "number", "G3"),
        _STAMP,
    ),
    changing(
        "item_version",
        "物料版本",
        "Item version",
        _ID,
        column("item_id", "物料编码", "Item"),
        column("version", "版本", "Version"),
        column("approval_status", "状态", "State"),
        column("change_reason", "变更原因", "Why it changed", "text", "G2"),
        _FROM,
        _STAMP,
    ),
    changing(
        "assembly_component_usage",
        "物料清单行",
        "Line of a bill of material",
        _ID,
        column("relating_item", "父件", "Assembly", "text", "G2"),
        column("related_item", "子件", "Component", "text", "G2"),
        column("quantity", "用量", "Quantity", "number", "G2"),
        column("unit", "单位", "Unit"),
        column("reference_designator", "位号", "Position"),
        _STAMP,
    ),
    changing(
        "alternate_item",
        "替代料",
        "Alternate item",
        _ID,
        column("base_item", "原料", "Instead of"),
        column("alternate_item", "替代料", "Alternate"),
        column("kind", "替代方式", "Kind"),
        column("assembly_item", "限用于", "Within"),
        column("ratio", "用量比", "Ratio", "number"),
        column("priority", "优先级", "Priority", "number"),
        column("cost_difference", "单件成本差", "Cost difference", "number", "G3"),
        column("approval_status", "状态", "State"),
        _FROM,
        _STAMP,
    ),
)
CONNECTOR = ListedObjects(
    ConnectorSpec(
        "plm",
        Label({"zh": "产品生命周期管理 PLM", "en": "Product lifecycle (PLM)"}),
        "plm",
        settings_of(OBJECTS),
        objects=OBJECTS,
        follows=follows("ISO 10303（STEP）的物料与清单术语", "item and assembly terms of ISO 10303 (STEP)"),
    ),
    BASE,
)
