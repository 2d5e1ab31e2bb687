"""Faults of signing in by a provider: what went wrong, in words for who wanted in and, besides, for who looks after it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import DougongError, Message

ASK = Message("请联系管理员", "Ask your administrator")
WORDS: Mapping[str, tuple[Message, int]] = {
    "down": (
        Message(
            "登录服务暂时连不上，请稍后再试，或用密码登录",
            "The sign-in service cannot be reached; try later or use a password",
        ),
        502,
    ),
    "broken": (
        Message(
            "登录服务的回答不合规范，没有登录。请联系管理员",
            "The sign-in service gave an answer that does not fit; not signed in. Ask your administrator",
        ),
        502,
    ),
    "refused": (
        Message(
            "登录服务没有同意这次登录。请重试，或换一个账号",
            "The sign-in service did not agree. Try again, or with another account",
        ),
        401,
    ),
    "stale": (
        Message("这次登录已经过期或用过了，请重新开始", "This sign-in has expired or was used already; start again"),
        401,
    ),
    "clock": (
        Message(
            "两边的时钟不一致，登录证明此刻无效。请管理员核对服务器时间",
            "The clocks do not agree, so the proof is not valid now. An administrator should check the server's time",
        ),
        401,
    ),
    "unproven": (
        Message(
            "登录证明无效，没有登录。请联系管理员",
            "The proof of who you are is not valid; not signed in. Ask your administrator",
        ),
        401,
    ),
    "unknown": (
        Message("你在这里还没有账号。请联系管理员开通", "You have no account here yet. Ask your administrator for one"),
        403,
    ),
    "unverified": (
        Message(
            "登录服务没有确认你的邮箱，无法认出你。请联系管理员",
            "The sign-in service has not verified your e-mail, so you cannot be recognised. Ask your administrator",
        ),
        403,
    ),
    "domain": (
        Message("这个邮箱的域名不能在这里登录", "Addresses of this domain cannot sign in here"),
        403,
    ),
    "disabled": (Message("这个账号已停用。请联系管理员", "This account is disabled. Ask your administrator"), 403),
    "set_up": (
        Message("这种登录方式没有配置好。请联系管理员", "This way of signing in is not set up. Ask your administrator"),
        503,
    ),
}
"""By code: the sentence for people, and the status of the page."""


class SignInFault(DougongError):
    """Somebody was not signed in by a provider; `code_word` is the stable word, `detail` for administrators."""

    code = "sign_in_by_provider"

    def __init__(self, word: str, zh: str, en: str) -> None:
        message, self.status = WORDS[word]
        super().__init__(message, word=word)
        self.word = word
        self.detail = Message(zh, en)
