"""DingTalk (钉钉): the robot of a group, signed with HMAC-SHA256 (加签)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

from engine.extensions import NotifierReach
from engine.model.channels import Channel
from engine.model.outgoing import OutgoingMessage
from engine.runtime.notifying.notifiers.asking import asked, number, people_of, texts, too_many
from engine.runtime.notifying.notifiers.wecom import MOBILE, cut
from engine.runtime.notifying.reasons import failure

BUSY = frozenset({130101, 410100, 90018, -1})
BAD_KEY = frozenset({300001, 300005, 400013, 400101})
NOT_SAFE = 310000
LONGEST = 18_000


class DingTalkRobot:
    """A robot in a group: whoever is meant is mentioned by mobile number."""

    type = "dingtalk_robot"
    group = True

    def address(self, text: str) -> str | None:
        found = text.strip().replace(" ", "")
        return found if MOBILE.fullmatch(found) else None

    def send(self, channel: Channel, message: OutgoingMessage, reach: NotifierReach) -> None:
        path = f"/robot/send?access_token={quote(reach.secret(channel.setting('secret')), safe='')}"
        signing = channel.setting("signing")
        if signing:
            path += signature(reach.secret(signing), reach.context.now)
        people = people_of(message)
        content = cut(texts(message), LONGEST) + "".join(f" @{one}" for one in people)
        body = {"msgtype": "text", "text": {"content": content}, "at": {"atMobiles": list(people), "isAtAll": False}}
        answer = asked(channel, reach, path, message.level, body)
        code = number(answer, "errcode")
        if code == 0:
            return
        if code in BUSY and "errcode" in answer:
            raise too_many()
        if code == NOT_SAFE:
            raise failure("bad_signature", str(code), final=True)
        raise failure("bad_key" if code in BAD_KEY else "rejected", str(code), final="errcode" in answer)


def signature(secret: str, now: datetime) -> str:
    """The end of the path that says when and by whom it was signed."""
    stamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(secret.encode("utf-8"), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"&timestamp={stamp}&sign={quote(base64.b64encode(digest).decode('ascii'), safe='')}"
