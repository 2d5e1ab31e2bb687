"""Whatever stands in a definition, compiling ends in a model or in diagnostics: never in an exception."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from engine.dsl.compiler import Compiler
from engine.dsl.source import read_source
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "tests/fixtures/dsl/rename/shop"
WIDGETS = read_widgets(ROOT / "engine/widgets")
WRONG: tuple[object, ...] = (
    None, 5, -1, 0.5, True, "x", "", "名", "a.b.c", "-", [], [1], [[]], ["x", None], {}, {"a": 1}, {"id": 5}, [{"id": []}], [{}],
)  # fmt: skip


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def replaced(value: object, path: tuple[str | int, ...], new: object) -> object:
    if not path:
        return new
    if isinstance(value, dict):
        return {key: replaced(one, path[1:], new) if key == path[0] else one for key, one in value.items()}
    assert isinstance(value, list)
    return [replaced(one, path[1:], new) if at == path[0] else one for at, one in enumerate(value)]


@pytest.mark.parametrize("seed", range(6))
def test_a_wrong_value_anywhere_is_told_or_harmless(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    pack = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    compiler = Compiler([pack], WIDGETS)
    files = sorted(pack.rglob("*.yaml"))
    for _ in range(80):
        file = draw.choice(files)
        text = file.read_bytes()
        data = read_source("", text).data
        wrong = replaced(data, draw.choice(list(paths(data))), draw.choice(WRONG))
        file.write_text(yaml.safe_dump(wrong, allow_unicode=True, sort_keys=False), "utf-8")
        compilation = compiler.compile()
        assert (compilation.model is None) == bool(compilation.errors)
        assert all(one.span.file for one in compilation.diagnostics)
        file.write_bytes(text)
    assert compiler.compile().model is not None


@pytest.mark.parametrize("seed", range(4))
def test_damaged_bytes_are_told_or_harmless(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    pack = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    compiler = Compiler([pack], WIDGETS)
    files = sorted(pack.rglob("*.yaml"))
    for _ in range(80):
        file = draw.choice(files)
        text = file.read_bytes()
        start = draw.randrange(len(text))
        junk = bytes(draw.choice(b":-{}[]#&*!|>'\"%@`,\n\t \x00\xff\xe4ab1~?") for _ in range(draw.randrange(4)))
        file.write_bytes(text[:start] + junk + text[start + draw.randrange(6) :])
        compilation = compiler.compile()
        assert (compilation.model is None) == bool(compilation.errors)
        file.write_bytes(text)
