"""Lineage in words: what kinds of nodes, ways, purposes and levels are called."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message
from engine.model.lineage import Node, NodeKind, Purpose, Status, Way

KINDS: Mapping[NodeKind, Message] = {
    NodeKind.ORIGIN: Message("来源", "Origin"),
    NodeKind.UNKNOWN: Message("来源", "Origin"),
    NodeKind.SOURCE: Message("数据源", "Source"),
    NodeKind.FIELD: Message("字段", "Field"),
    NodeKind.CHECK: Message("校验", "Check"),
    NodeKind.METRIC: Message("指标", "Metric"),
    NodeKind.PAGE: Message("页面", "Page"),
    NodeKind.FORM: Message("表单", "Form"),
    NodeKind.WORKFLOW: Message("流程", "Flow"),
    NodeKind.RULE: Message("规则", "Rule"),
    NodeKind.ACCESS: Message("权限", "Rights"),
    NodeKind.ALERT: Message("异常提醒", "Alert"),
    NodeKind.MAP: Message("决策链图", "Decision map"),
    NodeKind.GRAPH: Message("知识图", "Knowledge graph"),
    NodeKind.FEATURE: Message("特征", "Feature"),
    NodeKind.PIPELINE: Message("管道", "Pipeline"),
    NodeKind.MODEL: Message("模型", "Model"),
    NodeKind.NEGOTIATION: Message("谈判沙盘", "Negotiation"),
    NodeKind.DOCUMENT: Message("单据与报告", "Paper"),
    NodeKind.EXPORT: Message("导出", "Export"),
    NodeKind.DESTINATION: Message("外部去向", "Destination"),
    NodeKind.STORE: Message("存放处", "Store"),
    NodeKind.OTHER: Message("其他定义", "Other definition"),
}
WAYS: Mapping[Way, Message] = {
    Way.IDENTITY: Message("原样", "as it is"),
    Way.TRANSFORMATION: Message("计算", "computed"),
    Way.AGGREGATION: Message("汇总", "folded"),
    Way.JOIN: Message("关联", "joins"),
    Way.GROUP_BY: Message("分组", "groups"),
    Way.FILTER: Message("筛选", "filters"),
    Way.SORT: Message("排序", "orders"),
    Way.WINDOW: Message("分区", "partitions"),
    Way.CONDITIONAL: Message("判断", "decides"),
}
PURPOSES: Mapping[Purpose, Message] = {
    Purpose.COLLECT: Message("采集", "collecting"),
    Purpose.OPERATE: Message("业务处理", "operation"),
    Purpose.DISPLAY: Message("展示", "display"),
    Purpose.ANALYSE: Message("分析", "analysis"),
    Purpose.DECIDE: Message("辅助决策", "decisions"),
    Purpose.TRAIN: Message("训练模型", "training"),
    Purpose.DELIVER: Message("对外交付", "delivery"),
    Purpose.STORE: Message("存放", "keeping"),
}
STATUSES: Mapping[Status, Message] = {
    Status.GREEN: Message("合规", "in order"),
    Status.AMBER: Message("待核", "to be looked at"),
    Status.RED: Message("越界", "out of bounds"),
}


def words_of_node(node: Node, language: str) -> str:
    """What a node is called: its label, or its name where it has none."""
    return node.label.text(language) or node.name
