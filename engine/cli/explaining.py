"""`dougong explain value`, `transition` and `metric`: trees of values and conditions, with the rights of a user."""

from __future__ import annotations

import argparse

from engine.cli.console import Console
from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.model.requests import AggregateRequest
from engine.runtime.identifiers import decode_id
from engine.runtime.metrics.sources import base_metrics
from engine.runtime.query.records import get_record
from engine.runtime.work import Work
from engine.runtime.workflow.explain import explain_transition
from engine.web.explain_pages import computed_value, transition_body, value_body
from engine.web.figure_trees import figure_tree
from engine.web.value_trees import part_body, part_lines, value_text


def say_value(work: Work, given: argparse.Namespace, console: Console) -> None:
    """Why a computed field of a record has its value."""
    entity = work.model.entities.get(given.entity)
    if entity is None:
        raise NotFound
    found = computed_value(work, entity, get_record(work, entity.name, decode_id(given.record)), given.field)
    console.line(f"{given.entity}.{given.field} = {value_text(found.value)}\n  {found.place}")
    if found.tree is None:
        console.say(
            "  公式用到该用户无权查看的内容，不展开", "  The formula reads what this user may not see: not taken apart"
        )
    for depth, text, value in part_lines(found.tree) if found.tree else ():
        console.line(f"  {'  ' * depth}{text} = {value}")
    console.result(value_body(found))


def say_transition(work: Work, given: argparse.Namespace, console: Console) -> None:
    """Why a transition of a record can or cannot be taken."""
    if not (given.entity and given.record and given.transition):
        raise DougongError(
            Message(
                "需要 --user、--entity、--record、--transition",
                "--user, --entity, --record and --transition are needed",
            )
        )
    record = decode_id(given.record)
    get_record(work, given.entity, record)
    rules = explain_transition(work, given.entity, record, given.transition)
    for rule in rules:
        mark = "?" if rule.held is None else "✓" if rule.held else "✗"
        console.line(f"  {mark} {rule.place}  {rule.id}: {rule.says}{f' [{rule.condition}]' if rule.condition else ''}")
    console.result(transition_body(rules))


def say_metric(work: Work, given: argparse.Namespace, console: Console) -> None:
    """What a metric is made of, over all time, with the user's rights."""
    metric = work.model.metrics.get(given.metric or "")
    base = next(iter(base_metrics(work.model, (metric.name,))), None) if metric else None
    if metric is None or base is None:
        raise DougongError(Message("没有这个指标:--metric", "There is no such metric: --metric"))
    tree = figure_tree(work, metric, AggregateRequest(metrics=(metric.name,)), (), {})
    console.line(f"{metric.name} = {value_text(tree.value)}\n  {tree.place}")
    for depth, text, value in part_lines(tree):
        console.line(f"  {'  ' * depth}{text} = {value}")
    console.result(part_body(tree))
