"""Why a source could not be looked at, in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import DougongError, Message

WAYS_OUT: Mapping[str, Message] = {
    "undeclared": Message(
        "默认不向任何地址发送数据：先声明这个地址并发布，或请有发布权限的人来做",
        "By default nothing leaves for anywhere: declare this address and publish it, or ask somebody who may publish",
    ),
    "purpose": Message("在去向的 purposes 中加上 operation", "Add operation to the purposes of the destination"),
    "not_encrypted": Message(
        "换成 https；确为内网地址时勾选「内网地址」", "Use https, or say that the address is one inside the house"
    ),
    "address": Message(
        "这是本机或内网地址：确认后在去向中勾选「内网地址」",
        "This is an address of this machine or of the house: say so at the destination, if you mean it",
    ),
    "unresolved": Message("检查主机名的写法", "Check how the host is spelled"),
    "unreachable": Message("检查主机、端口和防火墙", "Check host, port and firewall"),
    "timed_out": Message(
        "对方太慢或没有回应，过一会儿再试", "The other side is slow or does not answer; try again later"
    ),
    "certificate": Message("请对方更换证书，或检查主机名", "Have the certificate renewed, or check the host name"),
    "tls": Message("对方可能不支持加密，检查协议与端口", "The other side may speak no TLS; check protocol and port"),
    "not_authorised": Message("检查账号与密钥，再测试一次", "Check account and secret, then test again"),
    "no_secret": Message("在「登录」中填写并保存", "Type it at the sign-in and keep it"),
    "protocol": Message("换一个去向，或改它的协议", "Choose another destination, or change its protocol"),
    "no_destination": Message("选择或新建一个地址", "Choose an address or add one"),
    "no_file": Message("选择一个文件，或写 inbox 文件夹中的路径", "Choose a file, or name one of the inbox folder"),
}
"""What to do, by the stable word of a reason."""


def fault_body(error: DougongError, language: str) -> Mapping[str, object]:
    """A fault as the editor shows it: its stable word, what happened, and the way out."""
    reason = str(error.details.get("reason", error.code))
    way_out = WAYS_OUT.get(reason)
    hint = error.details.get("hint")
    told = way_out or (hint if isinstance(hint, Message) else None)
    return {
        "fault": {
            "reason": reason,
            "message": error.message.text(language),
            "hint": told.text(language) if told is not None else "",
        }
    }
