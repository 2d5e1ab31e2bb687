"""The audit log for administrators: who did what with the installation's doors, and whether the chain holds."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import Message
from engine.runtime.audit import AuditEntry, first_broken, newest
from engine.runtime.identity.users import all_users
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PAGE = 50
ACTIONS = {
    "sign_in": Message("登录", "Sign in"),
    "view_as": Message("以角色查看", "View as role"),
    "export": Message("导出", "Export"),
    "import": Message("导入", "Import"),
    "account": Message("修改账号", "Change of account"),
    "second_step": Message("登录第二步", "Second step of signing in"),
    "second_factor": Message("两步验证", "Two-step sign-in"),
    "sessions": Message("退出设备", "Sign-out of devices"),
    "set_up": Message("系统设置", "Set-up of the installation"),
    "password_link": Message("用链接设置密码", "Password chosen by link"),
    "invite": Message("邀请人员", "Invitation"),
    "wipe_demo": Message("清除演示数据", "Wipe of demo data"),
    "organisation": Message("修改组织", "Change of organisation"),
    "token": Message("API 令牌", "API token"),
    "delegation": Message("委托席位", "Delegation of a seat"),
    "retry_job": Message("重试任务", "Retry of a job"),
    "sources": Message("运行数据源", "Run of a source"),
    "users": Message("修改人员", "Change of people"),
    "restore": Message("从备份恢复", "Restore from a backup"),
}
OUTCOMES = {"done": Message("完成", "Done"), "refused": Message("拒绝", "Refused")}


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
    """GET /admin/audit?below=…: entries newest first, fifty a page."""
    below = call.first.get("below", "")
    found = newest(work.session, int(below) if below.isdecimal() and len(below) < 19 else None, PAGE + 1)
    names = {user.id: user.label for user in all_users(work.session)}
    broken = first_broken(work.session, work.key) if not below else None
    values = {
        "title": Message("审计记录", "Audit log").text(work.context.language),
        "lines": [_line(work, entry, names) for entry in found[:PAGE]],
        "older": found[PAGE - 1].position if len(found) > PAGE else None,
        "broken": broken,
        "first": not below,
    }
    return page_response(work, call, site, "audit.html", values)


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
