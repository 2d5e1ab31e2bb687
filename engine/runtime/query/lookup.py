"""Lookup: the readable rows that hold given values, many values at once; what one page of a list would find for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from engine.model.access import Action
from engine.model.entities import Field
from engine.model.errors import NotFound
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.filters import lenient
from engine.runtime.query.membership import list_parameter, member_of
from engine.runtime.query.names import Reader, resolve
from engine.runtime.query.sealed_fields import refuse_sealed
from engine.runtime.query.secure import secure
from engine.runtime.query.selection import select_columns
from engine.runtime.query.statements import Built, Prepared, prepared, rows_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work

Key = tuple[object, ...]
AT_ONCE = 5_000
"""Values that one statement asks for."""
ROOM = 8
"""Rows for each key asked for that one statement returns at most."""
SEVERAL = 2
"""Rows of a key from which on nobody asks how many more there are."""


def rows_with(work: Work, entity: str, fields: Sequence[str], keys: Iterable[Key]) -> dict[Key, list[int]]:
    """The ids of the readable living rows by what they hold in `fields`, for those of the keys that any row has; of a key
    that very many rows have, `SEVERAL` or some more of them.

    Raises NotFound for an entity without a grant, UnknownField for a name that the reader does not have.
    """
    access = decide(work.model, work.context, entity, Action.READ)
    if not isinstance(access, Allow):
        raise NotFound
    reader = Reader(work.model, work.context)
    declared = [resolve(reader, entity, (name,)).field for name in fields]
    for field in declared:
        refuse_sealed(field, (field.name,), "用来查找记录", "used to find records")
    statement = prepared(work, ("lookup", entity, *fields), lambda: _tree(work, access, declared))
    wanted, found = list(dict.fromkeys(keys)), dict[Key, list[int]]()
    waiting = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
    while waiting:
        part = waiting.pop()
        here, whole = _look(work, statement, declared, part)
        if not whole:
            here = {key: records for key, records in here.items() if len(records) >= SEVERAL}
            waiting += _rest(part, here)
        found |= here
    return found


def _look(
    work: Work, statement: Prepared, fields: Sequence[Field], part: Sequence[Key]
) -> tuple[dict[Key, list[int]], bool]:
    """Rows by key, and whether there are no others."""
    most, sought = ROOM * len(part), set(part)
    found: dict[Key, list[int]] = {}
    rows = rows_of(work, statement, {**_listed(fields, part, work.session.dialect), "limit": most})
    for row in rows:
        record = statement.decoder.record(row)
        key = tuple(record.cells.get(one.name) for one in fields)
        if key in sought:
            found.setdefault(key, []).append(record.id)
    return found, len(rows) < most or len(part) == 1


def _rest(part: list[Key], told: Mapping[Key, object]) -> list[list[Key]]:
    """The keys that are to be asked for again: without those that filled the room, or in halves."""
    rest, middle = [key for key in part if key not in told], len(part) // 2
    if len(rest) < len(part):
        return [rest] if rest else []
    return [part[:middle], part[middle:]]


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
    tree = rows.select(expressions, *asked)
    tree.set("limit", exp.Limit(expression=nodes.parameter("limit")))
    return tree, decoder, compilation
