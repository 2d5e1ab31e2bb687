"""`dougong classify`: every field with its declared and its suggested level, and why."""

from __future__ import annotations

import argparse

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.modelling import operator
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.model.level_rules import level_rules
from engine.model.subjects import declared_level
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.columns import ColumnLevel
from engine.runtime.sovereignty.evidence_words import evidence_words, kind_words
from engine.runtime.sovereignty.field_scan import scan
from engine.runtime.sovereignty.level_scanning import scan_fields
from engine.runtime.sovereignty.levels import FieldName


def classify_fields(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Scan all fields. Raises DougongError where there is no such pack."""
    with writing(settings) if given.keep else opened(settings) as installation:
        model = installation.models.current()
        if given.pack is not None and given.pack not in model.packs:
            raise DougongError(Message(f"没有应用包 {given.pack}", f"There is no pack {given.pack}"))
        context = operator(installation)
        found = installation.workplace.read(context, lambda work: scan(work.session, work.model))
        if given.keep:
            scan_fields(installation.workplace, context)
        shown = [
            (name, one)
            for name, one in found
            if (given.all or one.kind is not None)
            and given.pack in {None, model.entities[name[0]].fields[name[1]].place.pack}
        ]
        bodies = [_body(installation, name, one, console.language) for name, one in shown]
        for body in bodies:
            _say(body, console)
        higher = sum(str(body["suggested"]) > str(body["declared"]) for body in bodies)
        console.say(
            f"{len(found)} 个字段，{len(shown)} 个有发现，{higher} 个建议高于声明；规则 {level_rules().version}",
            f"{len(found)} fields, something found of {len(shown)}, {higher} suggested above what is declared; rules {level_rules().version}",
        )
        console.result({"rules": level_rules().version, "fields": bodies})
        return 0


def _body(installation: Installation, name: FieldName, one: ColumnLevel, language: str) -> dict[str, object]:
    field = installation.models.current().entities[name[0]].fields[name[1]]
    return {
        "field": ".".join(name),
        "label": field.label.text(language),
        "declared": declared_level(field),
        "suggested": one.level,
        "kind": one.kind,
        "tags": list(one.tags),
        "score": one.score,
        "sampled": one.sampled,
        "what": kind_words(one.kind).text(language),
        "evidence": [evidence_words(reason, one.kind).text(language) for reason in one.evidence],
    }


def _say(body: dict[str, object], console: Console) -> None:
    evidence = body["evidence"]
    assert isinstance(evidence, list)
    higher = "↑" if str(body["suggested"]) > str(body["declared"]) else " "
    console.line(f"{body['declared']} {higher} {body['suggested']}  {body['field']:<40} {body['label']}")
    console.line(f"          {body['what']} · {'; '.join(str(one) for one in evidence)}")
