"""Search: every word must stand in a searched cell that the reader may see; a mask is searched as it is shown.

Cells that the reader sees in every row are found by the index; the others, and signs alone, by looking into the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.diagnostics import Message
from engine.model.entities import TEXT_KINDS, Entity
from engine.model.errors import BadRequest
from engine.model.requests import Path
from engine.runtime.access.decisions import ALWAYS, Allow
from engine.runtime.query import nodes
from engine.runtime.query.filters import contains, folded
from engine.runtime.query.names import Reader, find
from engine.runtime.query.secure import SecuredRows
from engine.runtime.search.index import found_in_index, match_text
from engine.runtime.search.tokens import wanted
from engine.runtime.storage.tables import indexed_fields

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


def matches(rows: SecuredRows, signs: Sequence[bool]) -> exp.Expression:
    """True for rows in which every word stands in one of the searched cells; false where nothing can be searched.

    `signs` tells of each word whether it is of signs alone. Its text is bound to `w0`, what the index is asked to `m0`.
    """
    compilation = rows.compilation
    by_index = indexed_names(compilation.reader, rows.access)
    paths = searched_paths(compilation.reader, rows.entity)
    conditions = []
    for at, only_signs in enumerate(signs):
        looked_into = [path for path in paths if only_signs or path[0] not in by_index]
        found = [contains(rows.cell(path).shown, f"w{at}", compilation.dialect) for path in looked_into]
        if by_index and not only_signs:
            inner = compilation.alias()
            found.append(found_in_index(rows.entity.name, rows.alias, inner, f"m{at}", compilation.dialect))
        conditions.append(nodes.any_of(found))
    return nodes.all_of(conditions)


def indexed_names(reader: Reader, access: Allow) -> tuple[str, ...]:
    """The indexed fields that the reader sees as they are in every row that they reach."""
    entity = reader.model.entities[access.entity]
    visible = {path[0] for path in searched_paths(reader, entity)}
    return tuple(
        field.name
        for field in indexed_fields(entity)
        if field.name in visible and access.field(field.name).readable == ALWAYS
    )


def bound_words(reader: Reader, access: Allow, words: Sequence[str], dialect: str) -> dict[str, object]:
    """The parameters of a search's words."""
    names = indexed_names(reader, access) if words else ()
    bound: dict[str, object] = {}
    for at, word in enumerate(words):
        bound[f"w{at}"] = word
        if names and wanted(word):
            bound[f"m{at}"] = match_text(word, names, dialect)
    return bound


def searched_paths(reader: Reader, entity: Entity) -> tuple[Path, ...]:
    """The searched text fields that are names for the reader, heaviest first; the title when none is declared."""
    weighted = sorted((field for field in entity.fields.values() if field.search), key=lambda field: -field.search)
    names = [field.name for field in weighted if field.kind in TEXT_KINDS] or [entity.title]
    visible = [(name, find(reader, entity.name, (name,))) for name in names]
    return tuple((name,) for name, found in visible if found is not None and found.field.kind in TEXT_KINDS)
