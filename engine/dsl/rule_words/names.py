"""What a run of names means from the records of one entity: a path, conditions that go with it, rows of a collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.dsl.rule_words.meaning import Condition, Flag, OneOf, Path, Writer
from engine.dsl.rule_words.tokens import Piece
from engine.dsl.rule_words.vocabulary import EXACT, Meaning, Vocabulary
from engine.model.app import AppModel
from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.names import Label, Place

PEOPLE_SORTS = frozenset({"role", "head", "manager", "initiator", "above"})
STAMPS = {
    name: Field(name, FieldKind.INSTANT, Label({"zh": zh, "en": en}), Place("", "", 0))
    for name, zh, en in (("updated_at", "更新时间", "Updated at"), ("created_at", "创建时间", "Created at"))
}
"""Fields that every record has."""
EMPTY_WORDS = frozenset({"使用", "采用"})
"""Verbs that say nothing besides what they are used with, but where a field is called so."""
MOST = 40
"""Ways to read a run of names that are followed."""


@dataclass(frozen=True, slots=True)
class Named:
    """One way to read a run of names: the path it ends in, the entity it stands at, conditions on the way, and how likely.

    `collection` is the way to a collection whose rows are meant; `path` goes on from there. `fold` is count, sum or avg.
    """

    at: str
    path: Path = ()
    conditions: tuple[Condition, ...] = ()
    score: float = 0.0
    collection: Path = ()
    fold: str = ""
    subject: bool = False
    move: str = ""

    @property
    def bare(self) -> bool:
        """Whether it names the records themselves and nothing of them."""
        return not self.path and not self.collection


@dataclass(frozen=True)
class Names:
    """Reads runs of names from the records of `entity`."""

    vocabulary: Vocabulary
    entity: str

    @property
    def model(self) -> AppModel:
        return self.vocabulary.model

    def readings(self, words: Sequence[Piece], *, people: bool = False) -> list[Named]:
        """The ways to read them, the likeliest first."""
        ways = [Named(self.entity)]
        for word in words:
            ways = sorted(
                (after for way in ways for after in self._further(way, word, people)), key=lambda one: -one.score
            )[:MOST]
        last = words[-1] if words else None
        if last is not None and any(one.sort == "entity" and one.entity == self.entity for one in last.meanings):
            ways = [replace(one, score=one.score + 0.6) if one.bare else one for one in ways]
        return sorted(ways, key=lambda one: -one.score)

    def best(self, words: Sequence[Piece]) -> Named | None:
        """The likeliest way."""
        return next(iter(self.readings(words)), None)

    def field(self, named: Named) -> Field | None:
        """The field that a reading ends in."""
        start = self.collection_entity(named) or self.entity
        if len(named.path) == 1 and named.path[0] in STAMPS:
            return STAMPS[named.path[0]]
        return self.model.field(start, named.path) if named.path else None

    def collection_entity(self, named: Named) -> str:
        """The entity whose rows the collection holds; empty without one."""
        if not named.collection:
            return ""
        found = self.model.entities[self.entity].collections.get(named.collection[-1])
        return found.entity if found else ""

    def _further(self, way: Named, word: Piece, people: bool) -> Iterator[Named]:
        if word.kind in {"COUNTED", "SUM", "AVERAGE"}:
            fold = {"COUNTED": "count", "SUM": "sum", "AVERAGE": "avg"}[word.kind]
            yield replace(way, fold=fold, score=way.score + 0.3)
        if word.text in EMPTY_WORDS:
            yield replace(way, score=way.score - 0.3)
        for meaning in word.meanings:
            if meaning.sort in PEOPLE_SORTS:
                if meaning.sort == "role" and not people and way.bare:
                    writer = Writer((meaning.name,))
                    yield replace(way, conditions=(*way.conditions, writer), score=way.score + 0.45)
            elif meaning.sort == "option" and any(one.sort == "entity" and one.score == EXACT for one in word.meanings):
                yield from self._step(way, replace(meaning, score=meaning.score * 0.4))
            else:
                yield from self._step(way, meaning)

    def _step(self, way: Named, meaning: Meaning) -> Iterator[Named]:
        here = self.model.entities.get(way.at)
        if here is None:
            return
        match meaning.sort:
            case "stamp" if way.bare:
                yield replace(way, at="", path=(meaning.name,), score=way.score + meaning.score)
            case "move" if meaning.entity == self.entity and way.bare and not way.move:
                yield replace(way, move=meaning.name, score=way.score + 0.8 * meaning.score)
            case "entity":
                yield from self._to_entity(way, here, meaning)
            case "unoption" if meaning.entity == way.at:
                other = OneOf((*way.path, meaning.field), (meaning.name,), negated=True)
                yield replace(way, conditions=(*way.conditions, other), score=way.score + meaning.score)
            case "unflag" if meaning.entity == way.at:
                flag = Flag((*way.path, meaning.field), negated=True)
                yield replace(way, conditions=(*way.conditions, flag), score=way.score + meaning.score)
            case "field" if meaning.entity == way.at:
                yield from self._to_field(way, here, meaning)
            case "field" if meaning.entity == self.entity and len(way.path) == 1 and not way.collection:
                root = self.model.entities[self.entity]
                yield from self._to_field(replace(way, at=self.entity, path=(), score=way.score - 0.7), root, meaning)
            case "option" if meaning.entity == way.at:
                yield self._option(way, (), meaning, 1.0)
            case "field" | "option":
                yield from self._by_relation(way, here, meaning)

    def _to_entity(self, way: Named, here: Entity, meaning: Meaning) -> Iterator[Named]:
        target = meaning.entity
        if target == way.at:
            yield replace(
                way, score=way.score + (0.9 if way.bare else 0.2) * meaning.score, subject=way.bare or way.subject
            )
        if target == self.entity and way.path and not way.collection:
            yield replace(way, at=target, path=(), score=way.score + 0.9 * meaning.score, subject=True)
        for one in here.fields.values():
            if one.relation is not None and one.relation.entity == target:
                score = meaning.score * (0.75 if one.name == target else 0.5)
                yield replace(self._on(way, here, one.name, 0), score=way.score + score)
        for collection in here.collections.values():
            if collection.entity == target and way.bare:
                whole = self.model.entities[target].part_of == collection.by
                score = meaning.score * (0.8 if whole else 0.55)
                yield replace(way, at=target, collection=(collection.name,), score=way.score + score)

    def _to_field(self, way: Named, here: Entity, meaning: Meaning) -> Iterator[Named]:
        """A field; a yes-or-no field may be said of the records, and a choice whose option was named says nothing more."""
        path = (*way.path, meaning.field)
        yield self._on(way, here, meaning.field, meaning.score)
        if here.fields[meaning.field].kind is FieldKind.BOOLEAN:
            yield replace(way, conditions=(*way.conditions, Flag(path)), score=way.score + meaning.score - 0.02)
        if any(isinstance(one, OneOf) and one.path == path for one in way.conditions):
            yield replace(way, score=way.score + 0.1)

    def _on(self, way: Named, here: Entity, name: str, score: float) -> Named:
        field = here.fields[name]
        target = field.relation.entity if field.relation else ("user" if field.kind is FieldKind.USER else "")
        hop = 0.25 if way.path else 0.0
        return replace(way, at=target, path=(*way.path, name), score=way.score + score - hop)

    def _option(self, way: Named, through: Path, meaning: Meaning, factor: float) -> Named:
        condition = OneOf((*way.path, *through, meaning.field), tuple(meaning.name.split("|")))
        return replace(way, conditions=(*way.conditions, condition), score=way.score + meaning.score * factor)

    def _by_relation(self, way: Named, here: Entity, meaning: Meaning) -> Iterator[Named]:
        """A field or option of an entity that the records point at, or of the rows of a collection."""
        for one in here.fields.values():
            if one.kind in REFERENCE_KINDS and one.relation is not None and one.relation.entity == meaning.entity:
                factor = 0.55 if one.name == meaning.entity else 0.4
                if meaning.sort == "option":
                    yield self._option(way, (one.name,), meaning, factor)
                else:
                    there = self._on(way, here, one.name, 0)
                    target = self.model.entities[meaning.entity]
                    yield replace(self._on(there, target, meaning.field, 0), score=way.score + meaning.score * factor)
        for collection in here.collections.values() if way.bare else ():
            if collection.entity == meaning.entity:
                inside = replace(way, at=meaning.entity, collection=(collection.name,), path=())
                if meaning.sort == "option":
                    yield self._option(inside, (), meaning, 0.5)
                else:
                    target = self.model.entities[meaning.entity]
                    yield self._on(inside, target, meaning.field, meaning.score * 0.4)
