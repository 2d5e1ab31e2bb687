"""What is never reached goes: a branch behind one that always holds, a step after the end, a state without a way to it."""

from __future__ import annotations

from collections.abc import Mapping

from designer.commands.sheets import Command
from designer.fixes.broken import Broken
from designer.plain import value_at
from engine.diagnostics import Message


def pruned(one: Broken) -> Command | None:
    """The item that the problem stands in, where others of its list stay."""
    at = next((size for size in range(len(one.path), 0, -1) if isinstance(one.path[size - 1], int)), 0)
    path = one.path[:at]
    around = value_at(one.data, path[:-1]) if at else None
    item = value_at(one.data, path) if at else None
    if not isinstance(around, list) or len(around) < 2 or not isinstance(item, Mapping):
        return None
    return one.removing(
        path, Message(f"去掉走不到的 {item.get('id')}", f"Remove {item.get('id')}, which is never reached")
    )


def stateless(one: Broken) -> Command | None:
    """A state that nothing reaches and nothing leaves."""
    path = one.path[:-1] if one.path[-1] == "id" else one.path
    state = value_at(one.data, path)
    moves = one.data.get("transitions") if isinstance(one.data, Mapping) else None
    name = state.get("id") if isinstance(state, Mapping) else None
    left = [move for move in moves if isinstance(move, Mapping)] if isinstance(moves, list) else []
    if name is None or any(name in _states(move.get("from")) for move in left):
        return None
    return one.removing(path, Message(f"去掉走不到的状态 {name}", f"Remove the state {name}, which is never reached"))


def _states(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
