"""A formula at a place of the draft: where it is, and what it would be."""

from __future__ import annotations

from dataclasses import dataclass

from designer.paths import read_steps, resolved
from designer.refusals import bad
from designer.texts.reading_desk import Page
from engine.dsl.document import Document
from engine.dsl.editing.formula_trial import Trial, tried
from engine.dsl.source import Path


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of a formula: the resource with its layers, and the path in it, which may not be there yet."""

    document: Document
    path: Path


def spot_of(page: Page, steps: object) -> Spot:
    """The place that a path names. Raises BadCommand where it leads nowhere."""
    given = read_steps(steps)
    if not given:
        raise bad("path 不能为空", "`path` must not be empty")
    document = next((one for one in page.workspace.documents() if _is_in(one, page.file)), page.written)
    return Spot(document, resolved(page.file, document.data, given, last_may_miss=True))


def trial_at(page: Page, spot: Spot, text: str) -> Trial:
    """The formula at its place. Raises BadCommand where no formula about a row stands."""
    found = tried(spot.document, spot.path, text, page.symbols)
    if found is None:
        raise bad(
            "这里不是记录的公式，或它所属的实体还不认识",
            "No formula about records stands here, or its entity is not known",
            file=page.file,
        )
    return found


def _is_in(document: Document, file: str) -> bool:
    return any(source.file == file for source in document.sources)
