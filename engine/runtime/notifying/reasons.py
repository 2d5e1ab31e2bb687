"""Reasons: why a message was not delivered, as stable words with sentences; a job keeps the word and the other side's code."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message
from engine.extensions import NotDelivered
from engine.runtime.sovereignty.decision import REASONS as GATE_REASONS

REASONS: Mapping[str, Message] = {
    "no_channel": Message("渠道已不再声明", "The channel is declared no more"),
    "no_notifier": Message("没有安装这种渠道的通知程序", "No notifier of this type is installed"),
    "no_secret": Message("没有设置密钥的环境变量", "The environment has no such secret"),
    "bad_key": Message(
        "对方不认识 key 或 token(93000 一类)，请核对密钥", "The other side does not know the key or token"
    ),
    "bad_signature": Message(
        "加签、关键词或 IP 白名单不符，请核对机器人的安全设置",
        "Signature, keyword or allowed addresses do not fit: check the robot's security settings",
    ),
    "no_person": Message("对方没有这个收件人", "The other side does not know the recipient"),
    "busy": Message("对方限流，稍后自动再发", "The other side takes no more for now; it is sent later"),
    "paced": Message("已达渠道每分钟上限，稍后自动再发", "The channel's limit a minute is reached; it is sent later"),
    "answered": Message("对方返回错误状态", "The other side answered with an error"),
    "no_answer": Message("对方的回应读不懂", "The answer cannot be read"),
    "rejected": Message("对方拒绝了消息", "The other side rejected the message"),
    "mail_refused": Message("邮件服务器拒收", "The mail server refused"),
    "mail_sign_in": Message("邮件服务器不接受登录名或密码", "The mail server does not take user or password"),
    "mail_no_encryption": Message(
        "邮件服务器不支持 STARTTLS，没有发出", "The mail server offers no STARTTLS; nothing was sent"
    ),
}


def busy(reason: str, seconds: float) -> NotDelivered:
    """The other side, or its limit that we keep, takes no more for so long: that counts as no try."""
    return NotDelivered(reason, REASONS[reason], again=seconds, busy=True)


def failure(reason: str, detail: str = "", final: bool = False) -> NotDelivered:
    """Why a message was not delivered, with what the other side calls it."""
    words = REASONS[reason]
    zh, en = (f"{words.zh}({detail})", f"{words.en} ({detail})") if detail else (words.zh, words.en)
    return NotDelivered(f"{reason}:{detail}" if detail else reason, Message(zh, en), final=final)


def reason_words(reason: str) -> Message | None:
    """The sentence of a kept reason such as `bad_key:93000` or `egress:undeclared`; None for what is none of ours."""
    word, _, detail = reason.partition(":")
    if word == "egress" and detail in GATE_REASONS:
        words = GATE_REASONS[detail]
        return Message(f"出口闸：{words.zh}", f"Egress gate: {words.en}")
    found = REASONS.get(word)
    if found is None or not detail:
        return found
    return Message(f"{found.zh}({detail})", f"{found.en} ({detail})")
