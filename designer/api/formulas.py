"""The formula bar over HTTP: a formula at its place in the draft is checked, completed, worked out on a row and taken apart.

The body names the place (`file`, `path`), the `formula`, and the whole `text` of the file where it is not sent yet.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from starlette.responses import Response

from designer.api.answers import words
from designer.api.asked import Asked
from designer.draft.desk import Desk
from designer.formulas.trying import spot_of, trial_at
from designer.formulas.working_out import Bench, Outcome
from designer.refusals import bad
from designer.studio import Studio
from designer.texts.reading_desk import Page, ReadingDesk
from engine.diagnostics import Message
from engine.dsl.editing.formula_trial import Trial, words_at
from engine.model.formula import FormulaError
from engine.model.formula_words import shape_words
from engine.model.measure_units import MeasureUnit
from engine.runtime.identifiers import decode_id
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site
from engine.web.value_trees import Part, part_body, value_text
from engine.widgets.cells import ERRORS

MOST_PROPOSALS = 80
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class FormulaApi:
    """The endpoints of the formula bar."""

    studio: Studio
    desk: ReadingDesk

    def check(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/formula/check: problems with offsets, type and unit of the value, the entity of the row."""
        asked = Asked.of(call)
        with self._page(work, asked) as page:
            trial = trial_at(page, spot_of(page, asked.values.get("path")), asked.text("formula"))
        return json_response(_trial_body(trial))

    def completion(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/formula/completion: what may stand at `offset` of the formula."""
        asked = Asked.of(call)
        formula, offset = asked.text("formula"), asked.offset()
        with self._page(work, asked) as page:
            spot = spot_of(page, asked.values.get("path"))
            found = list(words_at(spot.document, spot.path, formula, min(offset, len(formula)), page.symbols))
        start = found[0].start if found else offset
        typed = formula[start:offset].lower()
        kept = [one for one in found if typed in one.name.name.lower() or typed in one.name.words.zh.lower()]
        kept.sort(key=lambda one: not one.name.name.lower().startswith(typed))
        items = [
            {
                "text": f"{one.name.name}(" if one.is_function else one.name.name,
                "sort": "function" if one.is_function else "name",
                "words": words(one.name.words),
                "start": one.start,
                "end": offset,
            }
            for one in kept[:MOST_PROPOSALS]
        ]
        return json_response({"items": items, "whole": len(kept) <= MOST_PROPOSALS})

    def evaluate(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/formula/evaluate: the value on `record`, read with the asker's own rights."""
        trial, outcome = self._worked_out(work, Asked.of(call))
        return json_response(_outcome_body(trial, outcome, work.context.language))

    def explain(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/formula/explain: the value on `record` with the value of every part of the formula."""
        trial, outcome = self._worked_out(work, Asked.of(call))
        tree = tree_body(outcome.tree, work.context.language) if outcome.tree is not None else None
        return json_response({**_outcome_body(trial, outcome, work.context.language), "tree": tree})

    def _worked_out(self, work: Work, asked: Asked) -> tuple[Trial, Outcome]:
        record = decode_id(asked.text("record"))
        with self._page(work, asked) as page:
            trial = trial_at(page, spot_of(page, asked.values.get("path")), asked.text("formula"))
            symbols = page.symbols
        entity = work.model.entities.get(trial.entity or "")
        if entity is None:
            raise bad(
                "这个实体还没有发布，没有可以试算的记录", "The entity is not published yet: it has no records to try"
            )
        if trial.formula is None:
            first = trial.problems[0][1]
            raise bad(first.message.zh, first.message.en, first.hint)
        return trial, Bench(work, symbols, entity, record).outcome(trial.formula)

    def _page(self, work: Work, asked: Asked) -> AbstractContextManager[Page]:
        return self.desk.page(Desk(work, self.studio).texts(), asked.text("file"), asked.optional("text"))


def _trial_body(trial: Trial) -> Json:
    formula = trial.formula
    return {
        "entity": trial.entity,
        "type": words(shape_words(formula.type)) if formula is not None else None,
        "unit": _unit_words(trial.unit) if formula is not None else None,
        "rounded": formula.rounded if formula is not None else False,
        "reads": sorted(formula.references) if formula is not None else [],
        "problems": [
            {"code": one.code, "offset": offset, "message": words(one.message), "hint": words(one.hint)}
            for offset, one in trial.problems
        ],
    }


def _unit_words(unit: MeasureUnit | None) -> Json | None:
    """The unit of a value: its symbols, with words where they have some; null where it is not known or a plain number."""
    if unit is None or not unit.powers:
        return None
    label = unit.label()
    return {"zh": label.text("zh") or str(unit), "en": label.text("en") or str(unit), "symbols": str(unit)}


def _outcome_body(trial: Trial, outcome: Outcome, language: str) -> Json:
    known = not outcome.hidden
    return {
        "value": _plain(outcome.value) if known else None,
        "shown": shown_value(outcome.value, language) if known else None,
        "unit": _unit_words(trial.unit),
        "unpublished": list(outcome.unpublished),
        "hidden": list(outcome.hidden),
        "notes": [words(one) for one in _notes(outcome)],
    }


def _notes(outcome: Outcome) -> list[Message]:
    notes = []
    if outcome.hidden:
        names = ", ".join(outcome.hidden)
        notes.append(
            Message(f"你无权查看这条记录的 {names}，不能试算", f"You may not read {names} of this record: no value")
        )
    if outcome.unpublished:
        names = ", ".join(outcome.unpublished)
        notes.append(Message(f"{names} 还没有发布，按空值计算", f"{names}: not published yet, taken as empty"))
    return notes


def tree_body(part: Part, language: str) -> Json:
    """A tree with each value as people read it."""
    body = part_body(part)
    return {
        **body,
        "value": _plain(part.value),
        "shown": shown_value(part.value, language),
        "parts": [tree_body(one, language) for one in part.parts],
    }


def _plain(value: object) -> object:
    return value.code if isinstance(value, FormulaError) else str(value) if isinstance(value, timedelta) else value


def shown_value(value: object, language: str) -> str:
    """A value as its reader reads it."""
    chinese = language.startswith("zh")
    if isinstance(value, bool):
        return ("是" if value else "否") if chinese else ("yes" if value else "no")
    if isinstance(value, FormulaError):
        return ERRORS[value.code][0 if chinese else 1]
    if isinstance(value, Decimal):
        return format(value, ",f")
    if isinstance(value, tuple | list):
        return ", ".join(shown_value(one, language) for one in value)
    return value_text(value)
