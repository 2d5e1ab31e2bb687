"""Lookup: the readable rows that hold given values, many values at once; what one page of a list would find for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.model.access import Action
from engine.model.entities import Field
from engine.model.errors import NotFound
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.filters import lenient
from engine.runtime.query.membership import list_parameter, member_of
from engine.runtime.query.names import Reader, resolve
from engine.runtime.query.secure import secure
from engine.runtime.query.selection import select_columns
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work

Key = tuple[object, ...]
AT_ONCE = 5_000
"""Values that one statement asks for."""


def rows_with(work: Work, entity: str, fields: Sequence[str], keys: Iterable[Key]) -> dict[Key, list[int]]:
    """The ids of the readable living rows by what they hold in `fields`, for those of the keys that any row has.

    Raises NotFound for an entity without a grant, UnknownField for a name that the reader does not have.
    """
    access = decide(work.model, work.context, entity, Action.READ)
    if not isinstance(access, Allow):
        raise NotFound
    reader = Reader(work.model, work.context)
    declared = [resolve(reader, entity, (name,)).field for name in fields]
    statement = prepared(work, ("lookup", entity, *fields), lambda: _tree(work, access, declared))
    wanted, found = list(dict.fromkeys(keys)), dict[Key, list[int]]()
    sought = set(wanted)
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        for row in rows_of(work, statement, _listed(declared, part, work.session.dialect)):
            record = statement.decoder.record(row)
            key = tuple(record.cells.get(name) for name in fields)
            if key in sought:
                found.setdefault(key, []).append(record.id)
    return found


def _listed(fields: Sequence[Field], keys: Sequence[Key], dialect: str) -> dict[str, object]:
    """The values of each field, stored, as the parameter of its column; a text of a masked field is any text."""
    lists = {}
    for at, field in enumerate(fields):
        encode = storage_of(lenient(field)).to_stored
        stored = dict.fromkeys(encode(key[at], dialect) for key in keys if key[at] is not None)
        lists[f"k{at}"] = list_parameter(stored, dialect)
    return lists


def _tree(work: Work, access: Allow, fields: Sequence[Field]) -> Built:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    rows = secure(compilation, access.entity, access)
    expressions, decoder = select_columns(rows, tuple((field.name,) for field in fields))
    asked = [
        member_of(rows.cell((field.name,)).shown, f"k{at}", field, compilation.dialect)
        for at, field in enumerate(fields)
    ]
    return rows.select(expressions, *asked), decoder, compilation
