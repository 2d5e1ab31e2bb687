"""Findings: why a chain does not hold, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.diagnostics import Message


class Cause(StrEnum):
    """What breaks a chain."""

    MISSING = "missing"
    ALTERED = "altered"
    FORGOTTEN = "forgotten"
    EARLIER = "earlier"
    HEAD = "head"
    UNSIGNED = "unsigned"
    REWRITTEN = "rewritten"
    CUT = "cut"
    FALSE_ANCHOR = "false_anchor"


WORDS = {
    Cause.MISSING: Message(
        "这一条不在原位：被删除、移动或插入过", "the entry is not in its place: removed, moved or inserted"
    ),
    Cause.ALTERED: Message("这一条的内容或封存被改动过", "the entry or its seal was altered"),
    Cause.FORGOTTEN: Message(
        "这一条的对象被替换，却没有说明替换的记录", "what the entry is about was replaced, and no act says so"
    ),
    Cause.EARLIER: Message(
        "旧版本封存的部分与衔接记录的摘要不符",
        "what an earlier release sealed is not what the digest of the entry after it says",
    ),
    Cause.HEAD: Message(
        "链头与最后一条不符：末尾被截去", "the head disagrees with the last entry: the end was cut off"
    ),
    Cause.UNSIGNED: Message(
        "从这里起没有本安装密钥的签名担保：有人重写了后面的部分",
        "from here on no signature by the installation's key vouches: somebody wrote it anew",
    ),
    Cause.REWRITTEN: Message(
        "与已签名的链头不符：从上一个相符的链头之后被重写",
        "it is not what a signed head says: written anew since the last head that agrees",
    ),
    Cause.CUT: Message(
        "锚定的链头比现有的链更长：末尾被截去", "an anchored head is of a longer chain: the end was cut off"
    ),
    Cause.FALSE_ANCHOR: Message("锚定行的签名不成立", "the signature of an anchored line does not hold"),
}


@dataclass(frozen=True, slots=True)
class Broken:
    """The first position from which the chain does not hold, and why."""

    position: int
    cause: Cause

    @property
    def words(self) -> Message:
        return WORDS[self.cause]
