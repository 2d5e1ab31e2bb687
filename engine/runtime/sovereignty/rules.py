"""Rules: every reason for a refusal or a failure as a stable word, with its sentence and what mends it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message

REASONS: Mapping[str, Message] = {
    "undeclared": Message("没有声明这个去向", "This destination is not declared"),
    "level": Message("数据级别高于该去向允许的级别", "The data are of a higher level than may go there"),
    "purpose": Message("该去向不服务于此用途", "The destination does not serve this purpose"),
    "jurisdiction": Message("数据不得去往该法域", "The data may not go to that jurisdiction"),
    "decision_chain": Message("决策链数据不得出境", "Data about who decides at a customer never go abroad"),
    "training": Message("训练用途只能在境内", "A model is trained at home alone"),
    "evidence": Message("去向没有有效的出境依据", "The destination has no evidence that holds"),
    "not_encrypted": Message(
        "外部地址必须加密：https 或带 TLS 的邮件(内网须声明 allow_private)",
        "An outside address needs https, mail needs TLS (one inside needs allow_private)",
    ),
    "protocol": Message("去向声明的协议不是这一种", "The destination is declared for another protocol"),
    "bad_request": Message("路径或方法写法不正确", "The path or the method is not well formed"),
    "host": Message("主机名的写法不允许", "The host is not written as one may be"),
    "address": Message(
        "主机解析到不允许的地址(本机、内网或链路本地)",
        "The host resolves to an address that is not allowed (loopback, private or link-local)",
    ),
    "nets": Message("主机的地址离开了声明的网段", "The host's address has left the declared networks"),
    "redirect": Message("对方要求转到未声明的地址", "The answer leads to an address that is not declared"),
    "redirects": Message("转向次数过多", "There are too many redirects"),
    "folder": Message("文件夹不是声明的备份去向", "The folder is not the declared one"),
    "canary": Message("内容里有诱饵数据", "A canary stands in what was to leave"),
    "breaker": Message(
        "断路器已断开：须由一人申请、另一人批准，探测通过后才恢复",
        "The breaker is open: one person asks, another agrees and probes pass before it closes",
    ),
    "killed": Message(
        "已按下总开关，一切外发停止：须由一人申请、另一人批准后恢复",
        "The kill switch stopped all that leaves: one person asks and another agrees before it goes on",
    ),
    "counter": Message("本年送去其数据的人数已到上限", "The people whose data may go there this year are used up"),
    "unreadable": Message("策略或断路器状态读不出，按最严处理", "Policy or breakers cannot be read: nothing leaves"),
    "clock": Message("系统时钟倒退，无法按期限判断", "The clock has gone back: no term can be judged"),
    "pin": Message("对方证书的公钥不是声明的那一个", "The certificate's key is not the declared one"),
    "unresolved": Message("主机名无法解析", "The host name cannot be resolved"),
    "unreachable": Message("无法连接", "It cannot be reached"),
    "certificate": Message("证书无效或与主机名不符", "The certificate is not valid for the host"),
    "tls": Message("加密连接失败", "The encrypted connection failed"),
    "timed_out": Message("超过了时限", "It took longer than the limit"),
    "too_large": Message("回应超过大小上限", "The answer is over the size limit"),
    "encoded": Message("回应使用了未请求的压缩", "The answer is compressed, which was not asked for"),
    "mail_refused": Message("邮件服务器拒收", "The mail server refused"),
    "broken": Message("回应中断或不合协议", "The answer broke off or breaks the protocol"),
    "counter_near": Message("本年人数已过上限的八成", "Four fifths of this year's people are used up"),
    "probe": Message("恢复前的探测没有通过", "A probe before closing did not pass"),
    "drill": Message("演练", "A drill"),
}
"""Every reason, as a stable word."""

FIXES: Mapping[str, Message] = {
    "undeclared": Message(
        "在 destinations 里声明它，或改用已声明的去向", "Declare it in destinations, or name one that is declared"
    ),
    "level": Message(
        "改为脱敏后发送，去掉高级别字段，或由负责人提高去向的上限",
        "Send it masked, leave the fields out, or let the owner raise the ceiling",
    ),
    "purpose": Message("给去向加上这个用途，或换去向", "Give the destination this purpose, or take another one"),
    "jurisdiction": Message("改用境内的去向", "Take a destination at home"),
    "decision_chain": Message(
        "去掉决策链字段，或改用境内的去向", "Leave those fields out, or take a destination at home"
    ),
    "training": Message("在境内训练", "Train at home"),
    "evidence": Message("办理评估、合同或认证并写明有效期", "Get the assessment or certificate, and write its term"),
    "not_encrypted": Message("改为 https、smtps 或 STARTTLS", "Use https, smtps or STARTTLS"),
    "address": Message(
        "核对 DNS；内网去向写 allow_private 与 nets", "Check DNS; one inside needs allow_private and nets"
    ),
    "nets": Message("核对 DNS 与声明的网段", "Check DNS and the declared networks"),
    "redirect": Message("声明转向的目标，或请对方停止转向", "Declare where it leads, or have it lead nowhere"),
    "folder": Message("写到声明的文件夹，或改声明", "Write to the declared folder, or change the declaration"),
    "canary": Message("查明诱饵记录为何被读出", "Find out why the planted record was read"),
    "pin": Message("向对方核实换证书；属实再改 pins", "Ask whether they changed it; then change pins"),
    "certificate": Message("请对方更新证书", "Have the other side renew its certificate"),
    "tls": Message("请对方启用 TLS 1.2 以上", "Have the other side speak TLS 1.2 or newer"),
    "counter": Message("停止发送或办理更高一级的手续", "Stop, or get what a larger number needs"),
    "counter_near": Message("提前办理手续或减少人数", "Get what a larger number needs in time, or send fewer"),
}
NO_FIX = Message("核对去向的声明与发送方", "Check the destination's declaration and what sends")
BREACHES = frozenset(
    {
        "undeclared",
        "level",
        "purpose",
        "jurisdiction",
        "decision_chain",
        "training",
        "evidence",
        "not_encrypted",
        "protocol",
        "bad_request",
        "host",
        "address",
        "redirect",
        "redirects",
        "folder",
        "certificate",
        "tls",
    }
)
"""Reasons that are violations of a rule: they count by the level of the data."""
TRIPS = frozenset({"nets", "pin", "canary", "counter", "clock"})
"""Reasons that open the breaker of the whole destination whatever the level."""


def fix_of(reason: str) -> Message:
    """What mends what was refused for this reason."""
    return FIXES.get(reason, NO_FIX)


def explained(destination: str, reason: str) -> Message:
    """The sentence for people: what was refused and why; no value of what was to leave stands in it."""
    words = REASONS[reason]
    return Message(f"去向 {destination}:{words.zh}", f"Destination {destination}: {words.en}")
