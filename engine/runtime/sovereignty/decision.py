"""The decision on one request to leave: a pure function of what is declared and what is asked. Default deny."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.extensions import EgressRequest
from engine.model.sources import Destination

LEVELS = ("G0", "G1", "G2", "G3", "G4")
HTTP = frozenset({"http", "https"})
_PATH = re.compile(r"/(?!/)[\x21-\x7e]*")
_METHOD = re.compile(r"[A-Z]{3,7}")

REASONS: Mapping[str, Message] = {
    "undeclared": Message("没有声明这个去向", "This destination is not declared"),
    "level": Message("数据级别高于该去向允许的级别", "The data are of a higher level than may go there"),
    "purpose": Message("该去向不服务于此用途", "The destination does not serve this purpose"),
    "jurisdiction": Message("数据不得去往该法域", "The data may not go to that jurisdiction"),
    "not_encrypted": Message(
        "外部地址必须加密：https 或带 TLS 的邮件(内网须声明 allow_private)",
        "An outside address needs https, mail needs TLS (one inside needs allow_private)",
    ),
    "protocol": Message("去向声明的协议不是这一种", "The destination is declared for another protocol"),
    "bad_request": Message("路径或方法写法不正确", "The path or the method is not well formed"),
    "address": Message(
        "主机解析到不允许的地址(本机、内网或链路本地)",
        "The host resolves to an address that is not allowed (loopback, private or link-local)",
    ),
    "redirect": Message("对方要求转到未声明的地址", "The answer leads to an address that is not declared"),
    "redirects": Message("转向次数过多", "There are too many redirects"),
    "unresolved": Message("主机名无法解析", "The host name cannot be resolved"),
    "unreachable": Message("无法连接", "It cannot be reached"),
    "certificate": Message("证书无效或与主机名不符", "The certificate is not valid for the host"),
    "tls": Message("加密连接失败", "The encrypted connection failed"),
    "timed_out": Message("超过了时限", "It took longer than the limit"),
    "too_large": Message("回应超过大小上限", "The answer is over the size limit"),
    "encoded": Message("回应使用了未请求的压缩", "The answer is compressed, which was not asked for"),
    "mail_refused": Message("邮件服务器拒收", "The mail server refused"),
    "broken": Message("回应中断或不合协议", "The answer broke off or breaks the protocol"),
}
"""Every reason for a refusal or a failure, as a stable word."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The request may go to this destination."""

    destination: Destination


@dataclass(frozen=True, slots=True)
class Block:
    """The request may not leave."""

    reason: str


Decision = Pass | Block


def decide_egress(destination: Destination | None, request: EgressRequest, schemes: frozenset[str] = HTTP) -> Decision:
    """Whether a request may go to its destination, which is None when nobody declared it; `schemes` are those spoken."""
    if destination is None:
        return Block("undeclared")
    if destination.scheme not in schemes:
        return Block("protocol")
    if request.level not in LEVELS or LEVELS.index(request.level) > LEVELS.index(destination.max_level):
        return Block("level")
    if request.purpose not in destination.purposes:
        return Block("purpose")
    if request.level != "G0" and destination.jurisdiction not in request.jurisdictions:
        return Block("jurisdiction")
    if destination.scheme == "http" and not destination.allow_private:
        return Block("not_encrypted")
    if not (_METHOD.fullmatch(request.method) and _PATH.fullmatch(request.path)):
        return Block("bad_request")
    return Pass(destination)


def explained(destination: str, reason: str) -> Message:
    """The sentence for people."""
    words = REASONS[reason]
    return Message(f"去向 {destination}:{words.zh}", f"Destination {destination}: {words.en}")
