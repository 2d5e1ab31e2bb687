"""`dougong pipeline`: a pipeline in words, and the first lines of its table."""

from __future__ import annotations

import argparse

from engine.cli.console import Console
from engine.cli.data import context_of_account
from engine.cli.opening import opened
from engine.diagnostics import DougongError, Message
from engine.model.feature_tables import FeatureTable
from engine.runtime.identifiers import encode_id
from engine.runtime.modeling.feature_reading import learning_table
from engine.runtime.modeling.pipeline_trainings import plan_of
from engine.runtime.modeling.plan_words import pipeline_words
from engine.runtime.settings import Settings


def pipeline(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act on pipelines."""
    acts = {"list": list_pipelines, "explain": explain_pipeline, "preview": preview_pipeline}
    return acts[given.act](given, settings, console)


def list_pipelines(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """All pipelines."""
    with opened(settings) as installation:
        found = installation.models.current().pipelines
        for name, one in sorted(found.items()):
            console.line(f"{name:<32} {one.label.text(console.language)}")
        console.result({"pipelines": sorted(found)})
        return 0


def explain_pipeline(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """A pipeline as sentences, each with the columns that it comes from."""
    with opened(settings) as installation:
        model = installation.models.current()
        plan_of(model, given.name)
        lines = list(pipeline_words(model, model.pipelines[given.name]))
        for one in lines:
            console.line(f"{one.name}  {one.label.text(console.language)}")
            console.line(f"    {one.says.text(console.language)}")
            if one.lineage:
                console.line(f"    ← {', '.join(one.lineage)}")
        said = [
            {"name": one.name, "label": one.label.text(console.language), "says": one.says.text(console.language)}
            | {"lineage": list(one.lineage)}
            for one in lines
        ]
        console.result({"pipeline": given.name, "lines": said})
        return 0


def preview_pipeline(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """The first lines of a pipeline's table as an account reads it, how many there are, and which columns are empty."""
    if not given.user:
        raise DougongError(Message("需要 --user:以谁的权限读取", "--user is needed: whose rights it is read with"))
    with opened(settings) as installation:
        plan = plan_of(installation.models.current(), given.name)
        context = context_of_account(installation, given.user)
        found = installation.workplace.read(context, lambda work: learning_table(work, plan))
        table = found.table
        for line in range(min(given.rows, len(table.keys))):
            cells = ", ".join(
                f"{column.name}={_cell(values[line])}"
                for column, values in zip(table.columns, table.values, strict=True)
            )
            target = "" if table.target is None else f" → {_cell(table.target[line])}"
            console.line(f"{encode_id(table.keys[line])}  {table.at[line]:%Y-%m-%d}  {cells}{target}")
        console.say(
            f"{len(table.keys)} 行(留出 {sum(table.held_out)} 行);{found.censored} 行结果未知,间隔中 {found.in_gap} 行",
            f"{len(table.keys)} rows ({sum(table.held_out)} held out); the outcome of {found.censored} is not known, "
            f"{found.in_gap} lie in the gap",
        )
        empty = _empty(table)
        if empty:
            console.say(
                f"这些列全是空的,决策时还不知道:{'、'.join(empty)}。若其实已知,在数据源的 known_at 中写明",
                f"Empty in all rows, not known at the decision: {', '.join(empty)}. Say in the source's known_at if they are",
            )
        console.result(_body(table, given.rows, empty) | {"censored": found.censored, "in_gap": found.in_gap})
        return 0


def _empty(table: FeatureTable) -> list[str]:
    if not table.keys:
        return []
    pairs = zip(table.columns, table.values, strict=True)
    return [column.name for column, values in pairs if all(one is None for one in values)]


def _body(table: FeatureTable, most: int, empty: list[str]) -> dict[str, object]:
    rows = [
        {"key": encode_id(table.keys[line]), "at": table.at[line].isoformat()}
        | {column.name: values[line] for column, values in zip(table.columns, table.values, strict=True)}
        | ({} if table.target is None else {"label": table.target[line]})
        for line in range(min(most, len(table.keys)))
    ]
    return {"rows": rows, "count": len(table.keys), "held_out": sum(table.held_out), "empty": empty}


def _cell(value: float | str | None) -> str:
    return "—" if value is None else f"{value:g}" if isinstance(value, float) else value
