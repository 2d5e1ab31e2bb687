"""Service desk: tickets of customers, and the history of their states.

No one maker: words are those of service management (ITIL: incident, priority, resolution), asked for by REST with a key. Tried
against the simulator alone.
"""

from __future__ import annotations

from engine.extensions import ConnectorSpec
from engine.model.names import Label
from packs.connectors.columns import changing, column
from packs.connectors.listed_objects import ListedObjects, follows, settings_of

BASE = "/service/v1"
CHANGED = "updated_at"
_STAMP = column(CHANGED, "更新时间", "Changed at", "instant")
OBJECTS = (
    changing(
        "ticket",
        "服务工单",
        "Ticket",
        column("number", "工单号", "Number"),
        column("subject", "主题", "Subject"),
        column("customer", "客户编码", "Customer"),
        column("product", "物料编码", "Material"),
        column("category", "类别", "Category"),
        column("fault_code", "故障码", "Fault code"),
        column("priority", "优先级", "Priority", "number"),
        column("status", "状态", "State"),
        column("opened_at", "受理时间", "Opened at", "instant"),
        column("resolved_at", "解决时间", "Resolved at", "instant"),
        column("cause", "原因", "Cause", "text", "G2"),
        column("contact_phone", "联系电话", "Telephone", "text", "G3"),
        _STAMP,
    ),
    changing(
        "status_change",
        "状态变更",
        "Change of state",
        column("id", "标识", "ID"),
        column("ticket", "工单号", "Ticket"),
        column("from_status", "原状态", "Before"),
        column("to_status", "新状态", "After"),
        column("changed_at", "变更时间", "At", "instant"),
        column("by", "处理人", "By", "text", "G2"),
        _STAMP,
    ),
)
CONNECTOR = ListedObjects(
    ConnectorSpec(
        "service_desk",
        Label({"zh": "服务工单", "en": "Service desk"}),
        "service",
        settings_of(OBJECTS),
        objects=OBJECTS,
        icon="inbox",
        follows=follows("ITIL 服务管理用语", "terms of service management (ITIL)"),
    ),
    BASE,
)
