"""Renaming in the shipped packs: whatever entity or field gets another name, no reference is left dangling.

`DOUGONG_RENAMES=all` renames every field of every entity; else a seeded few.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from engine.dsl.compiler import Compiler
from engine.dsl.edits import Renaming
from engine.dsl.refactor import rename
from engine.dsl.symbols import collect
from engine.installation.renaming import rename_in_place
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
WIDGETS = read_widgets(ROOT / "engine/widgets")
NAMES = ("organisation", "store_sales", "b2b_sales")
FIELDS, ENTITIES = (None if os.environ.get("DOUGONG_RENAMES") == "all" else 10), 3


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
