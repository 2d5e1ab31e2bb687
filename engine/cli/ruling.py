"""`dougong rule`: a sentence becomes a rule; shown with its definitions and cases, written only with --apply."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from designer.commands.batches import perform
from designer.commands.sheets import Library, Sheets
from designer.file_names import file_name
from designer.from_words.rule_reading import ReadRule, RuleReader, doubt_body, rule_body
from engine.cli.console import Console
from engine.diagnostics import DougongError, Message
from engine.dsl.compiler import Compilation, Compiler
from engine.dsl.rule_words.doubts import Doubt
from engine.dsl.rule_words.saying import restated
from engine.installation.served import WIDGETS, DoesNotCompile, installed_packs
from engine.model.app import AppModel
from engine.runtime.nodes.registry import node_specs
from engine.runtime.settings import Settings
from engine.runtime.sources.registry import connector_specs
from engine.widgets.registry import read_widgets


def rule(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Read a sentence; exit 1 where it is not read at once, or the definitions would not compile."""
    compiler = Compiler(installed_packs(settings), read_widgets(WIDGETS), node_specs(), connector_specs())
    compilation = compiler.compile()
    if compilation.model is None:
        raise DoesNotCompile(compilation.diagnostics)
    pack = _pack(given.pack, compilation.model)
    try:
        found = RuleReader(compilation.model, compilation.documents, pack).read(given.sentence, given.entity)
    except Doubt as doubt:
        _doubted(doubt, console)
        return 1
    _shown(found, compilation.model, console)
    texts = _texts(found, compiler, compilation)
    refused = _refused(compiler, texts, console)
    if given.apply and not refused:
        for place, text in texts.items():
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, "utf-8")
            console.say(f"已写入 {place}", f"{place} written")
    console.result({**rule_body(found, compilation.model, console.language), "applied": given.apply and not refused})
    return 1 if refused else 0


def _pack(given: str, model: AppModel) -> str:
    if given in model.packs:
        return given
    known = ", ".join(sorted(name for name, one in model.packs.items() if one.is_app))
    raise DougongError(Message(f"没有应用包 {given}；可用：{known}", f"There is no pack {given}; known: {known}"))


def _doubted(doubt: Doubt, console: Console) -> None:
    body = doubt_body(doubt)
    console.line(f"? {doubt.words.text(console.language)}")
    choices = body["choices"]
    for one in choices if isinstance(choices, list) else []:
        console.line(f"  - {one['label'].get(console.language, one['name'])}  ({one['name']})")
    console.result(body)


def _shown(found: ReadRule, model: AppModel, console: Console) -> None:
    console.line(restated(found.rule, model, console.language))
    for one in found.told:
        console.line(f"! {one.text(console.language)}")
    for command in found.commands:
        console.line(f"\n+ {command['file']}" + (f"  {command['path']}" if "path" in command else ""))
        text = str(command.get("text") or command.get("value"))
        for line in text.splitlines():
            console.line(f"  + {line}")
    names = {"hit": Message("命中", "hit"), "miss": Message("不命中", "miss"), "boundary": Message("边界", "boundary")}
    for tried in found.cases:
        mark = "✓" if tried.found == tried.case.expected else "✗"
        cells = ", ".join(f"{'.'.join(path)} = {value}" for path, value in tried.case.given.cells.items())
        rows = ", ".join(f"{path[-1]}: {len(listed)}" for path, listed in tried.case.given.rows.items())
        spoken = Message("生效", "speaks") if tried.found else Message("不生效", "is silent")
        said = "; ".join(part for part in (cells, rows) if part)
        console.line(
            f"{mark} {names[tried.case.name].text(console.language)}  {said}  → {spoken.text(console.language)}"
        )


def _texts(found: ReadRule, compiler: Compiler, compilation: Compilation) -> Mapping[Path, str]:
    """The files as they would stand."""
    folders = {one.name: one for one in compiler.folders}

    def text(file: str) -> str | None:
        place = _place(file, folders)
        return place.read_text("utf-8") if place.exists() else None

    library = Library(text, lambda known: None, lambda texts: compilation.documents, compiler.widgets)
    done = perform(Sheets(library), {"do": "batch", "commands": list(found.commands)})
    return {_place(file, folders): one for file, one in done.texts.items() if one is not None}


def _place(file: str, folders: Mapping[str, Path]) -> Path:
    name = file_name(file)
    assert name is not None
    return folders[name.pack] / name.inside


def _refused(compiler: Compiler, texts: Mapping[Path, str], console: Console) -> bool:
    """Whether the definitions would not compile; what is wrong is told."""
    compiler.unsaved = {place: text.encode() for place, text in texts.items()}
    errors: Sequence[object] = compiler.compile().errors
    for one in compiler.compile().errors:
        console.line(one.as_text(console.language))
    return bool(errors)
