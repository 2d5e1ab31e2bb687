"""What the kinds of resources are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.diagnostics import Message

KIND_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "pack": Message("应用包", "pack"),
        "entities": Message("实体", "entity"),
        "roles": Message("角色", "role"),
        "access": Message("权限", "rights"),
        "units": Message("单元类型", "kind of unit"),
        "forms": Message("表单", "form"),
        "pages": Message("页面", "page"),
        "dashboards": Message("看板", "dashboard"),
        "metrics": Message("指标", "metric"),
        "workflows": Message("流程", "workflow"),
        "sources": Message("数据源", "source"),
        "destinations": Message("目的地", "destination"),
        "channels": Message("通知渠道", "channel"),
        "pipelines": Message("数据管道", "pipeline"),
        "negotiations": Message("谈判沙盘", "negotiation"),
        "maps": Message("决策链图", "decision-chain map"),
        "knowledge": Message("知识图谱", "knowledge graph"),
        "rules": Message("规则", "rule"),
        "duties": Message("每日必填", "duty"),
        "alerts": Message("异常预警", "alert"),
        "documents": Message("文档", "document"),
        "policies": Message("策略", "policy"),
        "texts": Message("译文", "texts"),
        "demo": Message("演示数据", "demo data"),
        "tests": Message("测试", "tests"),
    }
)
"""Every kind that a pack may hold, in the order in which changes are listed."""


def kind_words(kind: str) -> Message:
    """What a kind is called; one that is not known by its own name."""
    return KIND_WORDS.get(kind, Message(kind, kind))
