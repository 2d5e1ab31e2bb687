"""Forgetting: what was made for definitions that are served no more, and would keep them in memory."""

from __future__ import annotations

from engine.runtime.access.decide import forget_decisions
from engine.runtime.database.statements import StatementCache
from engine.runtime.query.plan import variables_of


def forget_old_definitions() -> None:
    """Empty every cache whose entries belong to an AppModel; what is still served is made again when it is asked for."""
    StatementCache.forget_everywhere()
    forget_decisions()
    variables_of.cache_clear()
