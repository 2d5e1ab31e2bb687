"""`dougong effect`: estimate what a treatment does, read it with its checks, put it live, go back."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.modelling import approved, approver, learnt_from, read, sheet_table, taught
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.model.trained import EffectQuestion, TrainingSettings
from engine.runtime.modeling.effect_words import effect_words
from engine.runtime.modeling.model_bodies import act_body, effect_body, run_body
from engine.runtime.modeling.model_registry import roll_back
from engine.runtime.modeling.model_tables import (
    EFFECT_KEY,
    ModelVersion,
    acts_of,
    champion_of,
    effects_of,
    version_of,
    versions_of,
)
from engine.runtime.modeling.pipeline_trainings import plan_of
from engine.runtime.modeling.trainings import TrainingWish
from engine.runtime.settings import Settings


def effect(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act on effects."""
    acts: dict[str, Callable[[argparse.Namespace, Settings, Console], int]] = {
        "list": list_effects,
        "train": train,
        "show": show,
        "deploy": put_live,
        "rollback": go_back,
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
    sheet = None if given.pipeline else sheet_table(given, "train")
    with writing(settings) as installation:
        wish = _wish(installation, given)
        table = learnt_from(installation, given, console) if sheet is None else sheet
        done, version = taught(installation, wish, table, console)
        if version is None:
            return 1
        _say(version, console)
        console.result({**run_body(done, console.language), **effect_body(version, console.language)})
        return 0


def _wish(installation: Installation, given: argparse.Namespace) -> TrainingWish:
    question = EffectQuestion(given.treatment, given.cluster, tuple(given.by), given.recorded, given.step, given.fewest)
    wanted, entity = TrainingSettings(interval=given.interval, effect=question), given.entity
    if given.pipeline:
        entity = plan_of(installation.models.current(), given.pipeline).rows.entity
    return TrainingWish(EFFECT_KEY + given.name, wanted, given.pipeline, entity, given.approve_by)


def show(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """A version in words with its checks; without a version the live one, or the newest."""
    with opened(settings) as installation:
        version = _version(installation, given)
        _say(version, console)
        console.result(effect_body(version, console.language))
        return 0


def put_live(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Make a version the one that answers, with the rights of a user."""
    if given.version is None:
        raise DougongError(Message("请用 --version 指明版本", "Say which version by --version"))
    with writing(settings) as installation:
        version = _version(installation, given)
        approved(installation, version, given)
        console.say(f"{version.name} 版本 {version.number} 已上线", f"{version.name} version {version.number} is live")
        console.result({"effect": version.name, "version": version.number, "state": "champion"})
        return 0


def go_back(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Put the version back that answered before."""
    with writing(settings) as installation:
        context, key = approver(installation, given), EFFECT_KEY + given.name
        version = installation.workplace.write(context, lambda work: roll_back(work, key, given.reason))
        console.say(f"{given.name} 已退回版本 {version.number}", f"{given.name} is back at version {version.number}")
        console.result({"effect": given.name, "version": version.number, "state": "champion"})
        return 0


def _say(version: ModelVersion, console: Console) -> None:
    console.line(f"{version.name} {version.number} ({version.state})")
    for section in effect_words(version.card):
        console.line(f"\n{section.title.text(console.language)}")
        for line in section.lines:
            console.line(f"  {line.text(console.language)}")


def _version(installation: Installation, given: argparse.Namespace) -> ModelVersion:
    key = EFFECT_KEY + given.name
    if given.version is not None:
        return read(installation, lambda session: version_of(session, key, given.version))
    live = read(installation, lambda session: champion_of(session, key))
    found = [live] if live is not None else read(installation, lambda session: versions_of(session, key))
    if not found:
        raise DougongError(Message(f"没有效应 {given.name}", f"There is no effect {given.name}"))
    return found[0]
