"""Completion: what may stand where the cursor is, with what it means in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from engine.diagnostics import Message
from engine.dsl.annotations import FORMULA
from engine.dsl.editing.formula_words import functions, words_of_formula
from engine.dsl.editing.marking import MARK, Unfinished, unfinished_at
from engine.dsl.editing.named import NOTHING, named_at
from engine.dsl.editing.schema_at import Place, place_at, properties_at
from engine.dsl.editing.spot import offset_of
from engine.dsl.editing.workspace import Known, Workspace
from engine.dsl.schema_store import Schema, resolved


@dataclass(frozen=True, slots=True)
class Proposal:
    """One text that may stand at the cursor: it replaces the offsets `start` to `end`. `sort` is key, value, name or function."""

    text: str
    sort: str
    words: Message
    start: int
    end: int


def complete(workspace: Workspace, file: FilePath, line: int, column: int) -> tuple[Proposal, ...]:
    """Proposals at a line and column (from 1) of the editor's text, those that begin as typed first."""
    pack_file = workspace.pack_file(file)
    if pack_file is None:
        return ()
    text = workspace.text(file)
    offset = offset_of(workspace.parsed(pack_file, text), line, column)
    found = unfinished_at(workspace, pack_file, text, offset)
    if found is None:
        return ()
    return _ordered(_proposals(found, workspace.known()), found.written)


def _ordered(proposals: Iterable[Proposal], written: str) -> tuple[Proposal, ...]:
    """Each text once; those that begin as written, then those that hold it."""
    distinct: dict[str, Proposal] = {}
    for one in proposals:
        distinct.setdefault(one.text, one)
    kept = [one for one in distinct.values() if written.lower() in one.text.lower()]
    return tuple(sorted(kept, key=lambda one: not one.text.lower().startswith(written.lower())))


def _proposals(found: Unfinished, known: Known) -> Iterator[Proposal]:
    place = place_at(found.document, found.path[:-1] if found.is_key else found.path, known.widgets, known.nodes)
    if place is None:
        return
    if found.is_key:
        yield from _keys(found, place, found.document.at(found.path[:-1]), known)
    elif _is_formula(place.schema):
        yield from _formula(found, known)
    elif found.value == MARK and "properties" in place.schema:
        yield from _keys(found, place, {}, known)
    elif place.schema.get("x-type") != "label":
        yield from _values(found, place, known)


def _keys(found: Unfinished, place: Place, around: object, known: Known) -> Iterator[Proposal]:
    """The keys that the map still lacks; names of things where its keys are names."""
    held = dict(around) if isinstance(around, Mapping) else {}
    held.pop(MARK, None)
    for name, part in properties_at(place, held, known.widgets).items():
        if name not in held:
            yield _proposal(found, f"{name}: ", "key", description(resolved(part, place.root)))
    meaning = place.schema.get("x-ref-keys")
    if isinstance(meaning, str):
        for one in named_at(meaning, found.document, found.path, found.written, known.symbols):
            if one.name not in held:
                yield _proposal(found, f"{one.name}: ", "name", one.words)


def _values(found: Unfinished, place: Place, known: Known) -> Iterator[Proposal]:
    options = place.schema.get("enum")
    for option in options if isinstance(options, list) else ():
        yield _proposal(found, str(option), "value", NOTHING)
    if place.schema.get("type") == "boolean":
        yield from (_proposal(found, one, "value", NOTHING) for one in ("true", "false"))
    if found.path[-1] == "widget":
        yield from (
            _proposal(found, name, "value", Message(one.title.text("zh"), one.title.text("en")))
            for name, one in known.widgets.items()
        )
    if place.meaning is not None:
        for one in named_at(place.meaning, found.document, found.path, found.written, known.symbols):
            yield _proposal(found, one.name, "name", one.words)


def _formula(found: Unfinished, known: Known) -> Iterator[Proposal]:
    """Names and functions; nothing inside a text of the formula."""
    before = found.value.partition(MARK)[0]
    if before.count('"') % 2:
        return
    for one in words_of_formula(found.document, found.path, found.written, known.symbols):
        yield _proposal(found, one.name, "name", one.words)
    if "." not in found.written:
        yield from (_proposal(found, f"{one.name}(", "function", one.words) for one in functions())


def _is_formula(schema: Schema) -> bool:
    return schema.get("x-type") == FORMULA or bool(schema.get("x-formula"))


def description(schema: Schema) -> Message:
    """What a schema says of its value, in both languages."""
    zh = schema.get("x-zh")
    zh = zh.get("description") if isinstance(zh, Mapping) else zh
    en = schema.get("description")
    return Message(str(zh or en or ""), str(en or zh or ""))


def _proposal(found: Unfinished, text: str, sort: str, words: Message) -> Proposal:
    return Proposal(text, sort, words, found.start, found.end)
