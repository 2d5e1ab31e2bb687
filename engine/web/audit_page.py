"""The audit log for administrators: who did what with the installation's doors, and whether the chain holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from engine.diagnostics import Message
from engine.runtime.audit import AuditEntry, first_broken, newest
from engine.runtime.identity.users import User, all_users
from engine.runtime.work import Work
from engine.web.calls import Call, whole_number
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PAGE = 50
ACTIONS = {
    "sign_in": Message("登录", "Sign in"),
    "view_as": Message("以角色查看", "View as role"),
    "export": Message("导出", "Export"),
    "views": Message("列表视图", "Views of a list"),
    "bulk": Message("批量操作", "Act on many rows"),
    "bulk_results": Message("下载批量操作的结果", "Download of what became of many rows"),
    "screens": Message("大屏链接", "Screen links"),
    "reports": Message("订阅报表", "Subscription to a report"),
    "figure_watch": Message("盯一个指标", "Bound on a figure"),
    "document": Message("生成单据", "Document made"),
    "import": Message("导入", "Import"),
    "import_problems": Message("下载待改正的行", "Download of lines to mend"),
    "account": Message("修改账号", "Change of account"),
    "second_step": Message("登录第二步", "Second step of signing in"),
    "second_factor": Message("两步验证", "Two-step sign-in"),
    "sessions": Message("退出设备", "Sign-out of devices"),
    "set_up": Message("系统设置", "Set-up of the installation"),
    "password_link": Message("用链接设置密码", "Password chosen by link"),
    "invite": Message("邀请人员", "Invitation"),
    "demonstration": Message("演示数据：生成或清除", "Demonstration made or taken away"),
    "publish": Message("发布定义", "Publication of definitions"),
    "rollback": Message("退回到以前的版本", "Return to a former version"),
    "design": Message("修改定义草稿", "Change of the draft of definitions"),
    "wipe_demo": Message("清除演示数据", "Wipe of demo data"),
    "organisation": Message("修改组织", "Change of organisation"),
    "token": Message("API 令牌", "API token"),
    "delegation": Message("委托席位或审批", "Delegation of a seat or of approvals"),
    "hand_over": Message("交接", "Hand-over"),
    "reorganisation": Message("组织变更", "Reorganisation"),
    "calendar": Message("修改工作日历", "Change of the working calendar"),
    "jobs": Message("处理作业", "Retry or end of a job"),
    "settings": Message("更改设置", "Change of a setting"),
    "invitations": Message("撤回邀请", "Invitation taken back"),
    "all_sessions": Message("结束会话", "End of sessions"),
    "providers": Message("登录服务", "Sign-in services"),
    "ended_by_provider": Message("登录服务通知退出", "Signed out by a sign-in service"),
    "end_token": Message("结束 API 令牌", "End of an API token"),
    "measure": Message("测量存储", "Measuring of storage"),
    "levels": Message("决定字段级别", "Decision on the level of a field"),
    "knowledge": Message("修改知识图谱", "Change of a knowledge graph"),
    "model_training": Message("训练模型", "Training of a model"),
    "model_training_end": Message("停止训练", "End of a training"),
    "model_deploy": Message("模型上线", "Deploy of a model"),
    "negotiation_decision": Message("谈判决策", "Decision in a negotiation"),
    "model_rollback": Message("模型退回", "Rollback of a model"),
    "sources": Message("运行数据源", "Run of a source"),
    "users": Message("修改人员", "Change of people"),
    "promote": Message("更换定义", "Change of the definitions"),
    "uninstall": Message("卸载应用包", "Removal of a pack"),
    "purge": Message("彻底删除停用的数据", "Retired data deleted for good"),
    "prune": Message("按期清理", "Pruning by age"),
    "restore": Message("从备份恢复", "Restore from a backup"),
}
OUTCOMES = {"done": Message("完成", "Done"), "refused": Message("拒绝", "Refused")}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader filters by: codes, an account; `where` is the same as conditions of the log."""

    action: str
    outcome: str
    actor: str
    where: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry as it is read."""

    position: int
    at: str
    actor: str
    viewing_as: str
    action: str
    subject: str
    outcome: str
    refused: bool
    address: str


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/audit?action=…&outcome=…&actor=…&below=…: entries newest first, fifty a page."""
    language, below = work.context.language, call.first.get("below", "")
    users = sorted(all_users(work.session), key=lambda one: one.label)
    chosen = _chosen(call, users)
    position = whole_number(below)
    found = newest(work.session, position, PAGE + 1, chosen.where)
    names = {user.id: user.label for user in users}
    broken = first_broken(work.session, work.key) if not below else None
    values = {
        "title": Message("审计", "Audit log").text(language),
        "lines": [_line(work, entry, names) for entry in found[:PAGE]],
        "older": _address(chosen, found[PAGE - 1].position) if len(found) > PAGE else "",
        "broken": broken,
        "first": not below and not chosen.where,
        "chosen": chosen,
        "actions": sorted(((name, words.text(language)) for name, words in ACTIONS.items()), key=lambda one: one[1]),
        "outcomes": [(name, words.text(language)) for name, words in OUTCOMES.items()],
        "people": [(user.account, user.label) for user in users],
    }
    return page_response(work, call, site, "audit.html", values)


def _chosen(call: Call, users: Sequence[User]) -> Chosen:
    """What the address asks for; what it does not know is left out."""
    asked, where = call.first, dict[str, object]()
    action, outcome = asked.get("action", ""), asked.get("outcome", "")
    user = next((one for one in users if one.account == asked.get("actor", "")), None)
    if action in ACTIONS:
        where["action"] = action
    if outcome in OUTCOMES:
        where["outcome"] = outcome
    if user is not None:
        where["actor"] = user.id
    return Chosen(
        action if action in ACTIONS else "", outcome if outcome in OUTCOMES else "", user.account if user else "", where
    )


def _address(chosen: Chosen, below: int) -> str:
    given = {"action": chosen.action, "outcome": chosen.outcome, "actor": chosen.actor, "below": str(below)}
    return f"/admin/audit?{urlencode({name: value for name, value in given.items() if value})}"


def _line(work: Work, entry: AuditEntry, names: dict[int, str]) -> AuditLine:
    act, context = entry.act, work.context
    role = work.model.roles.get(act.viewing_as or "")
    action = ACTIONS.get(act.action)
    return AuditLine(
        position=entry.position,
        at=format_instant(act.at, context.language, context.now, context.zone),
        actor=names.get(act.actor or 0, "—"),
        viewing_as=role.label.text(context.language) if role else "",
        action=action.text(context.language) if action else act.action,
        subject=act.subject,
        outcome=OUTCOMES.get(act.outcome, OUTCOMES["done"]).text(context.language),
        refused=act.outcome == "refused",
        address=act.address or "—",
    )
