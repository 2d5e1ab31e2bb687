"""Taint: words that stand nowhere else are written into fields, the application is used, and every place where one of them
is found afterwards must be one that the lineage leads to from that field."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.installation.job_runner import JobRunner
from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.runtime.measuring import FULL_TEXT_PARTS
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.sovereignty.lineage_graph import lineage_of
from engine.runtime.storage.tables import SEARCH_SUFFIX
from engine.runtime.work import Work
from tests.web.site import Site

TEXTS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "{}",
    FieldKind.LONG_TEXT: "{}",
    FieldKind.EMAIL: "{}@example.cn",
    FieldKind.URL: "https://{}.example.cn/",
    FieldKind.NUMBER_CODE: "{}",
}
"""Kinds that can hold a word, and how."""
PAGE = "/app/opportunity_list"
BAD = 400
FURTHEST = 40
"""Steps from a field to a store; there is no chain of formulas that long."""


@dataclass(frozen=True)
class Sighting:
    """A canary of a field, found in a store."""

    field: str
    store: str


def canaries(model: AppModel) -> Mapping[str, str]:
    """A word for every text that is entered, by `entity.field`."""
    fields = [
        f"{entity.name}.{field.name}"
        for entity in model.entities.values()
        for field in entity.fields.values()
        if field.kind in TEXTS and field.formula is None and not field.names
    ]
    return {name: f"qzcanary{at:04d}x" for at, name in enumerate(fields)}


def plant(site: Site, words: Mapping[str, str]) -> None:
    """A row of every entity with a canary in each of its texts; rows lead to one another where they may."""

    def planted(work: Work) -> None:
        ids: dict[str, int] = {"customer": site.ids["acme"], "opportunity": site.ids["acme_deal"]}
        made = {entity.name: work.ids.next() for entity in work.model.entities.values()}
        for entity in _wholes_first(work.model):
            values = _values(work.model, entity, site, {**ids}, words)
            ids[entity.name] = made[entity.name]
            load_rows(work, entity, [(made[entity.name], values)])
        finish_loading(work, set(made))

    site.inside(planted)


def _wholes_first(model: AppModel) -> list[Entity]:
    """Entities behind those that they point at, as far as there is no circle."""
    placed: dict[str, Entity] = {}

    def place(entity: Entity, around: frozenset[str]) -> None:
        for field in entity.fields.values():
            target = model.entities.get(field.relation.entity) if field.relation else None
            if target is not None and target.name not in placed and target.name not in around:
                place(target, around | {entity.name})
        placed.setdefault(entity.name, entity)

    for entity in model.entities.values():
        place(entity, frozenset({entity.name}))
    return list(placed.values())


def _values(
    model: AppModel, entity: Entity, site: Site, ids: Mapping[str, int], words: Mapping[str, str]
) -> dict[str, object]:
    values: dict[str, object] = {}
    for field in entity.fields.values():
        name = f"{entity.name}.{field.name}"
        if name in words:
            values[field.name] = TEXTS[field.kind].format(words[name])
        elif field.relation is not None and field.relation.entity in ids:
            values[field.name] = ids[field.relation.entity]
        elif field.kind is FieldKind.USER:
            values[field.name] = site.ids["li"]
        elif field.kind is FieldKind.UNIT:
            values[field.name] = site.ids["cju_a"]
        elif field.kind is FieldKind.STATE and field.workflow is not None:
            values[field.name] = model.workflows[field.workflow].initial
        elif field.kind is FieldKind.DATE and field.formula is None:
            values[field.name] = site.installation.clock.now().date()
        elif field.kind in {FieldKind.INTEGER, FieldKind.MONEY, FieldKind.DECIMAL} and field.formula is None:
            values[field.name] = 7
    return values


def use(site: Site, words: Mapping[str, str], lookers: Sequence[str] = ("li", "lead", "money")) -> None:
    """What people do with an application, as far as it goes without a browser: look, search, export, keep, draft, write,
    bring in, change many, move, delete. `lookers` open every page and export all they may."""
    name = words["opportunity.name"]
    for person in lookers:
        client = site.client(person)
        for page in site.installation.models.current().pages.values():
            client.get(f"/app/{page.name}")
        client.get("/search", params={"q": name})
        for entity in site.installation.models.current().entities:
            client.get(f"/export/{entity}")
    li, lead = site.client("li"), site.client("lead")
    li.post(f"{PAGE}/views", data={"act": "keep", "label": "一", "p.q": name})
    li.post("/drafts/opportunity", data={"f.name": name, "@key": "k1"})
    made = li.post("/api/records/opportunity", json={"name": name, "customer": site.public("acme"), "amount": "9"})
    assert made.status_code == 201, made.text
    row, path = made.json()["data"]["id"], made.headers["location"]
    told = {"lesson": words["opportunity.lesson"], "lost_reason": "technical"}
    assert li.patch(path, json=told, headers={"if-match": made.headers["etag"]}).status_code == 200
    rows = f"商机名称,客户,预计金额\n{name},acme 公司,12.5\n{name},没有这家,1\n"
    sheet = {"rows": rows, "act": "write", "map.0": "name", "map.1": "customer", "map.2": "amount"}
    assert li.post("/import/opportunity", data=sheet).status_code < BAD
    version = li.get(path).json()["data"]["version"]
    many = {
        "act": "update",
        "row": f"{row}.{version}",
        "set": "next_step",
        "f.next_step": words["opportunity.next_step"],
    }
    assert lead.post("/bulk/opportunity/apply", data={**many, "list": "page=opportunity_list"}).status_code < BAD
    assert li.post(f"/r/opportunity/{row}/move/lose", data={}).status_code < BAD
    JobRunner(site.installation.workplace, site.installation.clock, "Asia/Shanghai").run_due()
    li.post(f"/r/opportunity/{row}/delete")
    li.get("/inbox")


def sightings(folder: Path, words: Mapping[str, str]) -> Iterator[Sighting]:
    """Where canaries are found: in every table of the database, and in every file beside it."""
    by_word = {word: name for name, word in words.items()}
    database = sqlite3.connect(f"file:{folder / 'dougong.sqlite3'}?mode=ro", uri=True)
    for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
        if table.startswith("sqlite_"):
            continue
        text = " ".join(_text(cell) for row in database.execute(f'select * from "{table}"') for cell in row)
        yield from (Sighting(by_word[word], _store(table)) for word in _found(text, by_word))
    database.close()
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("dougong.sqlite3"):
            text = path.read_bytes().decode("utf-8", "replace")
            name = path.relative_to(folder).parts[0]
            yield from (Sighting(by_word[word], name) for word in _found(text, by_word))


def unexplained(model: AppModel, found: frozenset[Sighting]) -> list[Sighting]:
    """Sightings in stores that the lineage does not lead to from the field."""
    graph, reached = lineage_of(model), dict[str, frozenset[str]]()
    for one in found:
        if one.field not in reached:
            reached[one.field] = frozenset(graph.reached(f"field:{one.field}", FURTHEST))
    return sorted(
        (one for one in found if f"store:{one.store}" not in reached[one.field]), key=lambda one: (one.store, one.field)
    )


def _found(text: str, by_word: Mapping[str, str]) -> Iterator[str]:
    folded = text.casefold()
    if "qzcanary" in folded:
        yield from (word for word in by_word if word in folded)


def _text(cell: object) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _store(table: str) -> str:
    """The store that a table belongs to: the parts of a full-text index are the index."""
    whole = next((table.removesuffix(f"_{part}") for part in FULL_TEXT_PARTS if table.endswith(f"_{part}")), table)
    return whole if whole.endswith(SEARCH_SUFFIX) else table
