"""What users and units are called, in the language of the request: what everybody signed in may know of a key that they see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.model.entities import FieldKind
from engine.runtime.rows import select
from engine.runtime.storage.built_in import KERNEL_TABLES
from engine.runtime.work import Work


def names_of(work: Work, kind: FieldKind, keys: Iterable[object]) -> Mapping[object, str]:
    """Names by id, of those that there are."""
    wanted = sorted(key for key in keys if isinstance(key, int))
    rows = select(work.session, KERNEL_TABLES[kind], ("id", "name", "name_en"), {"id in": wanted}) if wanted else []
    english = work.context.language == "en"
    return {row[0]: str(row[2] if english and row[2] is not None else row[1]) for row in rows if row[1] is not None}
