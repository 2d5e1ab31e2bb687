"""A demonstration in its two sizes: as many rows as it says, its figures those of its rows, and nothing left of it once wiped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from runtime.rollups.ledger import PACK
from sqlglot import exp

from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.demo import DemoOrder, load_demo, service_context
from engine.installation.wiping import wipe
from engine.model.context import Context
from engine.model.rollups import rollups_of
from engine.runtime.database.protocol import Row
from engine.runtime.database.statements import compile_statement
from engine.runtime.demo.working_out import Told
from engine.runtime.records.computing import compute_all
from engine.runtime.records.loading import MANY
from engine.runtime.records.stored import columns_of
from engine.runtime.rollups.keeping import build
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.storage.tables import entity_tables, version_table_name
from engine.runtime.work import Work

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DEMO = """label: {zh: 试, en: Trial}
units: [{id: north, kind: branch, label: {zh: 北, en: North}}]
people: [{id: nora, label: {zh: 诺, en: Nora}, unit: north}]
rows:
  - id: desks
    entity: desk
    count: {from: 2, to: 2, full: {from: 5, to: 5}}
    fields:
      name: {person: true}
      unit: {unit_id: north}
      factor: {number: {from: 0.5, to: 2, scale: 2}, full: {pick: [1.25, 1.75]}}
  - id: entries
    entity: entry
    count: {per: desk, each: {number: {from: 2, to: 2}}, days: {from: -9, to: 0}, full: {each: {number: {from: 41, to: 41}}}}
    fields:
      name: {sequence: "N{n:05}"}
      desk: {each: true}
      kind: {pick: {in: 3, out: 1}}
      happened_on: {day: true}
      amount: {number: {from: -5, to: 90, scale: 2}}
      clerk: {chance_of: 0.5, then: {account: nora}}
    children:
      - id: details
        entity: detail
        count: 1
        fields: {kind: {parent: kind}, amount: {parent: amount}}
"""


LOOKED_AT = """label: {zh: 回看, en: Looked at}
order: 60
rows:
  - id: parents
    entity: entry
    count: 30
    fields:
      name: {sequence: "P{n:05}"}
      desk: {reference: desk}
      happened_on: {date: {from: -9, to: 0}}
      amount: {number: {from: 1, to: 90, scale: 2}}
    children:
      - id: copies
        entity: detail
        count: 1
        fields: {kind: in, amount: {parent: gross}}
"""


@pytest.fixture
def trial(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    yield from opened(database_url, tmp_path, {"demo/10_trial.yaml": DEMO})


@pytest.fixture
def looked_at(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    yield from opened(database_url, tmp_path, {"demo/10_trial.yaml": DEMO, "demo/60_looked_at.yaml": LOOKED_AT})


def opened(database_url: str, tmp_path: Path, demos: dict[str, str]) -> Iterator[Installation]:
    for name, text in {**PACK, **demos}.items():
        file = tmp_path / "ledger" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    url = database_url if database_url.startswith("postgres") else ""
    made = open_installation(Settings(data=tmp_path / "data", database=url, packs=str(tmp_path / "ledger")))
    bring_up_to_date(made)
    yield made
    made.database.close()


def context(trial: Installation) -> Context:
    return service_context(trial.workplace, NOW, "Asia/Shanghai")


def loaded(trial: Installation, full: bool) -> None:
    load_demo(trial.workplace, context(trial), DemoOrder(3, full), lambda _: None)


def everything(work: Work) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every entity, and the cells of every roll-up."""
    names = {name: columns_of(entity) for name, entity in work.model.entities.items()}
    cells = {one.cells: ("_split", "_key", "_rows") for one in rollups_of(work.model).values()}
    return {name: sorted(select(work.session, name, columns), key=repr) for name, columns in {**names, **cells}.items()}


def index_names(work: Work) -> set[object]:
    found = "SELECT name FROM sqlite_master WHERE type = 'index'"
    if work.session.dialect == "postgres":
        found = "SELECT indexname FROM pg_indexes"
    return {name for (name,) in work.session.rows(compile_statement(exp.maybe_parse(found), work.session.dialect))}


def test_a_full_one_is_as_if_each_row_had_been_worked_out_by_itself_and_goes_without_a_trace(
    trial: Installation,
) -> None:
    """What rows told of themselves is what the database works out, roll-ups are those that are built in steps, history holds
    what was given, every index is there again."""
    began, before = (trial.workplace.read(context(trial), one) for one in (filled, index_names))
    loaded(trial, full=True)
    made = trial.workplace.read(context(trial), everything)
    assert [len(made[name]) for name in ("desk", "entry", "detail")] == [5, 2050, 2050]
    assert len(made["entry"]) > MANY, "the control: indexes were set aside"
    model = trial.models.current()
    assert {"gross", "scope_unit"} <= Told(model).fields(model.entities["entry"]), (
        "the control: rows told of themselves"
    )
    assert trial.workplace.read(context(trial), index_names) == before

    def again(work: Work) -> None:
        for entity in work.model.entities.values():
            compute_all(work, entity)
        for rollup in rollups_of(work.model).values():
            build(work.session, work.model.entities[rollup.entity], rollup)

    trial.workplace.write(context(trial), again)
    assert trial.workplace.read(context(trial), everything) == made
    history = trial.workplace.read(context(trial), partial(versions, entity="entry"))
    assert len(history) == 2050
    assert history[0][1] == "load" and '"name": "N00001"' in str(history[0][0]) and "gross" not in str(history[0][0])
    wiped = trial.workplace.write(context(trial), partial(wipe, with_dependents=False))
    assert wiped.rows == 5 + 2 * 2050
    assert trial.workplace.read(context(trial), filled) == began
    assert trial.workplace.read(context(trial), index_names) == before
    loaded(trial, full=False)
    small = trial.workplace.read(context(trial), everything)
    assert [len(small[name]) for name in ("desk", "entry", "detail")] == [2, 40, 40]


def test_a_part_may_copy_what_is_worked_out_of_its_whole(looked_at: Installation) -> None:
    """Rows that others of the run look at are filled one by one as they are made, not when they are written."""
    loaded(looked_at, full=False)

    def read(work: Work) -> tuple[dict[object, object], dict[object, object]]:
        whole = {one: gross for one, name, gross in select(work.session, "entry", ("id", "name", "gross"))}
        parts = dict(select(work.session, "detail", ("entry", "amount")))
        return whole, parts

    whole, parts = looked_at.workplace.read(context(looked_at), read)
    copied = [one for one, _ in sorted(whole.items())][-30:]
    assert len(copied) == 30 and all(whole[one] for one in copied)
    assert [parts[one] for one in copied] == [whole[one] for one in copied]


def versions(work: Work, entity: str) -> list[Row]:
    return select(work.session, version_table_name(entity), ("after", "cause"), order=("record",))


def filled(work: Work) -> dict[str, int]:
    counts = {
        one.name: len(select(work.session, one.name, (one.columns[0].name,))) for one in entity_tables(work.model)
    }
    return {name: count for name, count in counts.items() if count}
