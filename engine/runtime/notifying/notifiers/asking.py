"""Asking a messenger's interface: JSON there and back over the egress gate, what goes wrong in words."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.extensions import EgressRequest, NotDelivered, NotifierReach
from engine.model.channels import Channel
from engine.model.outgoing import OutgoingMessage
from engine.runtime.notifying.reasons import busy, failure

PURPOSE = "notification"
"""The purpose for which messages leave: a destination of a channel must serve it."""
BUSY_SECONDS = 60.0
"""How long a messenger that says `too many` is left alone: its limits are by the minute."""
BYTES = 200_000


def asked(channel: Channel, reach: NotifierReach, path: str, level: str, body: object = None) -> Mapping[str, object]:
    """The JSON object that an interface answers. Raises NotDelivered; what the gate raises passes through."""
    request = EgressRequest(
        destination=channel.destination,
        method="GET" if body is None else "POST",
        path=path,
        purpose=PURPOSE,
        level=level,
        headers={"content-type": "application/json; charset=utf-8"},
        body=b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8"),
        byte_limit=BYTES,
        about=reach.about,
    )
    response = reach.egress.send(reach.context, request)
    if response.status == 429:
        wait = response.headers.get("retry-after", "")
        raise too_many(float(wait) if wait.isdecimal() and len(wait) <= 4 and 0 < int(wait) <= 3600 else BUSY_SECONDS)
    if response.status >= 300:
        raise failure("answered", str(response.status), final=400 <= response.status < 500 and response.status != 408)
    try:
        found = json.loads(response.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise failure("no_answer")
    return found


def number(answer: Mapping[str, object], *names: str) -> int:
    """The code of an answer; -1 where it has none."""
    return next((int(value) for name in names if isinstance(value := answer.get(name), int)), -1)


def too_many(seconds: float = BUSY_SECONDS) -> NotDelivered:
    """The other side takes no more for now."""
    return busy("busy", seconds)


def texts(message: OutgoingMessage) -> str:
    """The subject, then each thing with its link: what a messenger shows as plain text."""
    parts = [message.subject.text(message.language)] if len(message.lines) > 1 else []
    for line in message.lines:
        parts.append(f"· {line.text}" if len(message.lines) > 1 else line.text)
        parts += [line.url] if line.url else []
    return "\n".join(parts)


def people_of(message: OutgoingMessage) -> tuple[str, ...]:
    """The addresses that a message is meant for, each once."""
    return tuple(dict.fromkeys(one for line in message.lines for one in line.people))
