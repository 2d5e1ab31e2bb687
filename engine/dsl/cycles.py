"""What depends on what: circles in it, and an order without them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def circles(edges: Mapping[Name, Sequence[Name]]) -> Iterator[tuple[Name, ...]]:
    """One circle for each knot of `edges`, as names in order with the first repeated at the end."""
    done: set[Name] = set()
    for start in edges:
        if start not in done:
            yield from _from(start, edges, done)


def inputs_first(edges: Mapping[Name, Sequence[Name]]) -> tuple[Name, ...]:
    """Names after all that they lead to; circles come as they are met."""
    done: dict[Name, None] = {}
    open_names: list[tuple[Name, bool]] = [(name, False) for name in reversed(list(edges))]
    visiting: set[Name] = set()
    while open_names:
        name, ready = open_names.pop()
        if name in done or name not in edges or (name in visiting and not ready):
            continue
        visiting.add(name)
        if ready:
            done[name] = None
            continue
        open_names.append((name, True))
        open_names += [(inner, False) for inner in edges[name]]
    return tuple(done)


def _from(start: Name, edges: Mapping[Name, Sequence[Name]], done: set[Name]) -> Iterator[tuple[Name, ...]]:
    """A walk in depth with its own stack; `done` collects what needs no second visit."""
    trail: list[Name] = [start]
    position = {start: 0}
    pending = [iter(edges.get(start, ()))]
    while pending:
        following = next(pending[-1], None)
        if following is None:
            pending.pop()
            name = trail.pop()
            position.pop(name)
            done.add(name)
        elif following in position:
            yield (*trail[position[following] :], following)
        elif following not in done:
            position[following] = len(trail)
            trail.append(following)
            pending.append(iter(edges.get(following, ())))
