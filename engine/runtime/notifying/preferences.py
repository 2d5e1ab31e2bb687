"""Preferences: by which channels somebody wants to be told of what, where they are reached, and when they are left alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from engine.model.channels import Channel
from engine.model.names import empty_map
from engine.runtime.database.protocol import Session
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.rows import insert_first, select, update
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.work import Work

PREFERENCE = "dougong_notice_preference"
PREFERENCE_TABLE = Table(
    PREFERENCE,
    (
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("addresses", PhysicalKind.TEXT, nullable=False),
        Column("choices", PhysicalKind.TEXT, nullable=False),
        Column("quiet_from", PhysicalKind.TEXT),
        Column("quiet_until", PhysicalKind.TEXT),
        Column("urgent_through", PhysicalKind.BOOLEAN, nullable=False),
        Column("digest", PhysicalKind.TEXT, nullable=False),
        Column("digest_at", PhysicalKind.TEXT, nullable=False),
        Column("zone", PhysicalKind.TEXT, nullable=False),
    ),
    primary_key=("user_id",),
)
COLUMNS = tuple(one.name for one in PREFERENCE_TABLE.columns)
AT_FIRST = frozenset(NoticeKind) - {NoticeKind.COPY}
"""What somebody is told of who has said nothing: all but copies."""


class Digest(StrEnum):
    """When what is not urgent is brought: at once, or together."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"
    WORKDAYS = "workdays"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody has chosen. `choices` are the kinds by channel; a channel that is not named has those at first.

    `quiet` is from when until when nothing is brought, in the person's zone; `urgent_through`: except what is urgent, which
    then waits for no digest either.
    """

    addresses: Mapping[str, str] = field(default_factory=empty_map)
    choices: Mapping[str, frozenset[NoticeKind]] = field(default_factory=empty_map)
    quiet: tuple[time, time] | None = None
    urgent_through: bool = True
    digest: Digest = Digest.AT_ONCE
    digest_at: time = time(9)
    zone: str = ""

    def wants(self, channel: str, kind: NoticeKind) -> bool:
        return kind in self.choices.get(channel, AT_FIRST)

    def address(self, channel: Channel, account: str) -> str:
        """Where a channel reaches the person: what they gave, else what the channel makes of their account; or empty."""
        return self.addresses.get(channel.name) or channel.address.replace("{account}", account)


UNSAID = Preferences()


def preferences_of(session: Session, user: int) -> Preferences:
    """What somebody has chosen, or how it is at first."""
    rows = select(session, PREFERENCE, COLUMNS, {"user_id": user})
    return _preferences(rows[0]) if rows else UNSAID


def save_preferences(work: Work, user: int, chosen: Preferences) -> None:
    """Keep what somebody has chosen."""
    values = {
        "addresses": _json(dict(chosen.addresses)),
        "choices": _json({channel: sorted(kinds) for channel, kinds in chosen.choices.items()}),
        "quiet_from": _clock(chosen.quiet[0]) if chosen.quiet else None,
        "quiet_until": _clock(chosen.quiet[1]) if chosen.quiet else None,
        "urgent_through": chosen.urgent_through,
        "digest": chosen.digest.value,
        "digest_at": _clock(chosen.digest_at),
        "zone": chosen.zone,
    }
    if not update(work.session, PREFERENCE, values, {"user_id": user}):
        insert_first(work.session, PREFERENCE, {"user_id": user, **values})


def _preferences(row: tuple[object, ...]) -> Preferences:
    _, addresses, choices, quiet_from, quiet_until, urgent, digest, digest_at, zone = row
    known = set(NoticeKind)
    quiet = None if quiet_from is None else (time.fromisoformat(str(quiet_from)), time.fromisoformat(str(quiet_until)))
    return Preferences(
        addresses={str(name): str(text) for name, text in json.loads(str(addresses)).items()},
        choices={
            str(channel): frozenset(NoticeKind(one) for one in kinds if one in known)
            for channel, kinds in json.loads(str(choices)).items()
        },
        quiet=quiet,
        urgent_through=bool(urgent),
        digest=Digest(str(digest)),
        digest_at=time.fromisoformat(str(digest_at)),
        zone=str(zone),
    )


def _clock(at: time) -> str:
    return at.strftime("%H:%M")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
