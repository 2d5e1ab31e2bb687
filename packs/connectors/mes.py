"""MES: lines, what is made on which, job orders and their results, use of capacity by line and week, stops.

No one maker: names are those of ISA-95 (IEC 62264) as B2MML writes them, asked for by REST with a key. `ModifiedDate` and the
week that holds all three kinds of capacity in one row are ours. Tried against the simulator alone.
"""

from __future__ import annotations

from engine.extensions import ConnectorSpec
from engine.model.names import Label
from packs.connectors.columns import changing, column
from packs.connectors.listed_objects import ListedObjects, follows, settings_of

BASE = "/mes/v1"
CHANGED = "ModifiedDate"
_STAMP = column(CHANGED, "修改时间", "Changed at", "instant")
_ID = column("ID", "标识", "ID")
_LINE = column("EquipmentID", "产线", "Line")
_MATERIAL = column("MaterialDefinitionID", "物料编码", "Material")
_START, _END = column("StartTime", "开始", "Start", "instant"), column("EndTime", "结束", "End", "instant")
OBJECTS = (
    changing(
        "equipment",
        "产线",
        "Production line",
        _ID,
        column("Description", "名称", "Name"),
        column("EquipmentLevel", "层级", "Level"),
        column("HierarchyScope", "所属工厂", "Plant"),
        _STAMP,
    ),
    changing(
        "operations_definition",
        "工艺定义",
        "Operations definition",
        _ID,
        _MATERIAL,
        _LINE,
        column("Duration", "单件工时（小时）", "Hours each", "number", "G2"),
        _STAMP,
    ),
    changing(
        "job_order",
        "生产工单",
        "Job order",
        _ID,
        _MATERIAL,
        _LINE,
        column("Quantity", "计划数量", "Quantity", "number"),
        _START,
        _END,
        column("DispatchStatus", "状态", "State"),
        _STAMP,
    ),
    changing(
        "job_response",
        "完工报告",
        "Job response",
        _ID,
        column("JobOrderID", "生产工单", "Job order"),
        _MATERIAL,
        _LINE,
        column("Quantity", "完成数量", "Quantity made", "number"),
        _START,
        _END,
        _STAMP,
    ),
    changing(
        "equipment_capability",
        "产线周产能",
        "Capacity of a line in a week",
        _ID,
        _LINE,
        column("StartTime", "周一", "Monday", "date"),
        column("EndTime", "周日", "Sunday", "date"),
        column("CommittedQuantity", "已占用", "Committed", "number"),
        column("AvailableQuantity", "可用", "Available", "number"),
        column("UnattainableQuantity", "不可用", "Unattainable", "number"),
        column("UnitOfMeasure", "单位", "Unit"),
        _STAMP,
    ),
    changing(
        "operations_event",
        "停机记录",
        "Stop",
        _ID,
        _LINE,
        _START,
        _END,
        column("Category", "类别", "Category"),
        column("Reason", "原因", "Reason", "text", "G2"),
        _STAMP,
    ),
)
CONNECTOR = ListedObjects(
    ConnectorSpec(
        "mes",
        Label({"zh": "制造执行系统 MES", "en": "Manufacturing execution (MES)"}),
        "mes",
        settings_of(OBJECTS),
        objects=OBJECTS,
        follows=follows("ISA-95（IEC 62264）与 B2MML", "ISA-95 (IEC 62264) and B2MML"),
    ),
    BASE,
)
