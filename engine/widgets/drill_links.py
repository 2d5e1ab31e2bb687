"""Drill links: the address of the rows behind a figure, or '' where the reader would not get to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from urllib.parse import quote_plus

from engine.model.access import Action
from engine.model.metrics import Metric, bases_of
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.chosen_dimensions import chosen_for
from engine.widgets.contract import Scene
from engine.widgets.identifiers import public_id

NOTHING = "~"
"""How an address writes the key of the group that has none."""
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch


@dataclass(frozen=True, slots=True)
class Drill:
    """The way into the rows of a request's answer: the address of all of them, and what each group adds to it."""

    address: str
    names: tuple[str, ...]
    _before: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """What stands before each key of a group."""

    def __post_init__(self) -> None:
        first = f"{self.address}{'&' if '?' in self.address else '?'}"
        before = tuple(f"{'&' if at else first}{name}=" for at, name in enumerate(self.names))
        object.__setattr__(self, "_before", before)

    def group(self, row: AggregateRow) -> str:
        """The address of one group's rows."""
        if not self.address or not self.names:
            return self.address
        titles = row.titles or (None,) * len(row.keys)
        parts = [
            before + _quoted(written_key(key, title))
            for before, key, title in zip(self._before, row.keys, titles, strict=False)
        ]
        return "".join(parts) or self.address


def drill_into(scene: Scene, metric: Metric, request: AggregateRequest) -> Drill:
    """The way into the rows of `request`'s answer; a metric over rows that the reader may not list has none."""
    base = base_of(scene, metric)
    if base is None or base.entity is None or Action.READ not in scene.allowed[base.entity]:
        return Drill("", ())
    pairs = [(name, str(day)) for name, day in (("since", request.since), ("until", request.until)) if day is not None]
    chosen = chosen_for(scene, request.metrics)
    pairs += [(f"d.{name}", one.text) for name, one in chosen.items() if name not in request.dimensions]
    if request.bucket:
        pairs.append(("bucket", request.bucket))
    names = (*(("at",) if request.bucket else ()), *(_quoted(f"d.{name}") for name in request.dimensions))
    return Drill(
        f"/figures/{metric.name}/rows"
        + (f"?{'&'.join([f'{_quoted(name)}={_quoted(text)}' for name, text in pairs])}" if pairs else ""),
        names,
    )


def base_of(scene: Scene, metric: Metric) -> Metric | None:
    """The metric with rows of its own that a figure stands on first."""
    return next(bases_of(scene.model.metrics, metric.name), None)


def _quoted(text: str) -> str:
    return text if _PLAIN(text) else quote_plus(text)


def written_key(key: object, title: str | None) -> str:
    """A key as an address writes it; a key with a title is the id of a row."""
    if type(key) is str:
        return key
    if key is None:
        return NOTHING
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int) and title is not None:
        return public_id(key)
    if isinstance(key, date):
        return key.isoformat()
    return format(key, "f") if isinstance(key, Decimal) else str(key)
