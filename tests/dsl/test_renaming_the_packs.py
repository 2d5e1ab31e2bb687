"""Renaming in the shipped packs: whatever gets another name, no reference is left dangling.

`DOUGONG_RENAMES=all` renames everything; else a seeded few.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from engine.dsl.compiler import Compiler
from engine.dsl.document import Document
from engine.dsl.edits import Renaming
from engine.dsl.refactor import PARTS_RENAMED, RESOURCES_RENAMED, rename
from engine.dsl.references import maps
from engine.dsl.symbols import collect
from engine.installation.renaming import rename_in_place
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
WIDGETS = read_widgets(ROOT / "engine/widgets")
NAMES = ("organisation", "store_sales", "b2b_sales")
ALL = os.environ.get("DOUGONG_RENAMES") == "all"
FIELDS, ENTITIES, PARTS = (None if ALL else 10), 3, (None if ALL else 1)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("renames")
    return tuple(Path(shutil.copytree(ROOT / "packs" / name, folder / name)) for name in NAMES)


@pytest.fixture(scope="module")
def compiler(packs: tuple[Path, ...]) -> Compiler:
    return Compiler(packs, WIDGETS)


def chosen(compiler: Compiler) -> Iterator[tuple[str, str]]:
    """Fields by entity, in a seeded order."""
    entities = collect(compiler.documents()).entities
    fields = [(entity.name, field) for entity in entities.values() for field in entity.fields]
    Random(20260302).shuffle(fields)
    yield "associate", "user"  # bears the name of the request's variables: user.units stays what it is
    yield from fields[:FIELDS]


def test_a_renamed_field_is_named_nowhere_any_more(compiler: Compiler, packs: tuple[Path, ...]) -> None:
    before = compiler.compile()
    assert before.errors == ()
    dangling = {}
    for entity, field in chosen(compiler):
        renaming = rename(before.documents, WIDGETS, f"{entity}.{field}", "zz_renamed")
        assert isinstance(renaming, Renaming)
        compiler.unsaved = {
            location: renaming.applied(file, location.read_text("utf-8")).encode()
            for file in renaming.edits
            for location in [packs[0].parent / file]
        }
        after = compiler.compile()
        if after.model is None:
            dangling[f"{entity}.{field}"] = [one.as_text() for one in after.errors]
            continue
        assert field not in after.model.entities[entity].fields
        assert after.model.entities[entity].fields["zz_renamed"].renamed_from == (field,)
    compiler.unsaved = {}
    assert dangling == {}


def test_a_forgotten_reference_would_be_found(compiler: Compiler, packs: tuple[Path, ...]) -> None:
    """The control: a rename that leaves out one file of those it must change does not compile."""
    before = compiler.compile()
    renaming = rename(before.documents, WIDGETS, "opportunity.amount", "zz_renamed")
    assert isinstance(renaming, Renaming)
    for left_out in [file for file in renaming.edits if "/entities/opportunity" not in file and "/texts/" not in file]:
        compiler.unsaved = {
            location: renaming.applied(file, location.read_text("utf-8")).encode()
            for file in renaming.edits
            if file != left_out
            for location in [packs[0].parent / file]
        }
        assert compiler.compile().errors, left_out
        break
    compiler.unsaved = {}


def others(compiler: Compiler) -> list[str]:
    """Every resource and part of a life that may be renamed, beside entities; a seeded few of each kind."""
    found: dict[str, list[str]] = {}
    for one in compiler.documents():
        if one.kind in RESOURCES_RENAMED:
            found.setdefault(one.kind, []).append(f"{one.kind}/{one.name}")
        for kind, listed in PARTS_RENAMED:
            if one.kind == kind:
                named = [f"{kind}/{one.name}.{listed}.{item['id']}" for item in maps(one.data.get(listed))]
                found.setdefault(f"{kind}.{listed}", []).extend(named)
    drawn = Random(20260302)
    return [name for names in found.values() for name in drawn.sample(names, min(len(names), PARTS or len(names)))]


def texts_after(renaming: Renaming, texts: Mapping[str, str]) -> dict[str, str]:
    """All texts of the packs with those that a rename changes or moves."""
    moves = dict(renaming.moves)
    return {moves.get(file, file): renaming.applied(file, text) for file, text in texts.items()}


def stand_for(compiler: Compiler, root: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Let the compiler read the texts as they are after a rename."""
    changed = {file: text.encode() for file, text in after.items() if before.get(file) != text}
    compiler.unsaved = {root / file: changed.get(file) for file in {*changed, *(before.keys() - after.keys())}}


