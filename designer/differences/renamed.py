"""The application as it is served, under the names that it is to have: what is renamed can be compared, formulas and all."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

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
        was = _found(entity.renamed_from, old.entities)
        if was and name not in old.entities:
            yield was, name
    for name, entity in new.entities.items():
        before = old.entities.get(name) or old.entities.get(_found(entity.renamed_from, old.entities))
        for field in entity.fields.values() if before else ():
            was = _found(field.renamed_from, before.fields) if before else ""
            if before and was and field.name not in before.fields:
                yield f"{name}.{was}", field.name
    yield from _of_others(old, new)


def _of_others(old: AppModel, new: AppModel) -> Iterator[tuple[str, str]]:
    """Resources, then states and transitions of lives, under the names that their lives have now."""
    had = {(one.kind, one.name) for one in old.resources}
    lives = {one.old: one.now for one in new.formers.values() if one.kind == "workflows"}
    parts = {
        (listed, lives.get(life.name, life.name), key)
        for life in old.workflows.values()
        for listed, keys in (
            ("states", [one.name for one in life.states]),
            ("transitions", [one.id for one in life.transitions]),
        )
        for key in keys
    }
    for one in sorted(new.formers.values(), key=lambda former: former.owner):
        if one.owner:
            if (one.kind, one.owner, one.old) in parts and (one.kind, one.owner, one.now) not in parts:
                yield f"workflows/{one.owner}.{one.kind}.{one.old}", one.now
        elif (one.kind, one.old) in had and (one.kind, one.now) not in had:
            yield f"{one.kind}/{one.old}", one.now


def _found(formers: tuple[str, ...], known: Container[str]) -> str:
    """The newest of some former names that there was; empty for none."""
    return next((one for one in formers if one in known), "")
