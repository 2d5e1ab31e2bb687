"""The names of an application as people say them: labels, names, initials, and what a trade calls the same thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.dsl.rule_words.synonyms import ENTITY_WORDS, FIELD_WORDS, OPTION_WORDS, ROLE_WORDS, STAMP_WORDS
from engine.model.access import Role
from engine.model.app import AppModel
from engine.model.entities import Entity, Field, FieldKind
from engine.model.names import Label

Sort = Literal[
    "entity", "field", "option", "move", "role", "head", "manager", "initiator", "above", "stamp", "unflag", "unoption"
]
Initials = Callable[[str], Iterable[str]]
EXACT, SYNONYM, NEAR, PART = 1.0, 0.96, 0.8, 0.6
_BRACKETS = re.compile(r"[（(].*?[)）]")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name may mean: an entity, a field of one, an option of a field, a move, a role, a head of a unit."""

    sort: Sort
    entity: str = ""
    field: str = ""
    name: str = ""
    score: float = EXACT


@dataclass(frozen=True)
class Vocabulary:
    """Every way to say a name of the application, in small letters, with what it may mean."""

    model: AppModel
    entities: frozenset[str]
    words: Mapping[str, tuple[Meaning, ...]]
    longest: int = 0
    labels: Mapping[Meaning, str] = field(default_factory=dict)

    def meanings(self, word: str) -> tuple[Meaning, ...]:
        """What a word may mean."""
        return self.words.get(word, ())

    def roles(self) -> list[Role]:
        """The roles that people of the application have."""
        return [
            one
            for one in self.model.roles.values()
            if Meaning("role", name=one.name, score=EXACT) in self.meanings(one.name)
        ]

    def name_of(self, word: str) -> str:
        """What a word is called in definitions."""
        first = next(iter(sorted(self.meanings(word), key=lambda one: -one.score)), None)
        return (first.name or first.field or first.entity) if first is not None else word


def vocabulary_of(model: AppModel, pack: str, initials: Initials) -> Vocabulary:
    """The names of a pack and of those that it requires."""
    packs = {"organisation", *_required(model, pack)} if pack else set(model.packs)
    entities = frozenset(name for name, one in model.entities.items() if one.place.pack in packs)
    found: dict[str, dict[Meaning, float]] = {}
    for word, meaning in _said(model, packs, entities, initials):
        cleaned = " ".join(word.lower().split())
        if len(cleaned) > 1 or (cleaned and meaning.sort == "option"):
            known = found.setdefault(cleaned, {})
            bare = Meaning(meaning.sort, meaning.entity, meaning.field, meaning.name, 0)
            known[bare] = max(known.get(bare, 0), meaning.score)
    words = {
        word: tuple(Meaning(one.sort, one.entity, one.field, one.name, score) for one, score in listed.items())
        for word, listed in found.items()
    }
    return Vocabulary(model, entities, words, max(map(len, words), default=0))


def _required(model: AppModel, pack: str) -> Iterator[str]:
    yield pack
    for one in model.packs[pack].requires if pack in model.packs else ():
        yield from _required(model, one)


Said = Iterator[tuple[str, Meaning]]


def _said(model: AppModel, packs: set[str], entities: frozenset[str], initials: Initials) -> Said:
    """In the model's order, which decides between meanings that are as likely: the same in every process."""
    for name, entity in model.entities.items():
        if name not in entities:
            continue
        yield from _of_entity(model, entity, initials)
        for one in entity.fields.values():
            yield from _of_field(entity, one, initials)
        life = model.workflow_of(name)
        for move in life.transitions if life else ():
            yield from _variants(move.label, move.id, Meaning("move", name, life.field if life else "", move.id))
    for name, words in STAMP_WORDS.items():
        yield from _all(words, Meaning("stamp", name=name), NEAR)
    for role in model.roles.values():
        if role.place.pack in packs:
            meaning = Meaning("role", name=role.name)
            yield from _variants(role.label, role.name, meaning, initials)
            yield f"{role.label.text('zh')}角色", meaning
            yield f"role {role.label.text('en')}", meaning
            yield from _all(ROLE_WORDS.get(role.name, ()), meaning, NEAR)
    for kind in model.unit_kinds.values():
        for seat in kind.seats if kind.place.pack in packs else ():
            meanings = (Meaning("role", name=role) for role in seat.roles)
            for meaning in meanings:
                yield from _variants(seat.label, "", meaning, score=NEAR)
            if seat.head and not any(kind.name in other.parents for other in model.unit_kinds.values()):
                yield from _variants(seat.label, "", Meaning("head", name=kind.name), score=NEAR)


