"""`dougong negotiation`: random decisions, looked at with everything that they rest on; earlier ones, judged."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from functools import partial

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.model.context import Context, Principal
from engine.runtime.modeling.model_registry import Shelf
from engine.runtime.negotiation.evidence_audit import EvidenceAudit, audited, drawn
from engine.runtime.negotiation.keeping import Judged, judge_earlier
from engine.runtime.settings import Settings

TOLD = 50
"""Flaws that people are told; the JSON has all."""
NO_SAMPLE = Message("--sample 至少是 1", "--sample is 1 at least")


def negotiation(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act on negotiations."""
    return judge(settings, console) if given.act == "judge" else look(given, settings, console)


def judge(settings: Settings, console: Console) -> int:
    """Judge the decisions of earlier releases that nothing was judged of."""
    seen = 0
    with writing(settings) as installation:
        context, some = _operator(installation), Judged(0, 0)
        while some.last is not None:
            some = installation.workplace.write(context, partial(judge_earlier, after=some.last))
            seen += some.judged
    console.say(f"补判 {seen} 条决定", f"{seen} decisions judged")
    console.result({"judged": seen})
    return 0


def look(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Look at random decisions; exit 1 when one is broken."""
    if given.sample < 1:
        raise DougongError(NO_SAMPLE)
    with opened(settings) as installation:
        found = audit(installation, given.sample, given.seed)
    _say(found, console)
    language = console.language
    flaws = [{**asdict(one), "cause": one.cause.text(language)} for one in found.flaws]
    console.result({**asdict(found), "flaws": flaws, "seed": given.seed})
    return 1 if found.broken else 0


def audit(installation: Installation, most: int, seed: int) -> EvidenceAudit:
    """Look at decisions one after another, each in a unit of work of its own: the installation may serve meanwhile."""
    workplace, shelf = installation.workplace, Shelf()
    context = _operator(installation)
    ids, of = workplace.read(context, lambda work: drawn(work, most, seed))
    found = EvidenceAudit(of)
    for one in ids:
        found.add(workplace.read(context, partial(audited, shelf=shelf, identity=one)))
    return found


def _operator(installation: Installation) -> Context:
    settings = installation.settings
    principal = Principal(0, "audit", frozenset(), service="audit")
    return Context(principal, installation.clock.now(), locale=settings.language, zone=settings.zone)


def _say(found: EvidenceAudit, console: Console) -> None:
    console.say(
        f"{found.of} 条决定，抽查 {found.decisions} 条：特征 {found.features_resolved}/{found.features} 可还原，"
        f"依据行 {found.rows_resolved}/{found.rows} 与当时一致，{found.replayed} 条逐字节重放一致",
        f"{found.decisions} of {found.of} decisions: {found.features_resolved}/{found.features} features resolve, "
        f"{found.rows_resolved}/{found.rows} rows are as they were, {found.replayed} replay byte for byte",
    )
    if found.broken:
        console.say(f"{found.broken} 条有问题：", f"{found.broken} of them are broken:")
    for one in found.flaws[:TOLD]:
        console.line(f"  {one.decision}  {one.place}: {one.cause.text(console.language)}")
    more = len(found.flaws) - TOLD
    if more > 0:
        console.say(f"  另有 {more} 处，见 --json", f"  {more} more with --json")
