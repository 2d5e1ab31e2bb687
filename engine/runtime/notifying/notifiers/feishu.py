"""Feishu (飞书): the robot of a group, signed with HMAC-SHA256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import datetime
from urllib.parse import quote

from engine.extensions import NotifierReach
from engine.model.channels import Channel
from engine.model.outgoing import OutgoingMessage
from engine.runtime.notifying.notifiers.asking import asked, number, people_of, texts, too_many
from engine.runtime.notifying.notifiers.wecom import cut
from engine.runtime.notifying.reasons import failure

BUSY = frozenset({11232, 99991400})
BAD_REQUEST = 9499
"""`Bad Request`, and `too many request` under the same number."""
BAD_KEY = frozenset({19001, 19002})
NOT_SAFE = frozenset({19021, 19022, 19024})
"""Signature or time, address, keyword."""
LONGEST = 18_000
_PERSON = re.compile(r"o[un]_[0-9a-zA-Z]{8,64}|[0-9a-zA-Z]{4,32}")


class FeishuRobot:
    """A robot in a group: whoever is meant is mentioned by open id or user id."""

    type = "feishu_robot"
    group = True

    def address(self, text: str) -> str | None:
        found = text.strip()
        return found if _PERSON.fullmatch(found) and found != "all" else None

    def send(self, channel: Channel, message: OutgoingMessage, reach: NotifierReach) -> None:
        text = cut(texts(message), LONGEST).replace("<", "＜").replace(">", "＞")  # no mention of all in a title
        mentions = "".join(f' <at user_id="{one}"></at>' for one in people_of(message))
        body: dict[str, object] = {"msg_type": "text", "content": {"text": text + mentions}}
        signing = channel.setting("signing")
        if signing:
            body = signed(reach.secret(signing), reach.context.now) | body
        path = f"/open-apis/bot/v2/hook/{quote(reach.secret(channel.setting('secret')), safe='')}"
        answer = asked(channel, reach, path, message.level, body)
        code = number(answer, "code", "StatusCode")
        if code == 0:
            return
        if code in BUSY or (code == BAD_REQUEST and "too many" in str(answer.get("msg", "")).lower()):
            raise too_many()
        if code in NOT_SAFE:
            raise failure("bad_signature", str(code), final=True)
        raise failure("bad_key" if code in BAD_KEY else "rejected", str(code), final=code > 0)


def signed(secret: str, now: datetime) -> dict[str, object]:
    """What says when and by whom a body was signed: the key is stamp and secret, the text is empty."""
    stamp = str(int(now.timestamp()))
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode("ascii")}