def _of_entity(model: AppModel, entity: Entity, initials: Initials) -> Said:
    meaning = Meaning("entity", entity.name)
    yield from _variants(entity.label, entity.name, meaning, initials)
    zh = entity.label.text("zh")
    yield f"{zh}单", _scored(meaning, NEAR)
    yield f"{zh}记录", _scored(meaning, NEAR)
    yield zh.removesuffix("单"), _scored(meaning, NEAR)
    english = entity.label.text("en").lower()
    yield (english[:-1] + "ies" if english.endswith("y") else f"{english}s"), meaning
    yield from _all(ENTITY_WORDS.get(entity.name, ()), meaning, NEAR)


def _of_field(entity: Entity, one: Field, initials: Initials) -> Said:
    meaning = Meaning("field", entity.name, one.name)
    yield from _variants(one.label, one.name, meaning, initials)
    for words, names in FIELD_WORDS:
        if one.name in names:
            yield from _all(words, meaning, SYNONYM - 0.02 * names.index(one.name))
    zh = _BRACKETS.sub("", one.label.text("zh"))
    yield f"{one.label.text('en')}s", meaning
    if one.kind is FieldKind.MONEY:
        yield f"{zh}金额", _scored(meaning, NEAR)
    yield from ((word, _scored(meaning, PART)) for word in _shorter(zh, one.kind))
    if one.kind is FieldKind.BOOLEAN:
        unflag = Meaning("unflag", entity.name, one.name)
        if "已" in zh:
            yield zh.replace("已", ""), _scored(meaning, NEAR)
            yield from _all((zh.replace("已", "未"), zh.replace("已", "没")), unflag, EXACT)
        else:
            yield from _all((f"未{zh}", f"不{zh}", f"没{zh}"), unflag, NEAR)
    for option in one.choices:
        choice = Meaning("option", entity.name, one.name, option.name)
        yield from _variants(option.label, option.name if len(option.name) > 1 else "", choice)
        yield from _options(one, option.label, choice)


def _options(one: Field, label: Label, meaning: Meaning) -> Said:
    zh = label.text("zh")
    yield f"{zh}类", _scored(meaning, NEAR)
    yield f"{zh}类型", _scored(meaning, NEAR)
    for tail in ("客户", "级", "店", "合同", "产品", "状态"):
        if zh.endswith(tail) and len(zh) > len(tail):
            yield zh.removesuffix(tail).strip(), _scored(meaning, NEAR)
    if one.kind is FieldKind.STATE or one.name in {"status", "stage"}:
        yield f"{zh}状态", meaning
        yield f"{zh}阶段", meaning
        yield f"未{zh.removeprefix('已')}", Meaning("unoption", meaning.entity, meaning.field, meaning.name, NEAR)
        yield zh.removesuffix("中"), _scored(meaning, PART)
        yield zh.removeprefix("已"), _scored(meaning, PART)
        yield f"已{zh}", _scored(meaning, PART)
        yield f"{zh}中", _scored(meaning, PART)
    elif len(zh) == 1:
        yield f"{zh}{one.label.text('zh')}", meaning
        yield f"{one.label.text('zh')}{zh}", meaning
        if one.label.text("zh").endswith(("度", "险", "力")):
            yield f"{zh}{one.label.text('zh')[-2:]}", _scored(meaning, NEAR)
    else:
        yield f"{zh}{one.label.text('zh')}", meaning
    english = label.text("en").lower()
    yield f"{english} {one.label.text('en').lower()}", meaning
    for key in (meaning.name, f"{one.name}.{meaning.name}"):
        yield from _all(OPTION_WORDS.get(key, ()), meaning, NEAR)


def _variants(
    label: Label, name: str, meaning: Meaning, initials: Initials | None = None, score: float = EXACT
) -> Said:
    zh, en = label.text("zh"), label.text("en")
    for text in (zh, zh.replace(" ", ""), _BRACKETS.sub("", zh).strip(), en, name, name.replace("_", " ")):
        yield text, _scored(meaning, score)
    if meaning.sort in {"entity", "field"} and initials is not None and len(zh) > 2:
        yield from _all(initials(zh), meaning, PART)


def _shorter(zh: str, kind: FieldKind) -> Iterator[str]:
    """What people leave off: 综合折扣 → 折扣, 预计成交 → 成交, 到期日期 → 到期."""
    for tail in ("日期", "时间", "日", "至", "金额", "情况", "比例"):
        if zh.endswith(tail) and len(zh) - len(tail) >= 2:
            yield zh.removesuffix(tail)
    if kind in {FieldKind.DATE, FieldKind.INSTANT}:
        yield f"{zh}日期"
        yield f"{zh}时间"
    if len(zh) >= 4 and zh[2] != "的":
        yield zh[2:]


def _all(words: Iterable[str], meaning: Meaning, score: float) -> Said:
    return ((word, _scored(meaning, score)) for word in words)


def _scored(meaning: Meaning, score: float) -> Meaning:
    return Meaning(meaning.sort, meaning.entity, meaning.field, meaning.name, score)
