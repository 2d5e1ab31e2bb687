"""The notifiers of an installation by type: the built-in ones, then those that distributions register."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from engine.extensions import ENTRY_POINT_GROUP, Notifier
from engine.runtime.notifying.notifiers.dingtalk import DingTalkRobot
from engine.runtime.notifying.notifiers.email import Email
from engine.runtime.notifying.notifiers.feishu import FeishuRobot
from engine.runtime.notifying.notifiers.wecom import WeComApp, WeComRobot


@cache
def installed_notifiers() -> Mapping[str, Notifier]:
    """Every notifier by its type. Raises ValueError when two bear one."""
    found: dict[str, Notifier] = {}
    others = [point.load() for point in entry_points(group=ENTRY_POINT_GROUP)]
    for one in (Email(), WeComRobot(), WeComApp(), DingTalkRobot(), FeishuRobot(), *others):
        if isinstance(one, Notifier):
            if one.type in found:
                raise ValueError(f"two notifiers are named {one.type}")
            found[one.type] = one
    return found
