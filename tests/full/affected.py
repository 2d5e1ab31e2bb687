"""Affected tests: faults planted in the definitions of both packs; every app test that one breaks is among those that are said to
be affected by it. The controls leave out what makes it hold: what tests touch without saying so, and what definitions name.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bench.report import Row
from designer.differences.editions import Edition
from engine.dsl.compiler import Compiler
from engine.installation.publishing.affected import Seen, TestName, affected_tests, said_by
from engine.installation.publishing.legs import Leg, run_leg
from engine.installation.publishing.staging import live_texts
from engine.installation.served import IGNORED, SHIPPED, WIDGETS, packs_under
from engine.runtime.nodes.registry import node_specs
from engine.runtime.sources.registry import connector_specs
from engine.widgets.registry import read_widgets

FAULTS = int(os.environ.get("DOUGONG_FAULTS", "24"))
PACKS = ("organisation", "store_sales", "b2b_sales")
TURNED = (
    (re.compile(r'(formula: "round\()'), r"\g<1>1 + 2 * "),
    (re.compile(r'(expect: ")([^"]+)(")'), r"\1not (\2)\3"),
    (re.compile(r'(rows: ")([^"]+)(")'), r"\1not (\2)\3"),
    (re.compile(r"actions: \[read, "), "actions: ["),
    (re.compile(r'(measure: "?)sum\('), r"\1max("),
    (re.compile(r"initial: (\w+)"), None),
    (re.compile(r'(when: ")([^"]+)(")'), r"\1not (\2)\3"),
    (re.compile(r"required: true, "), ""),
)
"""What is turned in a text, once a fault; None: nothing by itself."""


@dataclass(frozen=True)
class Fault:
    """One text of a pack with something turned."""

    file: str
    text: str
    what: str


def faults(texts: dict[str, str], chance: Random) -> Iterator[Fault]:
    """Faults in definitions that tests may notice, in an order of chance."""
    files = [
        one
        for one in texts
        if one.split("/")[0] in PACKS and one.split("/")[1] in ("entities", "access", "workflows", "metrics")
    ]
    places = [
        (file, shape, into, found.start())
        for file in sorted(files)
        for shape, into in TURNED
        if into is not None
        for found in shape.finditer(texts[file])
    ]
    chance.shuffle(places)
    for file, shape, into, at in places:
        text = texts[file]
        yield Fault(file, text[:at] + shape.sub(str(into), text[at:], count=1), shape.pattern)


@dataclass
class Bench:
    """The shipped packs in a folder of their own, compiled again and again."""

    folder: Path

    def __post_init__(self) -> None:
        self.widgets, self.nodes = read_widgets(WIDGETS), node_specs()
        for pack in packs_under(SHIPPED):
            shutil.copytree(pack, self.folder / pack.name, ignore=IGNORED)
        self.compiler = Compiler(packs_under(self.folder), self.widgets, self.nodes, connector_specs())

    def edition(self) -> Edition | None:
        compilation = self.compiler.compile()
        return (
            None
            if compilation.model is None
            else Edition(compilation.model, compilation.documents, self.widgets, self.nodes)
        )

    def names(self, edition: Edition) -> frozenset[TestName]:
        return frozenset((key, test.id) for key, suite in edition.model.suites.items() for test in suite.tests)

    def run(self, edition: Edition) -> Leg:
        """Every test, on a place of its own: the folder is named anew, so that nothing is kept from the fault before."""
        with tempfile.TemporaryDirectory() as place:
            for pack in packs_under(self.folder):
                shutil.copytree(pack, Path(place) / pack.name)
            folders = packs_under(Path(place))
            return run_leg(folders, self.names(edition), Path(place))


@dataclass
class Tally:
    """What the faults came to."""

    faults: int = 0
    broken: int = 0
    missed: int = 0
    affected: int = 0
    missed_by_words: int = 0
    missed_by_names: int = 0


def tally(wanted: int, seed: int = 1) -> Tally:
    """Plant faults until `wanted` of them have broken a test."""
    found = Tally()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        whole = bench.edition()
        assert whole is not None
        texts, clean = live_texts(packs_under(bench.folder)), bench.run(whole)
        assert not any(clean.ended.values())
        seen = Seen(texts, whole, clean.touched)
        tests = {(key, one.id): one for key, suite in whole.model.suites.items() for one in suite.tests}
        spoken = replace(seen, touched={name: said_by(one, whole.model) for name, one in tests.items()})
        for fault in faults(texts, Random(seed)):
            if found.broken >= wanted:
                break
            path = bench.folder / fault.file
            path.write_text(fault.text, "utf-8")
            edition = bench.edition()
            if edition is not None:
                _judge(found, bench, edition, (seen, spoken), fault)
            path.write_text(texts[fault.file], "utf-8")
    return found


def _judge(found: Tally, bench: Bench, edition: Edition, known: tuple[Seen, Seen], fault: Fault) -> None:
    names, texts = bench.names(edition), live_texts(packs_under(bench.folder))
    affected = affected_tests(known[0], texts, edition, names)
    ended = bench.run(edition).ended
    failing = {name for name, one in ended.items() if one is not None}
    about = fault.file.rsplit("/", 1)[1].removesuffix(".yaml")
    found.faults += 1
    found.broken += bool(failing)
    found.affected += len(affected)
    missed = failing - affected
    found.missed += len(missed)
    found.missed_by_words += len(failing - affected_tests(known[1], texts, edition, names))
    found.missed_by_names += len({one for one in failing if about not in known[0].touched[one]})
    print(
        f"{fault.file} {fault.what}: {len(failing)} fail, {len(affected)} of {len(names)} affected, missed {sorted(missed)}",
        flush=True,
    )


def measured() -> list[Row]:
    """No fault that breaks a test whose name is not among the affected; without what is touched unsaid some would be missed."""
    found = tally(FAULTS)
    share = round(100 * found.affected / max(1, found.faults * 204))
    return [
        Row(
            "affected-missed",
            f"broken tests that were not affected, of {found.broken} faults that broke any",
            0,
            found.missed,
            "",
        ),
        Row("affected-share", "share of all tests that a fault affects", 100, share, "%"),
        Row("affected-control", "missed if only what tests say were known", 1, found.missed_by_words, "", True),
    ]
