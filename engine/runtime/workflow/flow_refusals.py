"""Refusals of flows: what may not happen to one now, in words."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message


class FlowRefused(DougongError):
    """Something that a flow does not allow where it stands; its code is `flow_` and the reason."""

    code = "flow_refused"
    status = 409

    def __init__(self, reason: str) -> None:
        super().__init__(_WORDS[reason])
        self.code = f"flow_{reason}"
        self.reason = reason


_WORDS = {
    "ended": Message("流程已结束", "The flow has ended"),
    "stale": Message("这一步已经有了结果，请刷新", "This step has been dealt with; please reload"),
    "not_yours": Message("现在不轮到你处理", "This does not wait for you"),
    "not_allowed": Message("这一步不允许这样处理", "This step does not allow that"),
    "no_such_step": Message("没有这个步骤", "There is no such step"),
    "not_there": Message("不能退到那一步", "It cannot go back to that step"),
    "already_asked": Message("所选的人已在本步骤中", "Everybody chosen is asked already"),
    "not_added_by_you": Message(
        "只能减去自己加签且尚未处理的人", "Only somebody you added who has not answered can be taken out"
    ),
    "acted_since": Message("后面已有人处理，不能撤回", "Somebody has acted since; it cannot be taken back"),
    "own_approval": Message("发起人不能审批自己发起的流程", "Nobody approves what they have started"),
    "not_withdrawable": Message("现在不能撤回", "It cannot be withdrawn now"),
    "not_sent": Message("这一步没有向外发送过内容", "This step has sent nothing outside"),
    "not_failed": Message("这一步没有出错", "This step has not failed"),
    "needs_comment": Message("请写明意见", "Please say why"),
    "unpicked": Message("还没有指定由谁处理", "Nobody has chosen yet who answers this"),
    "out_of_reach": Message("所选的人不在允许的范围内", "Somebody chosen is out of reach"),
    "condition": Message("现在还不满足发起条件", "It cannot be started as the record stands"),
    "running": Message("这条记录已有一个同样的流程在进行", "This record has such a flow already"),
    "too_soon": Message("刚刚催办过，请稍后再催", "A reminder was sent a moment ago"),
    "changed_text": Message(
        "流程定义已改变，无法按旧版本继续，请联系管理员迁移",
        "The definition has changed and the older text no longer fits; ask the administrator to migrate it",
    ),
}
