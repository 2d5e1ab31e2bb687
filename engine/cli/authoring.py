"""`dougong new`, `check`, `format`, `rename`, `export-schema`, `test`, `docs`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from watchfiles import watch

from engine.cli.command_reference import all_reference_pages
from engine.cli.console import Console
from engine.diagnostics import DougongError, Message, Severity
from engine.dsl.compiler import compile_packs
from engine.dsl.formatter import format_text
from engine.dsl.kinds import KINDS
from engine.dsl.new_pack import write_new_pack
from engine.dsl.schema_store import schema_of
from engine.installation.app_tests import run_suites
from engine.installation.renaming import rename_in_place
from engine.installation.served import WIDGETS, installed_packs, packs_under
from engine.runtime.nodes.registry import node_specs
from engine.runtime.settings import Settings
from engine.runtime.sources.registry import connector_specs
from engine.widgets.registry import read_widgets


def new(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """A tiny working pack from the template."""
    target = given.folder / given.name
    files = write_new_pack(target)
    console.say(f"已创建 {target}；试试 dougong check {target}", f"{target} created; try dougong check {target}")
    console.result({"folder": str(target), "files": [str(file) for file in files]})
    return 0


def check(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """All problems of the packs, in the terminal or as JSON; exit 1 with errors."""
    folders = _packs(given.folders) or installed_packs(settings)
    compilation = compile_packs(folders, read_widgets(WIDGETS), node_specs(), connector_specs())
    for one in compilation.diagnostics:
        if one.severity is not Severity.INFO:
            console.line(one.as_text(console.language))
    errors = len(compilation.errors)
    console.say(
        f"{len(compilation.documents)} 个资源，{errors} 个错误",
        f"{len(compilation.documents)} resources, {errors} errors",
    )
    console.result([one.as_dict(console.language) for one in compilation.diagnostics])
    return 1 if errors else 0


def _packs(folders: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(one for folder in folders for one in packs_under(folder))


def format_files(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Canonical form, comments kept; a file that cannot be read is left as it is."""
    changed, refused = [], 0
    for file in _definition_files(given.files):
        text = _text_of(file)
        kind = "pack" if file.name == "pack.yaml" else file.parent.name
        formatted = format_text(kind, text, str(file))
        if isinstance(formatted, tuple):
            refused += 1
            for one in formatted:
                console.line(one.as_text(console.language))
        elif formatted != text:
            changed.append(str(file))
            if not given.check:
                file.write_text(formatted, "utf-8")
    for name in changed:
        console.line(name)
    console.result({"changed": changed, "refused": refused})
    return 1 if refused or (given.check and changed) else 0


def _definition_files(given: Sequence[Path]) -> list[Path]:
    """The files named, and every definition in the folders named."""
    return [found for one in given for found in (sorted(one.rglob("*.yaml")) if one.is_dir() else [one])]


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise DougongError(Message(f"{file} 不是 UTF-8 编码", f"{file} is not UTF-8")) from None


def rename(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Rename in every file of the packs."""
    files = rename_in_place(installed_packs(settings), given.target, given.new)
    for file in files:
        console.line(str(file))
    console.say(f"{len(files)} 个文件已修改", f"{len(files)} files changed")
    console.result({"files": [str(file) for file in files]})
    return 0


def export_schema(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One JSON Schema a kind."""
    given.folder.mkdir(parents=True, exist_ok=True)
    names = []
    for kind in KINDS:
        path = given.folder / f"{kind}.schema.json"
        path.write_text(json.dumps(schema_of(kind), ensure_ascii=False, indent=2) + "\n", "utf-8")
        names.append(str(path))
    console.say(f"已写入 {len(names)} 个模式", f"{len(names)} schemas written")
    console.result({"files": names})
    return 0


def run_tests(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """The packs' own tests, each undone; exit 1 when one fails. With --watch again at every save, until interrupted."""
    folders = _packs(Path(one) for one in given.what if Path(one).is_dir()) or installed_packs(settings)
    names = tuple(one for one in given.what if not Path(one).is_dir())
    if not given.watch:
        return _tested(folders, names, console)
    _tested_or_told(folders, names, console)
    for _ in watch(*folders, debounce=100, step=20, raise_interrupt=False):
        _tested_or_told(folders, names, console)
    return 0


def _tested_or_told(folders: Sequence[Path], names: Sequence[str], console: Console) -> None:
    """Run the tests of what stands there now; definitions that do not compile are told, and waited for."""
    try:
        _tested(folders, names, console)
    except DougongError as error:
        console.problem(error)
    console.say("… 等待保存(Ctrl+C 结束)", "… waiting for a save (Ctrl+C ends)")


def _tested(folders: Sequence[Path], names: Sequence[str], console: Console) -> int:
    report = run_suites(folders, names)
    for one in report.results:
        mark = "✓" if not one.failures else "✗"
        console.line(f"{mark} {one.suite}.{one.test}  {one.label.text(console.language)}")
        for failure in one.failures:
            console.line(f"    {failure.place} {failure.step}: {failure.message.text(console.language)}")
    failed = sum(1 for one in report.results if one.failures)
    for name, (covered, total) in report.coverage.items():
        console.line(f"  {name}: {covered}/{total}")
    console.say(
        f"{len(report.results) - failed} 个通过，{failed} 个失败",
        f"{len(report.results) - failed} passed, {failed} failed",
    )
    console.result(
        {
            "results": [
                {
                    "suite": one.suite,
                    "test": one.test,
                    "failures": [failure.message.text(console.language) for failure in one.failures],
                }
                for one in report.results
            ],
            "coverage": {name: list(pair) for name, pair in report.coverage.items()},
        }
    )
    return 1 if failed else 0


def write_docs(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """The generated reference; with --check only compare."""
    changed = []
    given.write.mkdir(parents=True, exist_ok=True)
    for name, text in all_reference_pages(given.parser).items():
        path = given.write / name
        if not path.exists() or path.read_text("utf-8") != text:
            changed.append(name)
            if not given.check:
                path.write_text(text, "utf-8")
    for name in changed:
        console.line(name)
    console.result({"changed": changed})
    return 1 if given.check and changed else 0
