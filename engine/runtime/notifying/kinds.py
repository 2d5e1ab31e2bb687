"""Kinds of notices: what people are told of, each with its words; which ones are urgent."""

from __future__ import annotations

from enum import StrEnum

from engine.diagnostics import Message


class NoticeKind(StrEnum):
    """What somebody is told of."""

    APPROVAL = "approval"
    COPY = "copy"
    MENTION = "mention"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    URGE = "urge"
    NOTIFY = "notify"
    REPORT = "report"
    FIGURE = "figure"
    MODEL = "model"


URGENT = frozenset({NoticeKind.ESCALATION, NoticeKind.URGE})
"""What somebody else waits for already."""
AT_ITS_HOUR = frozenset({NoticeKind.REPORT})
"""What comes at an hour of its own: it waits for no digest and leaves as a letter of its own."""
WORDS = {
    NoticeKind.APPROVAL: Message("待办", "To do"),
    NoticeKind.COPY: Message("抄送", "Copy"),
    NoticeKind.MENTION: Message("提到你", "Mention"),
    NoticeKind.REMINDER: Message("到期提醒", "Reminder"),
    NoticeKind.ESCALATION: Message("逾期升级", "Escalation"),
    NoticeKind.URGE: Message("催办", "Urged"),
    NoticeKind.NOTIFY: Message("通知", "Notice"),
    NoticeKind.REPORT: Message("报表", "Report"),
    NoticeKind.FIGURE: Message("指标提醒", "Figure"),
    NoticeKind.MODEL: Message("模型提醒", "Model"),
}
ABOUT = {
    NoticeKind.APPROVAL: Message("审批、办理、退回修改", "Approvals, tasks, what was sent back"),
    NoticeKind.COPY: Message("流程抄送给我", "Flows that I get a copy of"),
    NoticeKind.MENTION: Message("有人在评论里 @ 我", "Somebody names me in a comment"),
    NoticeKind.REMINDER: Message("我的待办快到期或已到期", "What waits for me is due"),
    NoticeKind.ESCALATION: Message("下属逾期，转到我这里", "What others left undone comes to me"),
    NoticeKind.URGE: Message("有人催我处理", "Somebody urges me"),
    NoticeKind.NOTIFY: Message("流程发出的通知", "What flows tell me"),
    NoticeKind.REPORT: Message("我订阅的报表、同事发来的单据", "Reports that I asked for, papers that colleagues send"),
    NoticeKind.FIGURE: Message("我盯的指标过了线", "A figure that I watch passes its bound"),
    NoticeKind.MODEL: Message("我批准的模型漂移或不再准", "A model that I approve has moved, or is no longer true"),
}


def kind_of(text: str) -> NoticeKind:
    """The kind of a stored word."""
    return NoticeKind(text) if text in set(NoticeKind) else NoticeKind.NOTIFY
