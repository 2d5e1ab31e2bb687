"""A small application of clients, bills and visits as text, with rows that were entered, changed and deleted over time."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from runtime.builders import NOW
from runtime.world import World

from engine.diagnostics import Severity
from engine.dsl.compiler import compile_packs
from engine.model.app import AppModel
from engine.widgets.registry import read_widgets

WIDGETS = read_widgets(Path(__file__).parents[3] / "engine/widgets")
ENTITIES = {
    "client": """
label: {zh: 客户, en: Client}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  tier: {type: choice, required: true, label: {zh: 等级, en: Tier}, choices: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}}}
  region: {type: choice, label: {zh: 区域, en: Region}, choices: {east: {zh: 东, en: East}, west: {zh: 西, en: West}}}
  credit: {type: money, currency: CNY, label: {zh: 额度, en: Credit}}
""",
    "bill": """
label: {zh: 账单, en: Bill}
title: name
fields:
  name: {type: text, required: true, label: {zh: 编号, en: No.}}
  client: {type: relation, to: client, required: true, inverse: bills, label: {zh: 客户, en: Client}}
  amount: {type: money, currency: CNY, required: true, label: {zh: 金额, en: Amount}}
  kind: {type: choice, label: {zh: 类别, en: Kind}, choices: {a: {zh: 货, en: Goods}, b: {zh: 服务, en: Service}}}
  issued_on: {type: date, required: true, label: {zh: 开出日, en: Issued on}}
  due_on: {type: date, required: true, label: {zh: 到期日, en: Due on}}
  settled_on: {type: date, label: {zh: 结清日, en: Settled on}}
  late: {type: integer, label: {zh: 逾期天数, en: Days late}}
  note: {type: text, label: {zh: 备注, en: Note}}
""",
    "visit": """
label: {zh: 拜访, en: Visit}
title: name
fields:
  name: {type: text, required: true, label: {zh: 编号, en: No.}}
  client: {type: relation, to: client, required: true, inverse: visits, label: {zh: 客户, en: Client}}
  at: {type: instant, required: true, label: {zh: 时间, en: At}}
  minutes: {type: integer, label: {zh: 分钟, en: Minutes}}
  topic: {type: choice, required: true, label: {zh: 话题, en: Topic}, choices: {price: {zh: 价格, en: Price}, fault: {zh: 故障, en: Fault}, other: {zh: 其他, en: Other}}}
""",
}
ACCESS = """
grants:
  - {id: all, roles: [analyst], actions: [read, create, update, delete]}
"""
SOURCES = """
label: {zh: 试验, en: Trial}
nodes:
  - {id: bills, node: source, settings: {entity: bill, at: issued_on, known_at: {settled_on: settled_on, late: settled_on}}}
  - {id: clients, node: source, settings: {entity: client}}
  - {id: visits, node: source, settings: {entity: visit, at: at}}
