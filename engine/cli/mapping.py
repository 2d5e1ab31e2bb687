"""`dougong map`: decision-chain maps with their coverage, and the flow that one becomes."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.console import Console
from engine.diagnostics import DougongError, Message, Severity
from engine.dsl.compiler import Compiler
from engine.dsl.map_flow import FlowDraft, flow_draft
from engine.installation.served import WIDGETS, DoesNotCompile, installed_packs
from engine.model.app import AppModel
from engine.model.maps import BOUND, DecisionMap
from engine.model.names import is_name
from engine.runtime.nodes.registry import node_specs
from engine.runtime.settings import Settings
from engine.widgets.registry import read_widgets


def maps(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """List maps, or write the flow of one into its pack; exit 1 when that flow has errors, and nothing is written."""
    compiler = Compiler(installed_packs(settings), read_widgets(WIDGETS), node_specs())
    compilation = compiler.compile()
    if compilation.model is None:
        raise DoesNotCompile(compilation.diagnostics)
    if given.act == "list":
        return _list(compilation.model, console)
    chart = compilation.model.maps.get(given.name or "")
    if chart is None:
        names = ", ".join(compilation.model.maps)
        raise DougongError(Message(f"没有这张图；可用：{names}", f"There is no such map; known: {names}"))
    if given.flow and not is_name(given.flow):
        raise DougongError(
            Message("流程名只用小写字母、数字、下划线", "A flow is named by lower-case letters, digits, _")
        )
    return _to_flow(compiler, flow_draft(compilation.model, chart, given.flow), chart, given.show, console)


def _list(model: AppModel, console: Console) -> int:
    found = []
    for chart in model.maps.values():
        bound, total = chart.coverage
        unbound = [node.id for node in chart.nodes if node.binding not in BOUND]
        found.append(
            {"name": chart.name, "bound": bound, "steps": total, "not_bound": unbound, "place": str(chart.place)}
        )
        share = bound * 100 // total
        console.line(f"{chart.name}  {chart.label.text(console.language)}  {bound}/{total} ({share} %)  {chart.place}")
    console.result(found)
    return 0


def _to_flow(compiler: Compiler, draft: FlowDraft, chart: DecisionMap, show: bool, console: Console) -> int:
    """Write the draft where it compiles; a file that stands there is never overwritten."""
    folder = next(one for one in compiler.folders if one.name == chart.pack)
    target = (folder / "workflows" / f"{draft.name}.yaml").resolve()
    if target.exists() and not show:
        raise DougongError(
            Message(f"{target} 已存在；用 --flow 换个名字", f"{target} exists; choose a name with --flow")
        )
    if show:
        console.line(draft.text)
    errors = _errors(compiler, target, draft, console)
    for note in draft.notes:
        console.line(f"! {note.text(console.language)}")
    if not errors and not show:
        target.parent.mkdir(exist_ok=True)
        target.write_text(draft.text, "utf-8")
        console.say(f"已写入 {target}", f"{target} written")
    notes = [note.text(console.language) for note in draft.notes]
    written = str(target) if not errors and not show else None
    console.result({"file": written, "text": draft.text, "notes": notes, "errors": errors})
    return 1 if errors else 0


def _errors(compiler: Compiler, target: Path, draft: FlowDraft, console: Console) -> list[dict[str, object]]:
    """What keeps the packs from compiling with the draft; told as `dougong check` tells it."""
    compiler.unsaved[target] = draft.text.encode()
    found = [one for one in compiler.compile().diagnostics if one.severity is Severity.ERROR]
    for one in found:
        console.line(one.as_text(console.language))
    return [one.as_dict(console.language) for one in found]
