"""Compiling again says what compiling afresh says, whatever was changed between the two."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from engine.dsl.compiler import Compilation, Compiler
from engine.dsl.document import Document
from engine.dsl.part import PassContext
from engine.dsl.reading_log import ReadingLog, noted
from engine.dsl.references import ReferenceCheck
from engine.dsl.remembered import FormulaBook, FormulaEntry
from engine.dsl.remembered_documents import RememberedDocuments
from engine.dsl.symbols import Symbols
from engine.installation.served import SHIPPED, WIDGETS, packs_under
from engine.widgets.registry import read_widgets
from tests.dsl.random_edits import random_edits

CONTRACT_PACK = Path(__file__).parents[1] / "widgets" / "contract_pack"
Edit = tuple[str, str, str]
"""A file, a text in it, and what stands there instead; an empty text means that the file is removed."""
EDITS: tuple[Edit, ...] = (
    ("organisation/pages/task_list.yaml", "label:", "label: {zh: 别的, en: Other}\nlabel_was:"),
    ("b2b_sales/entities/opportunity.yaml", "\n  competitor:", "\n  rival:"),
    ("b2b_sales/workflows/opportunity_stage.yaml", "", ""),
    ("b2b_sales/workflows/opportunity_stage.yaml", "en: Solution}, tone: info", "en: Plan}, tone: info"),
    ("b2b_sales/metrics/pipeline_value.yaml", "", ""),
    ("b2b_sales/pack.yaml", "requires:", "needs:"),
    ("b2b_sales/roles/sales.yaml", "", ""),
    ("b2b_sales/dashboards/audit_desk.yaml", "span: 3}", "span: 4}"),
    ("b2b_sales/maps/discount_request.yaml", "label: {zh: 折扣申请", "label: {zh: 申请折扣"),
    ("b2b_sales/documents/quotation.yaml", "label:", "labels:"),
    ("b2b_sales/duties/unit_report.yaml", "", ""),
    ("b2b_sales/rules/big_discount.yaml", "", ""),
    ("b2b_sales/forms/quote.yaml", "", ""),
    ("b2b_sales/demo/33_leads.yaml", "", ""),
    ("b2b_sales/units/cju.yaml", "en: Sales}, roles: [sales]", "en: Sales}, roles: [service]"),
)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again") / "packs"
    for name in ("organisation", "b2b_sales"):
        shutil.copytree(SHIPPED / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def warm(packs: Path) -> Compiler:
    return fresh(packs)


def fresh(packs: Path) -> Compiler:
    return Compiler(packs_under(packs), read_widgets(WIDGETS))


def told(compilation: Compilation) -> list[str]:
    return [f"{one.code} {one.span} {one.message.en}" for one in compilation.diagnostics]


class Edited:
    """Changes a file of the packs for as long as the block lasts."""

    def __init__(self, packs: Path, edit: Edit) -> None:
        self.path = packs / edit[0]
        self.before = self.path.read_text("utf-8")
        assert edit[1] in self.before
        self.after = self.before.replace(edit[1], edit[2], 1) if edit[1] else None

    def __enter__(self) -> None:
        if self.after is None:
            self.path.unlink()
        else:
            self.path.write_text(self.after, "utf-8")

    def __exit__(self, *_: object) -> None:
        self.path.write_text(self.before, "utf-8")


@pytest.fixture(params=EDITS, ids=lambda edit: edit[0])
def edit(request: pytest.FixtureRequest) -> Iterator[Edit]:
    yield request.param


def test_a_warm_compiler_says_what_a_fresh_one_says(packs: Path, warm: Compiler, edit: Edit) -> None:
    before = warm.compile()
    assert before.model is not None
    with Edited(packs, edit):
        again, afresh = warm.compile(), fresh(packs).compile()
        assert told(again) == told(afresh)
        assert again.model == afresh.model
        assert told(again) != told(before) or again.model != before.model
    assert warm.compile().model == before.model


def kept_for_ever(self: RememberedDocuments, question: str, document: Document, *given: Any) -> object:
    """What a memory of documents answers that never looks at what else is given."""
    key = (question, document.resource)
    self.found[key] = self.before.get(key) or (document, None, given[-1]())
    return self.found[key][2]


@pytest.mark.parametrize(
    ("forgetful", "method", "careless", "edit"),
    [
        (ReferenceCheck, "surroundings", lambda self: None, EDITS[1]),
        (ReadingLog, "holds", lambda self, context: True, EDITS[3]),
        (FormulaEntry, "holds", lambda self, environment: True, EDITS[1]),
        (RememberedDocuments, "of", kept_for_ever, ("b2b_sales/pack.yaml", "zh, en]", "zh, en, ja]")),
    ],
    ids=("references", "passes", "formulas", "documents"),
)
def test_what_is_remembered_too_long_is_seen(
    packs: Path, monkeypatch: pytest.MonkeyPatch, forgetful: type, method: str, careless: object, edit: Edit
) -> None:
    """The controls: a compiler that thinks that nothing has changed around what it remembers."""
    monkeypatch.setattr(forgetful, method, careless)
    forgetting = fresh(packs)
    forgetting.compile()
    with Edited(packs, edit):
        again, afresh = forgetting.compile(), fresh(packs).compile()
    assert told(again) != told(afresh) or again.model != afresh.model


UNNOTED = {"book", "alone", "nodes", "connectors"}
"""What a pass may read without its being noted: memories that ask whether they still hold, and what is one for a compiler."""


def test_whatever_a_pass_can_read_is_noted() -> None:
    """A field of the context that is added later is noted too, or stands among those that need not be."""
    own = PassContext(Symbols({}, {}, {}), {}, {}, FormulaBook())
    seen = noted(own, {}, ReadingLog())
    plain = [
        one.name
        for before, after in ((own, seen), (own.symbols, seen.symbols))
        for one in fields(before)
        if getattr(before, one.name) is getattr(after, one.name)
    ]
    assert set(plain) == UNNOTED


def test_every_way_of_asking_a_table_is_noted() -> None:
    own = PassContext(Symbols({}, {}, {}), {}, {}, FormulaBook(), languages={"shop": ("zh",)})
    for ask in (
        lambda table: table["shop"],
        lambda table: table.get("shop"),
        lambda table: "shop" in table,
        list,
        len,
        lambda table: tuple(table.keys()),
        lambda table: tuple(table.values()),
        lambda table: tuple(table.items()),
        lambda table: table == {},
    ):
        log = ReadingLog()
        ask(noted(own, {}, log).languages)
        assert len(log.answers) == 1
        assert log.holds(own)
        assert not log.holds(PassContext(own.symbols, {}, {}, own.book, languages={"shop": ("en",), "other": ()}))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two packs that together have a definition of nearly every kind."""
    for folder in (SHIPPED / "organisation", CONTRACT_PACK):
        shutil.copytree(folder, tmp_path / "packs" / folder.name)
    return tmp_path / "packs"


