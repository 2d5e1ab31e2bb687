"""Links: where things stand in the application, as paths."""

from __future__ import annotations

from engine.runtime.identifiers import encode_id


def record_link(entity: str, record: int) -> str:
    """A record, or the form of one that is yet to be written (0); empty for what is about none."""
    return f"/r/{entity}/{encode_id(record) if record else 'new'}" if entity else ""


def flow_link(instance: int) -> str:
    return f"/flows/{encode_id(instance)}"
