"""Live settings: what a page may change while the installation serves, kept as rows, the same for every process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, replace
from threading import Lock
from typing import Any

from engine.diagnostics import Message
from engine.model.errors import Forbidden
from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.settings import BadSetting, Origin, Settings, parsed, setting_fields
from engine.runtime.work import Work

SETTING = "dougong_setting"
SETTING_TABLE = Table(
    SETTING,
    (
        Column("name", PhysicalKind.TEXT, nullable=False),
        Column("value", PhysicalKind.TEXT, nullable=False),
        Column("changed_at", PhysicalKind.INTEGER, nullable=False),
        Column("changed_by", PhysicalKind.INTEGER),
    ),
    primary_key=("name",),
)
FIXED = frozenset({Origin.FLAG, Origin.ENVIRONMENT, Origin.FILE})
"""What is said there, no page changes."""


class LiveSettings:
    """The settings in force: those of the start, and where these leave it open what a page has said since."""

    def __init__(self, started: Settings) -> None:
        self._started = started
        self._current = started
        self._lock = Lock()

    def current(self) -> Settings:
        return self._current

    def refresh(self, session: Session) -> None:
        """Take over what stands in the database; a row that no longer fits its setting is left out."""
        stored = {str(name): str(value) for name, value in select(session, SETTING, ("name", "value"))}
        self.take(stored)

    def take(self, stored: Mapping[str, str]) -> None:
        """Take over values by name."""
        values: dict[str, Any] = {}
        for one in changeable(self._started):
            try:
                if one.name in stored:
                    values[one.name] = parsed(one, stored[one.name], one.name)
            except BadSetting:
                continue
        sources = {**self._started.sources, **dict.fromkeys(values, Origin.PAGE)}
        with self._lock:
            self._current = replace(self._started, **values, sources=sources)


def changeable(settings: Settings) -> tuple[Field[Any], ...]:
    """The settings that a page may change in an installation that was started like this."""
    return tuple(
        one for one in setting_fields() if one.metadata.get("runtime") and settings.origin_of(one.name) not in FIXED
    )


def change_setting(work: Work, live: LiveSettings, name: str, text: str | None) -> None:
    """Give a setting a value, or its default back (None); in force in this process once it is committed.

    Raises Forbidden for what a page may not change, BadSetting for a value that cannot be used.
    """
    one = next((one for one in changeable(live.current()) if one.name == name), None)
    if one is None:
        raise Forbidden(
            Message(
                "这项设置由启动方式决定，不能在页面上更改",
                "This setting is given at the start; a page cannot change it",
            )
        )
    delete(work.session, SETTING, {"name": name})
    if text is not None:
        _check(work, name, parsed(one, text, name))
        row = {
            "name": name,
            "value": text,
            "changed_at": to_micros(work.context.now),
            "changed_by": work.context.principal.user_id or None,
        }
        insert(work.session, SETTING, row)
    stored = {str(key): str(value) for key, value in select(work.session, SETTING, ("name", "value"))}
    work.session.after_commit(lambda: live.take(stored))


def _check(work: Work, name: str, value: object) -> None:
    """What the model must know: roles. Raises BadSetting."""
    if name != "require_second_factor":
        return
    unknown = sorted(Settings(require_second_factor=str(value)).second_factor_roles - set(work.model.roles))
    if unknown:
        listed = ", ".join(unknown)
        raise BadSetting(Message(f"没有这些角色：{listed}", f"There are no such roles: {listed}"))
