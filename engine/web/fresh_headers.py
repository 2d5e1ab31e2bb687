"""How fresh rows from elsewhere are, as headers of an answer: `data-as-of` and, where that is not as promised, `data-late`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.model.sources import least_fresh
from engine.runtime.sources.freshness import stamp_of
from engine.runtime.work import Work

AS_OF, LATE = "dougong-data-as-of", "dougong-data-late"


def fresh_headers(work: Work, entities: Iterable[str]) -> Mapping[str, str]:
    """The headers for rows of these entities; none where no source has filled one, or of the past."""
    if work.context.as_of is not None or not work.model.sources:
        return {}
    found = least_fresh(stamp_of(work, name) for name in dict.fromkeys(entities))
    if found is None:
        return {}
    told = {} if found.as_of is None else {AS_OF: found.as_of.isoformat()}
    return told | ({LATE: "failing" if found.failing else "behind"} if found.troubled else {})
