"""Files and folders of the inbox, named by settings: with every link followed they lie inside of it."""

from __future__ import annotations

from pathlib import Path

from engine.extensions import SourceFault, SourceReach


def inside(reach: SourceReach, declared: str) -> Path:
    """What a setting names in the inbox, there or not. Raises SourceFault for what lies outside of it."""
    inbox = reach.inbox.resolve()
    path = (inbox / declared).resolve() if "\x00" not in declared else inbox.parent
    if not path.is_relative_to(inbox):
        raise SourceFault("outside_inbox", "必须位于 inbox 文件夹内", "It must be inside the inbox folder")
    return path
