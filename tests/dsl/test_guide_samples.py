"""Every sample of the guide to the definition language has the shape that the compiler wants."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dsl.compiler import compile_packs
from engine.dsl.item_check import ItemCheck, repeated_ids
from engine.dsl.kinds import KINDS
from engine.dsl.pack_reader import PackFile, parse_document
from engine.dsl.schema_check import check_schema
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guide/definition_language.md"
FLOWS = ROOT / "docs/guide/workflows.md"
WIDGETS = read_widgets(ROOT / "engine/widgets")
_HEADING = re.compile(r"^## (\w+?)(?:\.yaml|/)", re.MULTILINE)
_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FLOW = re.compile(r"^```yaml\n# workflows/(\w+)\.yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"^# (\w+)/\w+\.yaml")


def samples() -> Iterator[tuple[str, str]]:
    """The kind and text of each sample."""
    text = GUIDE.read_text("utf-8")
    headings = [*_HEADING.finditer(text)]
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        section = text[heading.end() : following.start() if following else len(text)]
        for block in _BLOCK.findall(section):
            for sample in re.split(r"^---\n", block, flags=re.MULTILINE):
                named = _NAMED.match(sample)
                yield (named.group(1) if named else heading.group(1)), sample


@pytest.mark.parametrize(("kind", "text"), list(samples()))
def test_a_sample_has_the_shape_of_its_kind(kind: str, text: str) -> None:
    content = text.encode()
    file = PackFile(Path(), f"guide/{kind}/sample.yaml", kind, "sample", "guide")
    document, problems = parse_document(file, content, hashlib.sha256(content).hexdigest())
    found = (*problems, *check_schema(document), *ItemCheck(WIDGETS).check(document), *repeated_ids(document))
    assert [one.as_text() for one in found] == []


def test_the_guide_shows_every_kind() -> None:
    shown = {kind for kind, _ in samples()}
    assert set(KINDS) - shown - {"dashboards"} == set()


def test_the_flows_of_the_guide_compile_over_the_shipped_packs(tmp_path: Path) -> None:
    blocks = {match.group(1): match.group(2) for match in _FLOW.finditer(FLOWS.read_text("utf-8"))}
    packs = [Path(shutil.copytree(ROOT / "packs" / name, tmp_path / name)) for name in ("organisation", "b2b_sales")]
    for name, text in blocks.items():
        (packs[-1] / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
    compilation = compile_packs(packs, WIDGETS)
    told = [one.as_text("en") for one in compilation.diagnostics if any(name in str(one.span) for name in blocks)]
    assert told == []
    assert compilation.model is not None
    assert blocks
    assert set(blocks) <= compilation.model.flows.keys()
