"""Bodies of models: versions, runs, answers and reasons as plain values, for the interface and for commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.model.feature_tables import FeatureTable
from engine.runtime.identifiers import encode_id
from engine.runtime.modeling.card_words import badge_words, card_words
from engine.runtime.modeling.effect_words import effect_words
from engine.runtime.modeling.model_tables import EFFECT_KEY, ModelAct, ModelVersion, TrainingRun
from engine.runtime.modeling.reasons import Explanation
from engine.runtime.modeling.scoring import Answer


def version_body(version: ModelVersion, language: str) -> dict[str, object]:
    """A version in short."""
    badge = version.card.get("badge")
    rows = version.card["rows"]
    assert isinstance(rows, Mapping)
    return {
        "model": version.model,
        "version": version.number,
        "state": str(version.state),
        "task": version.card["task"],
        "learner": version.card["learner"],
        "learnt": rows["learnt"],
        "held_out": rows["held_out"],
        "badge": badge_words(badge if isinstance(badge, Mapping) else None).text(language),
        "metrics": version.card["metrics"],
        "sha256": version.content_hash,
        "created_at": version.created_at.isoformat(),
    }


def card_body(version: ModelVersion, language: str) -> dict[str, object]:
    """A version with its card, as data and in words."""
    return {
        **version_body(version, language),
        "words": [
            {"title": one.title.text(language), "lines": [line.text(language) for line in one.lines]}
            for one in card_words(version.card, version.compared)
        ],
        "card": version.card,
        "compared": version.compared,
    }


def effect_body(version: ModelVersion, language: str) -> dict[str, object]:
    """A version of an effect with its card, as data and in words; a number that must not be said is in neither."""
    card = version.card
    return {
        "effect": version.name,
        "version": version.number,
        "state": str(version.state),
        "answer": card["state"],
        "grade": card["grade"],
        "sha256": version.content_hash,
        "created_at": version.created_at.isoformat(),
        "words": [
            {"title": one.title.text(language), "lines": [line.text(language) for line in one.lines]}
            for one in effect_words(card)
        ],
        "card": card,
    }


def run_body(run: TrainingRun, language: str) -> dict[str, object]:
    """A run of training: where it is, or how it ended."""
    problem = run.problem
    return {
        "run": encode_id(run.id),
        "model": run.model.removeprefix(EFFECT_KEY),
        "state": str(run.state),
        "stage": run.stage,
        "share": run.share,
        "version": run.version,
        "created_at": run.created_at.isoformat(),
        "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
        "problem": None if problem is None else {"code": problem[0], "message": problem[1].text(language)},
    }


def model_body(
    name: str, versions: Sequence[ModelVersion], acts: Sequence[ModelAct], runs: Sequence[TrainingRun], language: str
) -> dict[str, object]:
    """A model: its versions, its history, its runs."""
    return {
        "name": name,
        "versions": [version_body(one, language) for one in versions],
        "history": [act_body(one) for one in acts],
        "runs": [run_body(one, language) for one in runs],
    }


def act_body(act: ModelAct) -> dict[str, object]:
    return {
        "version": act.version,
        "act": act.act,
        "before": act.before,
        "reason": act.reason,
        "at": act.at.isoformat(),
        "by": None if act.by is None else encode_id(act.by),
    }


def answer_body(key: int, answer: Answer, language: str) -> dict[str, object]:
    """An answer to a line; `abstains` says why there is none."""
    return {
        "key": key,
        "value": answer.value,
        "low": answer.low,
        "high": answer.high,
        "abstains": [one.text(language) for one in answer.reasons],
    }


def reasons_body(explanation: Explanation, table: FeatureTable, language: str) -> dict[str, object]:
    """What an answer goes by; never what causes it."""
    labels = {column.name: column.label.text(language) for column in table.columns}
    return {
        "base": explanation.base,
        "value": explanation.value,
        "reasons": [
            {
                "group": one.group,
                "share": one.share,
                "cells": [
                    {"column": name, "label": labels.get(name, name), "value": cell, "typical": typical}
                    for name, cell, typical in one.cells
                ],
            }
            for one in explanation.reasons
        ],
    }
