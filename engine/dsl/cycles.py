"""Circles in what depends on what."""

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
