"""Candidates: the features that rows and those joined to them could give, before anybody judged them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.pipelines.joins import Join, happens_at, joins
from designer.pipelines.measured import TIMES, Measured
from designer.pipelines.webs import Data, Web, settings_of
from engine.model.entities import NUMERIC_KINDS, Entity, Field, FieldKind

MOST_WORDS = 30
"""Different values that a text or a relation may have to be a category."""
WINDOWS = (90, 365)
NUMBERS = NUMERIC_KINDS | {FieldKind.DURATION}
LONGEST = 48


def candidates(measured: Measured, web: Web) -> list[Data]:
    """Features that the pipeline does not have yet, as they would stand in its text."""
    spine = web.spine()
    own = measured.entity(web.entity(spine)) if spine is not None else None
    if own is None or spine is None:
        return []
    at = str(settings_of(spine).get("at", ""))
    found = [*_raw(measured, own, (), at)]
    for by in web.joined():
        field = own.fields.get(by)
        target = measured.entity(field.relation.entity) if field is not None and field.relation is not None else None
        if target is not None:
            found += _raw(measured, target, (by,), "")
    found += [fold for name in web.folded() for fold in _folds(measured, web, own, name)]
    there = web.features
    written = settings_of(there).get("features", []) if there is not None else []
    known = [one for one in written if isinstance(one, dict)]
    taken = {str(one.get("name")) for one in known}
    same = {_meaning(one) for one in known}
    return [{**one, "name": _free(str(one["name"]), taken)} for one in found if _meaning(one) not in same]


def _meaning(feature: Data) -> str:
    return repr(
        sorted((key, value) for key, value in feature.items() if key not in {"name", "label", "group", "monotone"})
    )


def _free(name: str, taken: set[str]) -> str:
    found, number = name[:LONGEST], 1
    while found in taken:
        number += 1
        found = f"{name[: LONGEST - 3]}_{number}"
    taken.add(found)
    return found


def _raw(measured: Measured, entity: Entity, by: tuple[str, ...], at: str) -> Iterator[Data]:
    """The columns of a row, or of the row that it is joined to."""
    for one in measured.fields(entity):
        path, name = ".".join((*by, one.name)), "_".join((*by, one.name))
        if one.kind in TIMES:
            yield {"name": f"{name}_month" if one.name == at else f"{name}_days", "from": path, "as": "month" if one.name == at else "days"}  # fmt: skip
        elif one.kind in NUMBERS or one.kind in {FieldKind.BOOLEAN, FieldKind.CHOICE, FieldKind.STATE}:
            yield {"name": name, "from": path}
        elif not by and _is_word(measured, entity, one):
            yield {"name": name, "from": path, "as": "category"}


def _is_word(measured: Measured, entity: Entity, one: Field) -> bool:
    """Whether a text or a relation has few enough values to be a category."""
    if one.kind not in {FieldKind.TEXT, FieldKind.RELATION} or one.name == entity.title:
        return False
    different = {cell for cell in measured.cells(entity).get(one.name, ()) if cell is not None}
    return 2 <= len(different) <= MOST_WORDS


def _folds(measured: Measured, web: Web, own: Entity, name: str) -> Iterator[Data]:
    """Folds over the rows of an entity that flows in: how many, how long ago, and of each number its mean and sum."""
    other = measured.entity(name)
    tie = _tie(measured, web, own, name)
    if other is None or tie is None:
        return
    belongs: Data = {"over": name, "by": tie.by, **({"to": tie.to} if tie.to not in {tie.by, "id"} else {})}
    for days in WINDOWS:
        yield {"name": f"{name}_count_{days}", "agg": "count", **belongs, "window": {"days": days}}
    yield {"name": f"{name}_days_since", "agg": "days_since", **belongs}
    for one in measured.fields(other):
        known = measured.filled_with(other, one.name) if not one.required and one.formula is None else None
        late: Data = {"known_at": known} if known is not None else {}
        if one.kind in NUMBERS:
            yield {
                "name": f"{name}_{one.name}_mean",
                "agg": "mean",
                "of": one.name,
                **belongs,
                **late,
                "window": {"days": 365},
            }
            yield {"name": f"{name}_{one.name}_last", "agg": "last", "of": one.name, **belongs, **late}
        elif one.kind is FieldKind.BOOLEAN:
            yield {
                "name": f"{name}_{one.name}_share",
                "agg": "share",
                "of": one.name,
                **belongs,
                **late,
                "window": {"days": 365},
            }
        elif one.kind is FieldKind.CHOICE or (one.kind is FieldKind.RELATION and one.name != tie.by):
            yield {
                "name": f"{name}_{one.name}_kinds",
                "agg": "distinct",
                "of": one.name,
                **belongs,
                **late,
                "window": {"days": 365},
            }


def _tie(measured: Measured, web: Web, own: Entity, name: str) -> Join | None:
    """What ties the rows of an entity that flows in to the row: as if it were not joined yet, the best way."""
    if happens_at(measured, own) is None and name == own.name:
        return None
    apart = web.anew()
    node = apart.features
    keep = [
        one
        for one in apart.edges
        if not (node is not None and one.get("to") == node.get("id") and one.get("port") == "facts")
    ]
    apart.data["edges"] = keep
    return next((one for one in joins(measured, apart) if one.many and one.entity.name == name), None)
