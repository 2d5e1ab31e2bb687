"""Search: every word must stand in a searched cell that the reader may see; a mask is searched as it is shown."""

from __future__ import annotations

from sqlglot import exp

from engine.diagnostics import Message
from engine.model.entities import TEXT_KINDS, Entity
from engine.model.errors import BadRequest
from engine.model.requests import Path
from engine.runtime.query import nodes
from engine.runtime.query.filters import contains, folded
from engine.runtime.query.names import Reader, find
from engine.runtime.query.secure import SecuredRows

MOST_WORDS = 8
LONGEST = 200


def words_of(search: str) -> tuple[str, ...]:
    """The words of a search text, folded; raises BadRequest for one that is too long or no text."""
    if len(search) > LONGEST:
        raise BadRequest(Message(f"搜索词最多 {LONGEST} 个字", f"A search has at most {LONGEST} characters"))
    try:
        words = tuple(dict.fromkeys(folded(search).split()))
    except ValueError:
        raise BadRequest(
            Message("搜索词含有不允许的字符", "The search holds characters that are not allowed")
        ) from None
    return words[:MOST_WORDS]


def matches(rows: SecuredRows, parameters: list[str]) -> exp.Expression:
    """True for rows in which every word stands in one of the searched cells; false where nothing can be searched."""
    paths = searched_paths(rows.compilation.reader, rows.entity)
    cells = [rows.cell(path).shown for path in paths]
    dialect = rows.compilation.dialect
    return nodes.all_of([nodes.any_of([contains(cell, name, dialect) for cell in cells]) for name in parameters])


def searched_paths(reader: Reader, entity: Entity) -> tuple[Path, ...]:
    """The searched text fields that are names for the reader, heaviest first; the title when none is declared."""
    weighted = sorted((field for field in entity.fields.values() if field.search), key=lambda field: -field.search)
    names = [field.name for field in weighted if field.kind in TEXT_KINDS] or [entity.title]
    visible = [(name, find(reader, entity.name, (name,))) for name in names]
    return tuple((name,) for name, found in visible if found is not None and found.field.kind in TEXT_KINDS)
