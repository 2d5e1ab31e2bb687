"""The application as it is served, under the names that it is to have: what is renamed can be compared, formulas and all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.splice.written import MARK
from designer.studio import Studio
from engine.dsl.refactor import rename
from engine.model.app import AppModel


def under_new_names(old: AppModel, new: AppModel, live: Mapping[str, str], studio: Studio) -> AppModel | None:
    """The old model with the entities and fields called as in the new one; `live` are the texts of its files by their names.

    None where that cannot be: names that were exchanged, say, or texts that do not compile under the others.
    """
    texts: dict[str, str | None] = {}
    for target, name in renames(old, new):
        found = rename(studio.documents(texts), studio.widgets, target, name, studio.nodes)
        if isinstance(found, tuple):
            return None
        moves = dict(found.moves)
        for file in dict.fromkeys((*found.edits, *moves)):
            text = texts.get(file)
            after = found.applied(file, (live[file] if text is None else text).removeprefix(MARK))
            texts |= {file: None, moves[file]: after} if file in moves else {file: after}
    return studio.compile(texts).model if texts else old


def renames(old: AppModel, new: AppModel) -> Iterator[tuple[str, str]]:
    """What was renamed, entities first: each as `rename` takes it, with the new name."""
    for name, entity in new.entities.items():
        was = entity.renamed_from or ""
        if was in old.entities and name not in old.entities:
            yield was, name
    for name, entity in new.entities.items():
        before = old.entities.get(name) or old.entities.get(entity.renamed_from or "")
        for field in entity.fields.values() if before else ():
            if before and field.renamed_from in before.fields and field.name not in before.fields:
                yield f"{name}.{field.renamed_from}", field.name
