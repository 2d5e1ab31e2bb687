"""The audit log for administrators: who did what with the installation's doors, and whether the chain holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import Response

from engine.diagnostics import Message
from engine.runtime.audit import AuditEntry, Unsealed, newest
from engine.runtime.audit_chain.sealing import last_signed, newest_head, read_head
from engine.runtime.audit_chain.signing import SignedHead
from engine.runtime.audit_chain.verifying import Proofs, Verdict, verify_chain
from engine.runtime.identity.users import User, all_users
from engine.runtime.work import Work
from engine.web.calls import Call, whole_number
from engine.web.qr import qr_svg
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PAGE = 50
VERIFIED_HERE = 5000
"""How many of the newest entries the page verifies at least, and a shorter chain whole: it answers as fast in any year."""
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
    "subjects": Message("主体请求", "Request of a data subject"),
    "subject_certificate": Message("下载清除证书", "Download of a certificate of erasure"),
    "subject_erased": Message("清除数据主体", "Erasure of a data subject"),
    "keys": Message("密钥：更换、销毁或备份", "Keys renewed, destroyed or copied"),
    "restore": Message("从备份恢复", "Restore from a backup"),
    "read": Message("读取敏感字段", "Read of guarded fields"),
    "canary": Message("金丝雀记录", "Canary record"),
    "canary_end": Message("金丝雀记录撤销", "Canary record withdrawn"),
    "canary_read": Message("警报：金丝雀记录被读取", "Alarm: a canary record was read"),
    "audit_chain": Message("审计链按新规则继续", "Audit log goes on under the present rule"),
    "audit_went_on": Message("审计链在不明记录之后继续", "Audit log goes on behind an entry nobody sealed"),
    "audit_replaced": Message("审计记录换成化名", "Pseudonym put into the audit log"),
    "egress": Message("外发被拒绝", "Refusal of what would leave"),
    "egress_board": Message("外发断路器看板", "Act on the breaker board"),
    "egress_kill": Message("按下外发总开关", "Kill switch of all that leaves"),
    "egress_ask": Message("申请恢复断路器", "Breaker: closing asked for"),
    "egress_agree": Message("批准恢复断路器", "Breaker: closing agreed to"),
    "egress_closed": Message("断路器恢复", "Breaker closed"),
    "egress_reopened": Message("断路器再次断开", "Breaker opened again"),
    "egress_ticket": Message("整改工单关闭", "Rectification ticket closed"),
    "egress_drill": Message("外发演练", "Drill of what leaves"),
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

    position: str
    at: str
    actor: str
    viewing_as: str
    action: str
    subject: str
    outcome: str
    refused: bool
    address: str


@dataclass(frozen=True, slots=True)
class ChainState:
    """How the chain stands, as the page tells it: what was verified, what waits, the newest signed head, what is anchored."""

    verdict: Verdict
    oldest: str
    signed: str
    signed_at: str
    seal: str
    anchored: str
    anchors_behind: bool

    @property
    def broken(self) -> int | None:
        return self.verdict.broken.position if self.verdict.broken else None

    @property
    def unsealed(self) -> int:
        return self.verdict.unsealed.count


LATE = timedelta(seconds=30)
"""How long an entry may wait to be sealed before the page warns: it waits about a second while all is well."""
ANCHOR_LATE = timedelta(minutes=5)
"""How long a signed head may wait to be anchored before the page warns."""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/audit?action=…&outcome=…&actor=…&below=…: entries newest first, fifty a page."""
    language, below = work.context.language, call.first.get("below", "")
    users = sorted(all_users(work.session), key=lambda one: one.label)
    chosen = _chosen(call, users)
    position = whole_number(below.removeprefix("-"))
    position = -position if position is not None and below.startswith("-") else position
    found = newest(work.session, position, PAGE + 1, chosen.where)
    names = {user.id: user.label for user in users}
    chain = _chain(work, site) if not below else None
    values = {
        "title": Message("审计", "Audit log").text(language),
        "lines": [_line(work, entry, names) for entry in found[:PAGE]],
        "older": _address(chosen, found[PAGE - 1]) if len(found) > PAGE else "",
        "chain": chain,
        "late": chain is not None and _is_late(work, chain.verdict.unsealed),
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


def _chain(work: Work, site: Site) -> ChainState:
    """What is verified of the chain, and how far it is signed and anchored."""
    session, verdict = work.session, verify_chain(work.session, Proofs(work.key, newest=VERIFIED_HERE))
    head, newest_one, kept = read_head(session), newest_head(session), last_signed(session)
    anchored = head.anchored if head is not None else 0
    behind = kept is not None and kept.position > anchored and work.context.now - kept.when > ANCHOR_LATE
    return ChainState(
        verdict=verdict,
        oldest=_instant(work, verdict.unsealed.oldest),
        signed=str(newest_one.position) if newest_one else "",
        signed_at=_instant(work, newest_one.when if newest_one else None),
        seal=newest_one.seal if newest_one else "",
        anchored=str(anchored) if site.live.current().audit_anchors else "",
        anchors_behind=bool(site.live.current().audit_anchors) and behind,
    )


def _is_late(work: Work, waiting: Unsealed) -> bool:
    return waiting.oldest is not None and work.context.now - waiting.oldest > LATE


def _instant(work: Work, at: datetime | None) -> str:
    context = work.context
    return format_instant(at, context.language, context.now, context.zone) if at is not None else ""


def show_head(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/audit/head: the newest signed head on a page to print and file away, with a code that holds all of it."""
    language, head = work.context.language, newest_head(work.session)
    values = {
        "title": Message("审计链头", "Head of the audit log").text(language),
        "head": head,
        "at": _printed(work, head.when) if head else "",
        "code": _code(head, language) if head else "",
        "installation": site.live.current().name,
    }
    return page_response(work, call, site, "audit_head.html", values)


def _printed(work: Work, at: datetime) -> str:
    """A time that a sheet of paper still tells in years."""
    return at.astimezone(ZoneInfo(work.context.zone)).isoformat(sep=" ", timespec="seconds")


def _code(head: SignedHead, language: str) -> Markup:
    return qr_svg(head.line, Message("链头的二维码", "Code of the head").text(language))


def _address(chosen: Chosen, last: AuditEntry) -> str:
    below = last.position or -last.ticket
    given = {"action": chosen.action, "outcome": chosen.outcome, "actor": chosen.actor, "below": str(below)}
    return f"/admin/audit?{urlencode({name: value for name, value in given.items() if value})}"


def _line(work: Work, entry: AuditEntry, names: dict[int, str]) -> AuditLine:
    act, context = entry.act, work.context
    role = work.model.roles.get(act.viewing_as or "")
    action = ACTIONS.get(act.action)
    return AuditLine(
        position=str(entry.position) if entry.position else Message("待封存", "unsealed").text(context.language),
        at=format_instant(act.at, context.language, context.now, context.zone),
        actor=names.get(act.actor or 0, "—"),
        viewing_as=role.label.text(context.language) if role else "",
        action=action.text(context.language) if action else act.action,
        subject=act.subject,
        outcome=OUTCOMES.get(act.outcome, OUTCOMES["done"]).text(context.language),
        refused=act.outcome == "refused",
        address=act.address or "—",
    )
