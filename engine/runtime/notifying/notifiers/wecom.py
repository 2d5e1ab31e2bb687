"""WeCom (企业微信): the robot of a group, and messages of an app to one person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import quote

from engine.extensions import NotifierReach
from engine.model.channels import Channel
from engine.model.outgoing import OutgoingMessage
from engine.runtime.notifying.notifiers.asking import asked, number, people_of, texts, too_many
from engine.runtime.notifying.reasons import failure

BUSY = frozenset({45009, 45033, -1})
"""Too often; -1 is `system busy`."""
BAD_KEY = frozenset({93000, 40001, 40013, 40056, 41004})
NO_PERSON = frozenset({40003, 60111, 81013, 46004})
STALE_TOKEN = frozenset({40014, 42001, 41001})
LONGEST = 2000
"""Bytes of a text at most (2048), some left for the cut."""
MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


def wecom_address(text: str) -> str | None:
    """A user id of WeCom, or a mobile number by which its robot mentions."""
    found = text.strip()
    return found if _USER.fullmatch(found) or MOBILE.fullmatch(found) else None


def cut(text: str, longest: int) -> str:
    """A text of so many bytes at most, whole characters."""
    content = text.encode("utf-8")
    return text if len(content) <= longest else content[: longest - 3].decode("utf-8", "ignore") + "…"


class WeComRobot:
    """A robot in a group: whoever is meant is mentioned, by user id or mobile number."""

    type = "wecom_robot"
    group = True

    def address(self, text: str) -> str | None:
        return wecom_address(text)

    def send(self, channel: Channel, message: OutgoingMessage, reach: NotifierReach) -> None:
        people = people_of(message)
        mobiles = [one.removeprefix("+").removeprefix("86") for one in people if MOBILE.fullmatch(one)]
        text = {
            "content": cut(texts(message), LONGEST),
            "mentioned_list": [one for one in people if not MOBILE.fullmatch(one)],
            "mentioned_mobile_list": mobiles,
        }
        key = quote(reach.secret(channel.setting("secret")), safe="")
        body = {"msgtype": "text", "text": text}
        _check(asked(channel, reach, f"/cgi-bin/webhook/send?key={key}", message.level, body))


@dataclass(slots=True)
class _Tokens:
    """Tokens of apps by channel, kept until the other side says that they are stale."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class WeComApp:
    """An app of the company, to one person. The other side drops what it has had within half an hour (duplicate check)."""

    type = "wecom_app"
    group = False

    def __init__(self) -> None:
        self._tokens = _Tokens()

    def address(self, text: str) -> str | None:
        found = text.strip()
        return found if _USER.fullmatch(found) else None

    def send(self, channel: Channel, message: OutgoingMessage, reach: NotifierReach) -> None:
        body = {
            "touser": message.recipient,
            "msgtype": "text",
            "agentid": channel.settings.get("agent"),
            "text": {"content": cut(texts(message), LONGEST)},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 1800,
        }
        answer = self._sent(channel, message, reach, body, fresh=False)
        if number(answer, "errcode") in STALE_TOKEN:
            answer = self._sent(channel, message, reach, body, fresh=True)
        _check(answer)
        if answer.get("invaliduser"):
            raise failure("no_person", final=True)

    def _sent(
        self, channel: Channel, message: OutgoingMessage, reach: NotifierReach, body: object, fresh: bool
    ) -> Mapping[str, object]:
        token = quote(self._token(channel, reach, fresh), safe="")
        return asked(channel, reach, f"/cgi-bin/message/send?access_token={token}", message.level, body)

    def _token(self, channel: Channel, reach: NotifierReach, fresh: bool) -> str:
        corporation, secret = channel.setting("corporation"), reach.secret(channel.setting("secret"))
        key = (corporation, secret)
        with self._tokens.lock:
            found = "" if fresh else self._tokens.known.get(key, "")
        if found:
            return found
        path = f"/cgi-bin/gettoken?corpid={quote(corporation, safe='')}&corpsecret={quote(secret, safe='')}"
        answer = asked(channel, reach, path, "G0")
        _check(answer)
        token = str(answer.get("access_token", ""))
        with self._tokens.lock:
            self._tokens.known[key] = token
        return token


def _check(answer: Mapping[str, object]) -> None:
    """Raises NotDelivered for what is no success."""
    code = number(answer, "errcode")
    if code == 0:
        return
    if code in BUSY and "errcode" in answer:
        raise too_many()
    if code in BAD_KEY:
        raise failure("bad_key", str(code), final=True)
    if code in NO_PERSON:
        raise failure("no_person", str(code), final=True)
    raise failure("rejected", str(code), final="errcode" in answer)
