"""Standing marks: where a reader stands in the organisation, as a mark that a page carries and its stream compares."""

from __future__ import annotations

import hashlib
import hmac

from engine.model.context import Context

LENGTH = 16


def standing_mark(key: bytes, context: Context) -> str:
    """The same as long as the reader's roles, seats and unit sets are; nothing of them can be read from it."""
    scopes = [(name, sorted(units)) for name, units in sorted(context.scopes.items())]
    seats = sorted((one.unit, one.seat, sorted(one.roles), one.head) for one in context.seats)
    said = repr((context.principal.user_id, sorted(context.principal.roles), seats, scopes))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:LENGTH]