def test_every_name_is_renamed_with_all_that_names_it_and_back(compiler: Compiler, packs: tuple[Path, ...]) -> None:
    """There: it compiles, nothing new is told, no row is in a state of the old name. And back: every text is what it was, but
    that the name between is said to be a former one."""
    root = packs[0].parent
    compiler.unsaved = {}
    before = compiler.compile()
    texts = {str(file.relative_to(root)): file.read_text("utf-8") for pack in packs for file in pack.rglob("*.yaml")}
    wrong = {}
    for target in others(compiler):
        there = rename(before.documents, WIDGETS, target, "zz_renamed")
        assert isinstance(there, Renaming), (target, there)
        stand_for(compiler, root, texts, texts_after(there, texts))
        after = compiler.compile()
        told = [one.as_text() for one in after.diagnostics if one.code not in {was.code for was in before.diagnostics}]
        if told or after.model is None or list(left_in(after.documents, target)):
            wrong[target] = told or [*left_in(after.documents, target)]
            continue
        path, _, old = target.rpartition("." if "." in target else "/")
        back = rename(after.documents, WIDGETS, f"{path}{'.' if '.' in target else '/'}zz_renamed", old)
        assert isinstance(back, Renaming), (target, back)
        again = texts_after(back, texts_after(there, texts))
        plain = {file: FORMER.sub("", text) for file, text in again.items()}
        if plain != texts:
            wrong[target] = [file for file in texts if plain.get(file) != texts[file]]
    compiler.unsaved = {}
    assert wrong == {}


FORMER = re.compile(r",? ?(?:\n *)?renamed_from: zz_renamed(?:\n(?=label|field|entity|kind))?")


def left_in(documents: Iterable[Document], target: str) -> Iterator[str]:
    """Rows of tests and recipes that are in a state which is called otherwise now."""
    _, _, rest = target.partition("/")
    life, listed, old = (*rest.split("."), "", "")[:3]
    fields = {
        (one.name, name)
        for one in documents
        if one.kind == "entities" and listed == "states"
        for name, field in dict(one.data["fields"]).items()
        if field.get("workflow") == life
    }
    for one in documents:
        for row in [
            *maps(one.data.get("rows")),
            *(row for test in maps(one.data.get("tests")) for row in maps(test.get("rows"))),
        ]:
            given = {**dict(row.get("values") or {}), **dict(row.get("fields") or {})}
            for name, value in given.items():
                inside = value.get("pick", {}) if isinstance(value, dict) else [value]
                if (row.get("entity"), name) in fields and old in inside:
                    yield f"{one.file}: {name} {value}"


def test_renamed_entities_compile_and_their_files_move(packs: tuple[Path, ...], tmp_path: Path) -> None:
    copies = tuple(Path(shutil.copytree(pack, tmp_path / pack.name)) for pack in packs)
    entities = sorted(collect(Compiler(copies, WIDGETS).documents()).entities)
    for name in Random(20260302).sample(entities, ENTITIES):
        rename_in_place(copies, name, f"zz_{name}")
        assert not list(tmp_path.glob(f"*/entities/{name}.yaml"))
    found = Compiler(copies, WIDGETS).compile()
    assert [one.as_text() for one in found.errors] == []


def test_line_ends_and_byte_order_marks_stay_where_a_rename_writes(tmp_path: Path) -> None:
    """Offsets are those of the text as the compiler reads it: no mark, and two letters at the end of a line."""
    copies = [Path(shutil.copytree(ROOT / "packs" / name, tmp_path / name)) for name in ("organisation", "b2b_sales")]
    page, entity = tmp_path / "b2b_sales/pages/lead_list.yaml", tmp_path / "b2b_sales/entities/lead.yaml"
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    entity.write_bytes(b"\xef\xbb\xbf" + entity.read_bytes())
    before = page.read_bytes(), entity.read_bytes()
    rename_in_place(copies, "lead.company", "firm")
    assert page.read_bytes() == before[0].replace(b"company", b"firm")
    declared = entity.read_bytes()
    assert declared.startswith(b"\xef\xbb\xbf")
    assert b"\n  firm: {" in declared
    assert Compiler(copies, WIDGETS).compile().errors == ()