"""


def pack(folder: Path, pipelines: Mapping[str, str], access: Mapping[str, str] | None = None) -> Path:
    """The pack with these pipelines, in a folder."""
    files = {
        "pack.yaml": "label: {zh: 试验, en: Trial}\nversion: 1.0.0\nlanguages: [zh, en]\n",
        "roles/analyst.yaml": "label: {zh: 分析, en: Analyst}\n",
        "roles/seller.yaml": "label: {zh: 销售, en: Seller}\n",
        **{f"entities/{name}.yaml": text for name, text in ENTITIES.items()},
        **{f"access/{name}.yaml": (access or {}).get(name) or ACCESS for name in ENTITIES},
        **{f"pipelines/{name}.yaml": text for name, text in pipelines.items()},
    }
    for name, text in files.items():
        path = folder / "bills" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), "utf-8")
    return folder / "bills"


def model_of(folder: Path) -> AppModel:
    compilation = compile_packs([folder], WIDGETS)
    assert compilation.model is not None, [
        one.as_text() for one in compilation.diagnostics if one.severity is Severity.ERROR
    ]
    return compilation.model


@dataclass
class Row:
    """A row as it stands, when it came in, and what later versions changed: (when, what fields held before)."""

    id: int
    values: dict[str, object]
    created_at: datetime
    changes: list[tuple[datetime, dict[str, object]]] = field(default_factory=list)
    deleted: bool = False


Rows = dict[str, list[Row]]


def random_rows(seed: int, bills: int = 60, visits: int = 70) -> Rows:
    """Rows with ties in time, empty cells, deleted ones, some entered late, some changed since."""
    draw = random.Random(seed)
    first = date(2025, 1, 1)

    def moment(day: int) -> datetime:
        return datetime(2025, 1, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=draw.choice((0, 0, 30, 600)))

    def row(id: int, day: int, values: dict[str, object]) -> Row:
        came = moment(day if draw.random() < 0.7 else day + draw.randint(1, 60))
        return Row(id, values, came, deleted=draw.random() < 0.05)

    found: Rows = {"client": [], "bill": [], "visit": []}
    for at in range(9):
        values = {
            "name": f"c{at}",
            "tier": draw.choice("AB"),
            "region": draw.choice(("east", "west", None)),
            "credit": Decimal(draw.randint(0, 10**9)).scaleb(-2) if draw.random() < 0.8 else None,
        }
        found["client"].append(row(100 + at, draw.randint(0, 40), values))
    for at in range(bills):
        day = draw.randint(0, 200)
        settled = day + draw.randint(0, 60) if draw.random() < 0.7 else None
        due = day + 30
        values = {
            "name": f"b{at}",
            "client": 100 + draw.randint(0, 8),
            "amount": Decimal(draw.choice((1, 99_999, 123_456_789_012_345, draw.randint(1, 10**7)))).scaleb(-2),
            "kind": draw.choice(("a", "b", None)),
            "issued_on": first + timedelta(days=day),
            "due_on": first + timedelta(days=due),
            "settled_on": None if settled is None else first + timedelta(days=settled),
            "late": None if settled is None else settled - due,
            "note": draw.choice((None, "", "催过 3 次", "abc")),
        }
        found["bill"].append(row(1000 + at, day, values))
    for at in range(visits):
        day = draw.randint(0, 200)
        when = moment(day)
        values = {
            "name": f"v{at}",
            "client": 100 + draw.randint(0, 8),
            "at": when,
            "minutes": draw.choice((None, 5, 30, 90)),
            "topic": draw.choice(("price", "fault", "other")),
        }
        found["visit"].append(row(5000 + at, day, values))
    for entity, name, options in (
        ("client", "region", ("east", "west", None)),
        ("client", "tier", ("A", "B")),
        ("bill", "amount", (Decimal("5.00"), Decimal("777777.77"))),
        ("bill", "kind", ("a", "b", None)),
        ("visit", "topic", ("price", "fault")),
    ):
        for one in found[entity]:
            for _ in range(draw.choice((0, 0, 0, 1, 2))):
                last = one.changes[-1][0] if one.changes else one.created_at
                one.changes.append(
                    (last + timedelta(days=draw.randint(0, 50), minutes=draw.randint(0, 900)), {name: one.values[name]})
                )
                one.values[name] = draw.choice(options)
    return found


def stored(world: World, rows: Rows) -> World:
    """The rows in the database of a world, with their versions."""
    for entity, listed in rows.items():
        world.rows(
            entity,
            [
                {
                    "id": one.id,
                    "version": 1 + len(one.changes),
                    "created_at": one.created_at,
                    "updated_at": one.changes[-1][0] if one.changes else one.created_at,
                    "deleted_at": NOW if one.deleted else None,
                    **one.values,
                }
                for one in listed
            ],
        )
        names = ("record", "version", "valid_from", "action", "changed", "before")
        world.fill(
            f"{entity}__version",
            names,
            [version for one in listed for version in _versions(one)],
        )
    return world


def _versions(row: Row) -> list[tuple[object, ...]]:
    made = (row.id, 1, _micros(row.created_at), "create", "[]", None)
    later = [
        (
            row.id,
            at + 2,
            _micros(when),
            "update",
            json.dumps(sorted(before)),
            json.dumps({k: _json(v) for k, v in before.items()}),
        )
        for at, (when, before) in enumerate(row.changes)
    ]
    return [made, *later]


def _json(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
