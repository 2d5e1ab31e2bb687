"""A sentence read against the draft: the restatement, the commands of the rule, its cases worked out, what must be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from designer.from_sheet.application import texts_of
from designer.from_words.rule_cases import ANYTHING, CaseMaker, RuleCase, as_test, speaks_when
from designer.from_words.rule_definitions import Command, RuleDefinitions, names_taken
from designer.splice.value_text import entry_lines
from engine.diagnostics import Message, Span
from engine.dsl.document import Document
from engine.dsl.environments import EntityEnvironment
from engine.dsl.formula_types import check_formula
from engine.dsl.rule_words.doubts import Doubt, Question, Unknown
from engine.dsl.rule_words.formulas import condition_text
from engine.dsl.rule_words.judging import told_of
from engine.dsl.rule_words.meaning import TypedRule
from engine.dsl.rule_words.reading import Read, read_sentence
from engine.dsl.rule_words.saying import restated, said_cell
from engine.dsl.rule_words.tokens import Piece
from engine.dsl.rule_words.tongues import ENGLISH, TONGUES
from engine.dsl.rule_words.vocabulary import vocabulary_of
from engine.dsl.symbols import collect
from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.formula import Formula, Moment
from engine.runtime.formula.value import Cells, compile_value
from engine.runtime.search.initials import initials_of

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
"""The moment at which cases play: that of their app tests."""


@dataclass(frozen=True, slots=True)
class TriedCase:
    """A case with what the engine made of it."""

    case: RuleCase
    found: bool


@dataclass(frozen=True, slots=True)
class ReadRule:
    """A sentence that was read: the rule, its commands with those of its tests, cases with results, what must be told."""

    read: Read
    commands: Sequence[Command]
    cases: Sequence[TriedCase]
    told: Sequence[Message]

    @property
    def rule(self) -> TypedRule:
        return self.read.rule


@dataclass(frozen=True, slots=True)
class RuleReader:
    """Reads sentences about the application of a pack, against a model and its documents."""

    model: AppModel
    documents: Sequence[Document]
    pack: str

    def read(self, sentence: str, entity: str = "") -> ReadRule:
        """Everything about the rule. Raises Doubt."""
        read = read_sentence(sentence, vocabulary_of(self.model, self.pack, initials_of), entity)
        cases = CaseMaker(self.model, read.rule.entity, date(2026, 3, 2)).cases(read.rule)
        commands = RuleDefinitions(self.model, self.pack, read.rule, names_taken(self.model)).commands()
        tests = self._tests(read.rule, cases, commands)
        return ReadRule(read, [*commands, *tests], self._tried(read.rule, cases), told_of(read.rule, self.model))

    def _tests(self, rule: TypedRule, cases: Sequence[RuleCase], commands: Sequence[Command]) -> list[Command]:
        """The cases as app tests beside the rule, as far as their cells can be given."""
        reader = self._reader(self._touched(rule.entity, cases))
        made = [as_test(one, rule, self.model, reader) for one in cases] if reader else []
        kept = [one for one in made if one is not None]
        first = next((str(one["file"]) for one in commands if one["do"] == "create"), "")
        if not kept or not first:
            return []
        name = first.rsplit("/", 1)[-1].removesuffix(".yaml")
        label = {language: restated(rule, self.model, language)[:80] for language in ("zh", "en")}
        texts = texts_of(self.pack, [(f"tests/{name}.yaml", {"label": label, "tests": kept})])
        return [{"do": "create", "file": file, "text": text} for file, text in texts.items()]

    def _touched(self, entity: str, cases: Sequence[RuleCase]) -> set[str]:
        """The entities whose rows the cases are made of."""
        declared = self.model.entities[entity]
        relations = [declared.fields[path[0]].relation for case in cases for path in case.given.cells if len(path) > 1]
        rows = [declared.collections[path[-1]].entity for case in cases for path in case.given.rows]
        return {entity, *rows, *(one.entity for one in relations if one is not None)}

    def _reader(self, entities: set[str]) -> str:
        """A role that reads every record of all these entities."""
        reading = [
            {
                role
                for grant in access.grants
                if Action.READ in grant.actions and grant.rows is None
                for role in grant.roles
            }
            if (access := self.model.access.get(one)) is not None
            else set()
            for one in entities
        ]
        return min(set.intersection(*reading), default="")

    def _tried(self, rule: TypedRule, cases: Sequence[RuleCase]) -> list[TriedCase]:
        condition = speaks_when(rule)
        if condition is None:
            return []
        environment = EntityEnvironment(collect(self.documents), rule.entity)
        formula = check_formula(condition_text(condition), environment, span=Span("", 1, 0))
        if not isinstance(formula, Formula):
            first = formula[0].message
            raise Doubt(Message(f"这样比较不了：{first.zh}", f"This cannot be compared: {first.en}"))
        worked_out = compile_value(formula)
        return [
            TriedCase(one, worked_out(_Given(one.given.cells, one.given.rows), Moment(NOON)) is True) for one in cases
        ]


@dataclass(frozen=True, slots=True)
class _Given:
    """The cells of a case as a formula asks for them."""

    cells: Mapping[tuple[str, ...], object]
    rows: Mapping[tuple[str, ...], Sequence[Mapping[str, object]]]

    def cell(self, path: tuple[str, ...]) -> object:
        return self.cells.get(path)

    def children(self, path: tuple[str, ...]) -> Sequence[Cells]:
        return [_Given({(name,): value for name, value in row.items()}, {}) for row in self.rows.get(path, ())]


def rule_body(found: ReadRule, model: AppModel, language: str) -> Mapping[str, object]:
    """A sentence that was read, as JSON: what a reader sees before they apply it."""
    label = restated(found.rule, model, "zh")
    return {
        "standing": "read",
        "entity": found.rule.entity,
        "restatement": restated(found.rule, model, language),
        "branches": [condition_text(one.when) if one.when is not None else "" for one in found.rule.branches],
        "pieces": [_piece(one) for one in found.read.pieces],
        "command": {
            "do": "batch",
            "label": {"zh": label[:80], "en": restated(found.rule, model, "en")[:80]},
            "commands": list(found.commands),
        },
        "files": _files(found.commands),
        "cases": [_case(one, found.rule, model, language) for one in found.cases],
        "told": [{"zh": one.zh, "en": one.en} for one in found.told],
        "others": list(found.read.others),
    }


def doubt_body(doubt: Doubt) -> Mapping[str, object]:
    """A sentence that was not read at once, as JSON: why, where, and what it may have been meant to be."""
    choices = doubt.choices if isinstance(doubt, Question) else doubt.nearest if isinstance(doubt, Unknown) else ()
    return {
        "standing": "question"
        if isinstance(doubt, Question)
        else "unknown"
        if isinstance(doubt, Unknown)
        else "unread",
        "about": doubt.about if isinstance(doubt, Question) else "",
        "words": {"zh": doubt.words.zh, "en": doubt.words.en},
        "start": doubt.start,
        "end": doubt.end,
        "choices": [
            {"name": one.name, "label": {"zh": one.words.zh, "en": one.words.en}, "instead": one.instead}
            for one in choices
        ],
    }


def _files(commands: Sequence[Command]) -> list[Mapping[str, object]]:
    """What is written into each file, in the order of the commands."""
    texts: dict[str, str] = {}
    for one in commands:
        texts[str(one["file"])] = texts.get(str(one["file"]), "") + _text(one)
    new = {one["file"] for one in commands if one["do"] == "create"}
    return [{"file": file, "text": text, "new": file in new} for file, text in texts.items()]


def _text(command: Command) -> str:
    """What a command writes into its file."""
    value = command.get("value")
    return str(command["text"]) if value is None else "\n".join(entry_lines("-", value, 0, item=True)) + "\n"


def _piece(one: Piece) -> Mapping[str, object]:
    return {"kind": one.kind.lower(), "text": one.text, "start": one.start, "end": one.end}


def _case(one: TriedCase, rule: TypedRule, model: AppModel, language: str) -> Mapping[str, object]:
    something = TONGUES.get(language, ENGLISH).something
    cells = [
        {
            "name": ".".join(path),
            "label": _label(model, rule.entity, path, language),
            "value": something if value == ANYTHING else said_cell(model, (rule.entity, path), value, language),
        }
        for path, value in one.case.given.cells.items()
    ]
    rows = [
        {"name": path[-1], "label": _rows_label(model, rule.entity, path[-1], language), "value": str(len(found))}
        for path, found in one.case.given.rows.items()
    ]
    return {"name": one.case.name, "cells": cells + rows, "expected": one.case.expected, "found": one.found}


def _label(model: AppModel, entity: str, path: tuple[str, ...], language: str) -> str:
    found = model.field(entity, path)
    return found.label.text(language) if found is not None else ".".join(path)


def _rows_label(model: AppModel, entity: str, collection: str, language: str) -> str:
    return model.entities[model.entities[entity].collections[collection].entity].label.text(language)
