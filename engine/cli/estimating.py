"""`dougong effect`: estimate what a treatment does, read it with its checks, put it live, go back."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.learnt_versions import LearntKind, read
from engine.cli.modelling import learn
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.model.trained import EffectQuestion, TrainingSettings
from engine.runtime.modeling.effect_words import effect_words
from engine.runtime.modeling.model_bodies import act_body, effect_body
from engine.runtime.modeling.model_tables import EFFECT_KEY, acts_of, effects_of, versions_of
from engine.runtime.modeling.pipeline_trainings import plan_of
from engine.runtime.modeling.trainings import TrainingWish
from engine.runtime.settings import Settings

EFFECTS = LearntKind(
    "effect", Message("效应", "effect"), EFFECT_KEY, lambda version: effect_words(version.card), effect_body
)


def effect(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act on effects."""
    acts: dict[str, Callable[[argparse.Namespace, Settings, Console], int]] = {
        "list": list_effects,
        "train": train,
        "show": EFFECTS.show,
        "deploy": EFFECTS.put_live,
        "rollback": EFFECTS.go_back,
    }
    if given.act != "list" and not given.name:
        raise DougongError(Message("请给出名称", "Name the effect"))
    return acts[given.act](given, settings, console)


def list_effects(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """All versions, newest first; of one name with its history."""
    with opened(settings) as installation:
        key = EFFECT_KEY + str(given.name)
        found = read(installation, lambda session: versions_of(session, key) if given.name else effects_of(session))
        for one in found:
            state, grade = one.card["state"], one.card["grade"]
            console.line(
                f"{one.name:<24} {one.number:>3}  {one.state:<10} {one.created_at:%Y-%m-%d %H:%M}  {state} {grade}"
            )
        if not found:
            console.say("还没有效应估计", "There are no effects yet")
        acts = read(installation, lambda session: acts_of(session, key)) if given.name else []
        console.result(
            {
                "versions": [effect_body(one, console.language) for one in found],
                "history": [act_body(one) for one in acts],
            }
        )
        return 0


def train(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Estimate from a pipeline or a sheet of rows, in a child, and wait; exit 1 when nothing can be estimated."""
    if not given.treatment:
        raise DougongError(
            Message("需要 --treatment:估计哪一列的作用", "--treatment is needed: the column whose effect it is")
        )
    with writing(settings) as installation:
        return learn(EFFECTS, installation, _wish(installation, given), given, console)


def _wish(installation: Installation, given: argparse.Namespace) -> TrainingWish:
    question = EffectQuestion(given.treatment, given.cluster, tuple(given.by), given.recorded, given.step, given.fewest)
    wanted, entity = TrainingSettings(interval=given.interval, effect=question), given.entity
    if given.pipeline:
        entity = plan_of(installation.models.current(), given.pipeline).rows.entity
    return TrainingWish(EFFECT_KEY + given.name, wanted, given.pipeline, entity, given.approve_by)