def unlike(packs: Path, seed: int, count: int) -> Iterator[Path]:
    """The edited files after which a compiler that goes on, now and then taught by one beside it, says something else than
    one that begins afresh."""
    folders = packs_under(packs)
    going_on, beside = (Compiler(folders, read_widgets(WIDGETS)) for _ in range(2))
    going_on.beside, beside.beside = (beside,), (going_on,)
    for number, edit in enumerate(random_edits(packs, seed, count)):
        edit.carry_out()
        if number % 3 == 0:
            beside.compile()
        again, afresh = going_on.compile(), Compiler(folders, read_widgets(WIDGETS)).compile()
        if again.diagnostics != afresh.diagnostics or again.model != afresh.model:
            yield edit.path


def test_whatever_is_edited_a_warm_compiler_says_what_a_fresh_one_says(small: Path) -> None:
    assert list(unlike(small, seed=3, count=24)) == []


def test_what_one_has_compiled_the_other_has_compiled_too(small: Path) -> None:
    one, other = (Compiler(packs_under(small), read_widgets(WIDGETS)) for _ in range(2))
    one.beside, other.beside = (other,), (one,)
    assert one.compile() is other.compile()
    page = small / "organisation" / "pages" / "task_list.yaml"
    other.unsaved = {page: page.read_bytes().replace(b"label:", b"labels:", 1)}
    assert other.compile().errors
    assert not one.compile().errors
    page.write_bytes(other.unsaved[page] or b"")
    assert one.compile() is other.compile()


def test_what_is_learnt_from_another_is_written_to_by_one_alone(small: Path) -> None:
    """Compilers stand in threads of their own: no memory that grows is shared."""
    one, other = (Compiler(packs_under(small), read_widgets(WIDGETS)) for _ in range(2))
    one.beside, other.beside = (other,), (one,)
    assert one.compile() is other.compile()
    known, own, others = one._known, one._around, other._around
    assert known is not None and own is not None and others is not None
    assert own.book is not others.book and own.alone is not others.alone
    assert known.documents.entries is not one._documents.entries


def test_nothing_is_done_again_when_nothing_has_changed(warm: Compiler) -> None:
    assert warm.compile() is warm.compile()
