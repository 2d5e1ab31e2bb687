"""The evidence of a model: its versions, the rows that each was learnt from, and which of these are there no more."""

from __future__ import annotations

from dataclasses import dataclass

from engine.runtime.modeling.model_files import FileAltered, rows_learnt_from
from engine.runtime.modeling.model_tables import ModelVersion, versions_of
from engine.runtime.rows import select
from engine.runtime.work import Work

AT_ONCE = 500
MOST_COUNTED = 50_000
"""Rows of a manifest that are looked for one by one; of a longer one only the first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A version with its training manifest: how many rows it names (None where it cannot be read), how many of those looked
    for are there no more, and the first that are and that are not."""

    version: ModelVersion
    rows: int | None
    looked: int = 0
    gone: int = 0
    first: tuple[tuple[int, bool], ...] = ()
    """The first rows by id, each with whether it is still there."""


def evidence_of(work: Work, model: str, most: int = 10) -> tuple[Evidence, ...]:
    """The evidence of a model's versions, newest first; what was erased is told as gone and not left out."""
    return tuple(_of_version(work, one, most) for one in versions_of(work.session) if one.name == model)


def _of_version(work: Work, version: ModelVersion, most: int) -> Evidence:
    try:
        ids = rows_learnt_from(work.data_folder, version.content_hash)
    except FileAltered:
        return Evidence(version, None)
    if version.entity not in work.model.entities:
        return Evidence(version, len(ids))
    looked = list(ids[:MOST_COUNTED])
    there: set[int] = set()
    for at in range(0, len(looked), AT_ONCE):
        part = looked[at : at + AT_ONCE]
        there.update(int(str(row[0])) for row in select(work.session, version.entity, ("id",), {"id in": part}))
    lost = [one for one in looked if one not in there]
    shown = sorted({*lost[: most // 2], *looked[:most]})[:most]
    return Evidence(version, len(ids), len(looked), len(lost), tuple((one, one in there) for one in shown))
