"""Rows imported in batches are the rows, problems and traces that writing them one by one leaves, whatever is in the sheet."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial

import pytest
from runtime.textual import Application, application
from sqlglot import exp

from engine.model.rollups import rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import compile_statement
from engine.runtime.database.trying import trial as undone
from engine.runtime.events import end_of_log, read_events
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.query import nodes
from engine.runtime.query.lookup import Key, rows_with
from engine.runtime.records.cells import CellReader
from engine.runtime.records.removal import delete
from engine.runtime.records.writing import update
from engine.runtime.rows import select
from engine.runtime.search.index import foresee_tokens
from engine.runtime.transfer.importing import Importer, ImportPlan, SheetRow
from engine.runtime.transfer.reading_ahead import columns_read, read_ahead
from engine.runtime.whole_versions import keep_whole, whole_version
from engine.runtime.work import Work
from tests.conftest import KINDS, fresh_url

ITEM = """label: {zh: 物, en: Item}
title: name
natural_key: [code]
owned_by: place.unit
fields:
  code: {type: text, required: true, unique: true, max_length: 8, search: 2, label: {zh: 代码, en: Code}}
  name: {type: text, required: true, search: 3, label: {zh: 名称, en: Name}}
  number: {type: code, pattern: "N{yyyy}-{seq:3}", per: [year], label: {zh: 号, en: No.}}
  place: {type: relation, to: place, required: true, on_delete: refuse, inverse: items, label: {zh: 处, en: Place}}
  twin: {type: relation, to: item, on_delete: clear, inverse: twins, label: {zh: 同伴, en: Twin}}
  kind: {type: choice, default: a, label: {zh: 类, en: Kind}, choices: {a: {zh: 甲, en: One}, b: {zh: 乙, en: Two}}}
  slot: {type: integer, min: 0, max: 9, label: {zh: 位, en: Slot}}
  amount: {type: money, default: 1, label: {zh: 额, en: Amount}}
  secret: {type: text, label: {zh: 密, en: Secret}}
  fixed: {type: text, label: {zh: 定, en: Fixed}}
  hidden: {type: text, label: {zh: 隐, en: Hidden}}
  shelf: {type: integer, label: {zh: 架, en: Shelf}}
  weight: {type: decimal, precision: 5, scale: 2, label: {zh: 重, en: Weight}, default_formula: 'if(name = "巨", 1000, 1)'}
  phone: {type: text, label: {zh: 电话, en: Phone}}
  state: {type: state, workflow: item_life, label: {zh: 状态, en: State}}
  day: {type: date, label: {zh: 日, en: Day}, default_formula: "today()"}
  first: {type: decimal, precision: 7, scale: 2, label: {zh: 初, en: First}, default_formula: "place.factor"}
  note: {type: long_text, required_when: 'kind = "b"', label: {zh: 注, en: Note}}
  worth: {type: money, formula: "round(amount * place.factor, 2)", label: {zh: 值, en: Worth}}
  twice: {type: money, formula: "worth + worth", label: {zh: 倍, en: Twice}}
checks:
  - {id: not_dear, expect: "twice <= 1000", fields: [amount], message: {zh: 太贵, en: Too dear}}
unique:
  - {id: slot_once, fields: [place, slot], everywhere: false, message: {zh: 位已占, en: Slot taken}}
  - {id: shelf_once, fields: [shelf], everywhere: false, message: {zh: 架已占, en: Shelf taken}}
duplicates:
  - {id: same_phone, fields: [phone], severity: refuse}
"""
FILES = {
    "pack.yaml": "label: {zh: 小, en: Small}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "roles/novice.yaml": "label: {zh: 新手, en: Novice}\n",
    "roles/helper.yaml": "label: {zh: 帮手, en: Helper}\n",
    "roles/stranger.yaml": "label: {zh: 外人, en: Stranger}\n",
    "units/branch.yaml": "label: {zh: 分部, en: Branch}\n",
    "entities/place.yaml": """label: {zh: 处, en: Place}
title: name
natural_key: [code]
fields:
  code: {type: text, required: true, unique: true, label: {zh: 代码, en: Code}}
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  unit: {type: unit, label: {zh: 单元, en: Unit}}
  factor: {type: decimal, precision: 7, scale: 2, default: 1, label: {zh: 系数, en: Factor}}
  total: {type: money, formula: "sum(items.worth)", label: {zh: 合计, en: Total}}
  count: {type: integer, formula: "count(items)", label: {zh: 数, en: Count}}
""",
    "entities/item.yaml": ITEM,
    "entities/tool.yaml": """label: {zh: 具, en: Tool}
title: code
natural_key: [code]
owned_by: place.unit
fields:
  code: {type: text, required: true, unique: true, label: {zh: 代码, en: Code}}
  place: {type: relation, to: place, required: true, on_delete: refuse, inverse: tools, label: {zh: 处, en: Place}}
  hook: {type: integer, label: {zh: 钩, en: Hook}}
  serial: {type: text, unique: true, label: {zh: 序列号, en: Serial}}
unique:
  - {id: hook_once, fields: [hook], everywhere: false, message: {zh: 钩已占, en: Hook taken}}
""",
    "access/tool.yaml": "grants: [{id: all, roles: [clerk], actions: [read, create, update]}]\n",
    "access/place.yaml": "grants: [{id: all, roles: [clerk, novice, helper], actions: [read, create, update]}]\n",
    "access/item.yaml": """grants:
  - {id: all, roles: [clerk], actions: [read, create, update, delete]}
  - {id: some, roles: [novice], actions: [read]}
  - {id: few, roles: [novice], actions: [create, update], rows: "coalesce(slot, 0) < 5"}
  - {id: standing, roles: [helper], actions: [read]}
  - {id: kinds, roles: [helper], actions: [update], rows: 'kind = "a"'}
  - {id: new, roles: [stranger], actions: [read, create]}
fields:
  - {id: fixed, fields: [fixed], roles: [clerk], right: write}
  - {id: fixed_seen, fields: [fixed], roles: [novice], right: read}
  - {id: hidden, fields: [hidden], roles: [clerk], right: write}
  - {id: all, fields: [secret], roles: [clerk], right: write}
  - {id: some, fields: [secret], roles: [novice], right: write, when: 'kind = "a"'}
  - {id: seen, fields: [secret], roles: [novice], right: read}
""",
    "rules/not_thirteen.yaml": 'label: {zh: 非十三, en: Not thirteen}\nentity: item\nwhen: "amount = 13"\neffect: refuse\nmessage: {zh: 不可, en: Not thirteen}\nfields: [amount]\n',
    "workflows/item_life.yaml": """label: {zh: 物的状态, en: Life}
entity: item
field: state
initial: open
states: [{id: open, label: {zh: 待办, en: Open}}, {id: done, label: {zh: 完成, en: Done}, final: true}]
transitions: [{id: finish, label: {zh: 完成, en: Finish}, from: [open], to: done, roles: [clerk]}]
""",
    "metrics/worth.yaml": """label: {zh: 总值, en: Worth}
entity: item
measure: "sum(worth)"
time: day
dimensions: {kind: kind, place: place}
scale: 2
rollup: [kind, place]
""",
}
COLUMNS = {
    "代码": "code",
    "名称": "name",
    "处": "place",
    "同伴": "twin",
    "类": "kind",
    "位": "slot",
    "额": "amount",
    "密": "secret",
    "日": "day",
    "注": "note",
}
GUARDED = COLUMNS | {"定": "fixed", "隐": "hidden", "电话": "phone", "架": "shelf"}
MORE = GUARDED | {"状态": "state"}


@pytest.fixture(scope="module", params=KINDS)
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("batches")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with application(folder, fresh_url(request.param, dsn, folder), FILES) as made:
        made.write(_units)
        made.write(lambda work: _import(work, "place", {"c": "code", "n": "name", "f": "factor", "u": "unit"}, PLACES))
        made.write(lambda work: _import(work, "item", COLUMNS, [_row(random.Random(1), at) for at in range(8)]))
        made.write(lambda work: _import(work, "item", GUARDED, STANDING))
        yield made


def _units(work: Work) -> None:
    for name in ("一部", "二部"):
        add_unit(work.session, work.model, Unit(work.ids.next(), name, "branch", name, None, None, SINCE, None))


SINCE = date(2020, 1, 1)
PLACES = [
    {"c": code, "n": name, "f": factor, "u": unit}
    for code, name, factor, unit in (
        ("P1", "东", "1", ""),
        ("P2", "西", "2.5", ""),
        ("P3", "西", "", ""),
        ("P4", "北", "1", "一部"),
        ("P5", "南", "1", "二部"),
    )
]


def _new(code: str, **cells: str) -> dict[str, str]:
    """A sound line of a new row, and what it says besides."""
    return {"代码": code, "名称": "物品", "处": "P4"} | cells


STANDING = [
    {**dict.fromkeys(GUARDED, ""), **one}
    for one in (
        _new("b1", 位="1", 类="a", 电话="111", 定="x", 架="1"),
        _new("b2", 位="2", 类="b", 注="有"),
        _new("b6", 位="6", 类="a"),
        _new("b7", 处="P5", 架="1"),
    )
]


def _import(
    work: Work, entity: str, columns: dict[str, str], rows: list[dict[str, str]], key: tuple[str, ...] = ()
) -> None:
    importer = Importer(work, work.model.entities[entity], ImportPlan(entity, columns, key))
    importer.write([SheetRow(at, row) for at, row in enumerate(rows, 2)])


def _row(drawn: random.Random, number: int) -> dict[str, str]:
    """A line of a sheet, sound or with any fault that a sheet may have."""

    def some(usual: list[str], faulty: list[str]) -> str:
        return drawn.choice(faulty if drawn.random() < 0.06 else usual)

    code = f"c{number}" if drawn.random() < 0.7 else f"c{drawn.randrange(12)}"
    return {
        "代码": some([code], ["", "c" * 9, "\x07"]),
        "名称": some(["物品", "铁", "Wood", code], [""]),
        "处": some(["P1", "P2", "东", "P3"], ["西", "无处", ""]),
        "同伴": some(["", "", f"c{drawn.randrange(12)}", f"c{number - 1}"], ["谁", "物品"]),
        "类": some(["", "甲", "b", "One"], ["丙"]),
        "位": some(["", str(drawn.randrange(10))], ["10", "x"]),
        "额": some(["", "3", "１２.50", "1,200"], ["1e9", "0.001"]),
        "密": some(["", "s"], ["=1"]),
        "日": some(["", "2026-01-05"], ["2026-13-01"]),
        "注": some(["", "注意", "=1+1"], ["\x00"]),
    }


def _all(session: Session, table: str, order: str) -> list[tuple[object, ...]]:
    """Every row of a table."""
    one = exp.select(exp.Star()).from_(nodes.bare_table(table)).order_by(exp.column(order, quoted=True))
    return session.rows(compile_statement(one, session.dialect))


def _traces(work: Work) -> dict[str, object]:
    """All that stands after an import, ids told by the order in which they were made."""
    session, model = work.session, work.model
    ids: dict[object, str] = {}
    for entity in ("place", "item"):
        for at, row in enumerate(_all(session, entity, "id")):
            ids[row[0]] = f"{entity} {at}"

    def told(row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(ids.get(one, one) for one in row)

    deltas = rollups_of(model)["item"].deltas
    sums: Counter[tuple[object, ...]] = Counter()
    for row in _all(session, deltas, "_id"):
        figures = tuple(one for one in row[2:] if type(one) is int and one not in ids)
        dimensions = told(tuple(one for one in row[2:] if not (type(one) is int and one not in ids)))
        for at, figure in enumerate(figures):
            sums[*dimensions, at] += figure
    return {
        "items": [told(row) for row in _all(session, "item", "id")],
        "versions": sorted(
            (_version((*told(row[:-1]), _whole(work, row))) for row in _all(session, "item__version", "record")),
            key=repr,
        ),
        "tokens": sorted((told(row) for row in _all(session, "item__search", "record")), key=repr),
        "places": [(row[0], *row[7:]) for row in map(told, _all(session, "place", "id"))],
        "deltas": {key: figure for key, figure in sums.items() if figure},
        "sequence": _all(session, "dougong_sequence", "name"),
        "events": sorted(
            Counter(told(row)[3:6] for row in _all(session, "dougong_event", "id") if row[2] == "item").items(),
            key=repr,
        ),
    }


def _whole(work: Work, version: tuple[object, ...]) -> str | None:
    """What the row held in a version: of many rows made at once none says it."""
    return whole_version(work, work.model.entities["item"], int(str(version[0])), int(str(version[1])))


def _version(row: tuple[object, ...]) -> tuple[object, ...]:
    """A version without the ids in its JSON: what it says of references is told by the row itself."""
    plain = ("place", "twin", "scope_unit")
    texts = []
    for one in row:
        found = json.loads(one) if isinstance(one, str) and one.startswith("{") else one
        texts.append({name: v for name, v in found.items() if name not in plain} if isinstance(found, dict) else found)
    return tuple(json.dumps(one, sort_keys=True, default=str) for one in texts)


def _foreseen(work: Work, columns: dict[str, str], rows: list[dict[str, str]]) -> CellReader:
    """What the child that reads lines finds out of their texts."""
    path, entity, zone = work.data_folder / "lines", work.model.entities["item"], work.context.zone
    path.write_text("".join(json.dumps([at, *row.values()]) + "\n" for at, row in enumerate(rows, 2)), "utf-8")
    ahead = read_ahead(str(path), 0, len(rows), columns_read(entity, [*columns], columns), (), zone)
    cells = CellReader(entity, zone)
    cells.foresee(ahead.cells)
    foresee_tokens(work, "item", ahead.tokens)
    assert {"name", "code"} <= ahead.tokens.keys()
    return cells


def _trial(
    work: Work, rows: list[dict[str, str]], key: tuple[str, ...], together: bool, foreseen: bool = False
) -> tuple[object, object]:
    columns = {name: MORE[name] for name in rows[0]}
    cells = _foreseen(work, columns, rows) if foreseen and together else None
    importer = Importer(work, work.model.entities["item"], ImportPlan("item", columns, key), cells=cells)
    lines = [SheetRow(at, row) for at, row in enumerate(rows, 2)]
    with undone(work.savepoint()):
        if together:
            importer.write(lines)
        else:
            for line in lines:
                importer.count(line, importer.alone(line))
        report = importer.report
        told = (report.created, report.updated, report.unchanged, report.problems)
        return told, _traces(work)


@pytest.mark.parametrize(("role", "sheets"), [("clerk", 6), ("novice", 3)])
def test_a_batch_leaves_what_rows_one_by_one_leave(small: Application, role: str, sheets: int) -> None:
    refused = written = 0
    for seed in range(sheets):
        drawn = random.Random(seed)
        rows = [_row(drawn, at + 100) for at in range(drawn.randrange(1, 30))]
        if seed == 2:  # more than say in their first versions what they hold
            rows = [
                _new(f"d{at}", 位="", 额=str(at)) | {"同伴": "", "类": "", "密": "", "日": "", "注": ""}
                for at in range(30)
            ]
            rows[7] |= {"处": "P2", "额": "9999999999999999"}  # its formulas overflow
            rows += [{**rows[at], "名称": "新", "额": "7"} for at in range(5)]
        rows += [dict(drawn.choice(rows)) for _ in range(drawn.randrange(4))]
        key: tuple[str, ...] = drawn.choice([(), ("code",), ("code",), ("place", "slot")])
        key = ("code",) if seed == 2 else key
        attempt = partial(_trial, rows=rows, key=key, foreseen=seed % 2 == 0)
        together, apart = (small.write(partial(attempt, together=one), role) for one in (True, False))
        for one, other in zip(together[0][3], apart[0][3], strict=False):
            assert one == other, (seed, key, rows[one.line - 2], rows[other.line - 2])
        assert together[0] == apart[0], (seed, key)
        for what, found in together[1].items():
            assert found == apart[1][what], (seed, key, what)
        refused += len({one.line for one in together[0][3]})
        written += together[0][0] + together[0][1]
    assert refused > sheets
    assert written > sheets * 3


BY_CODE = ("code",)
REFUSED = {
    "a field that is only read": ("novice", BY_CODE, [_new("b1", 定="y"), _new("n1", 定="y")], (0, 0, 2)),
    "a field only read in this row": ("novice", BY_CODE, [_new("b1", 密="s"), _new("b2", 密="s")], (0, 1, 1)),
    "a field nobody tells of": ("novice", BY_CODE, [_new("b1", 隐="y"), _new("n1", 隐="y")], (0, 0, 2)),
    "a state": ("clerk", BY_CODE, [_new("b1", 状态="done"), _new("n1", 状态="done")], (0, 0, 2)),
    "new rows": ("helper", BY_CODE, [_new("b6"), _new("n1"), _new("b1", 名称="另")], (0, 1, 1)),
    "a row that may not be changed": ("helper", BY_CODE, [_new("b2", 类="a"), _new("b1", 类="", 名称="另")], (0, 1, 1)),
    "what it would become": ("novice", BY_CODE, [_new("b1", 位="7"), _new("n1", 位="7"), _new("n2", 位="3")], (1, 0, 2)),
    "a field of what it becomes": ("novice", (), [_new("n1", 密="s", 类="b", 注="x"), _new("n2", 密="s", 类="a", 注="")], (1, 0, 1)),
    "nothing to point at": ("stranger", (), [_new("n1"), _new("n2")], (0, 0, 2)),
    "what must be filled": ("clerk", BY_CODE, [_new("b1", 名称=""), _new("n1", 名称=""), _new("n2")], (1, 0, 2)),
    "out of bounds": ("clerk", BY_CODE, [_new("b1", 位="10"), _new("n1", 位="10"), _new("n2", 位="9")], (1, 0, 2)),
    "a check": ("clerk", BY_CODE, [_new("b1", 额="501"), _new("n1", 额="501"), _new("n2", 额="500")], (1, 0, 2)),
    "a rule": ("clerk", BY_CODE, [_new("b1", 额="13"), _new("n1", 额="13"), _new("n2", 额="12")], (1, 0, 2)),
    "filled in this case": ("clerk", BY_CODE, [_new("b1", 类="b"), _new("n1", 类="b"), _new("n2", 类="a")], (1, 0, 2)),
    "a code that stands": ("clerk", (), [_new("b1"), _new("n1"), _new("n1"), _new("n2")], (2, 0, 2)),
    "a code of another": ("clerk", ("place", "slot"), [_new("b1", 位="2"), _new("n1", 位="6")], (0, 1, 1)),
    "a slot of another": ("clerk", BY_CODE, [_new("b2", 位="1"), _new("n1", 位="1"), _new("n2", 位="5"), _new("n3", 位="5")], (1, 0, 3)),
    "a shelf where it moves to": ("clerk", BY_CODE, [_new("b7"), _new("b6", 处="P5")], (0, 1, 1)),
    "a default that does not fit": ("clerk", (), [_new("n1", 名称="巨"), _new("n2")], (1, 0, 1)),
    "a phone of another": ("clerk", BY_CODE, [_new("b2", 电话="111"), _new("n1", 电话="111"), _new("n2", 电话="5"), _new("n3", 电话="5")], (1, 0, 3)),
}  # fmt: skip
"""Who may not write what: role, key, lines, and how many are made, changed and refused."""


@pytest.mark.parametrize("what", REFUSED)
def test_a_batch_refuses_what_is_refused_alone(small: Application, what: str) -> None:
    role, key, rows, expected = REFUSED[what]
    attempt = partial(_trial, rows=rows, key=key)
    together, apart = (small.write(partial(attempt, together=one), role) for one in (True, False))
    assert together == apart
    assert (*together[0][:2], len(together[0][3])) == expected


def test_a_key_that_many_rows_have_is_not_read_whole(small: Application) -> None:
    rows = [{"代码": f"k{at}", "名称": f"n{at}", "处": "P1", "位": str(at % 10), "类": "甲"} for at in range(10)]
    rows += [{**rows[0], "代码": f"m{at}", "位": ""} for at in range(60)]
    rows.append({**rows[0], "代码": "other", "位": "", "类": "乙", "注": "x"})

    def act(work: Work) -> tuple[dict[Key, list[int]], dict[Key, list[int]], int]:
        columns = {one: COLUMNS[one] for one in ("代码", "名称", "处", "位", "类", "注")}
        place = rows_with(work, "place", ("code",), [("P1",)])[("P1",)][0]
        first = {row[0] for row in _all(work.session, "item", "id")}
        _import(work, "item", columns, [{"注": "", **one} for one in rows])
        new = len({row[0] for row in _all(work.session, "item", "id")} - first)
        kinds = rows_with(work, "item", ("kind",), [("a",), ("b",), ("c",)])
        slots = rows_with(work, "item", ("place", "slot"), [(place, at) for at in range(12)])
        return kinds, slots, new

    before = small.installation.database.read(end_of_log)
    kinds, slots, new = small.write(act)
    told = small.installation.database.read(lambda session: read_events(session, before))
    assert len({one.record for one in told if one.entity == "item"}) == new == len(rows)
    assert 2 <= len(kinds[("a",)]) <= 24
    assert len(kinds[("b",)]) >= 1
    assert {key[1]: len(found) for key, found in slots.items()} == dict.fromkeys(range(10), 1)


TOOLS = [
    {"代码": "t1", "处": "P4", "钩": "1", "序列号": "s1"},
    {"代码": "t2", "处": "P5", "钩": "1", "序列号": "s2"},
    {"代码": "t3", "处": "P5", "钩": "2", "序列号": "s3"},
    {"代码": "t4", "处": "P4", "钩": "", "序列号": "s4"},
]
MOVED = {
    "to a unit where its like is": ({"t2": {"处": "P4"}}, (0, 1)),
    "to a unit where none is like it": ({"t3": {"处": "P4"}, "t4": {"处": "P5"}}, (2, 0)),
    "where its like has just gone": ({"t1": {"处": "P1"}, "t2": {"处": "P4"}}, (2, 0)),
    "where its like has just come": ({"t3": {"处": "P1"}, "t4": {"处": "P1", "钩": "2"}}, (1, 1)),
    "what another has": ({"t1": {"序列号": "s2"}, "t3": {"序列号": "s9"}}, (1, 1)),
    "what another has given up": ({"t1": {"序列号": "s9"}, "t2": {"序列号": "s1"}, "t5": {"序列号": "s2"}}, (2, 0)),
    "what another has just got": ({"t1": {"序列号": "s9"}, "t2": {"序列号": "s9"}, "t5": {"序列号": "s9"}}, (1, 2)),
}
"""Standing rows that go to another unit, or get what no two may have alike: what changes, how many are changed and refused."""


@pytest.mark.parametrize("where", MOVED)
def test_standing_rows_move_together_as_they_move_alone(small: Application, where: str) -> None:
    changed, expected = MOVED[where]
    columns = {"代码": "code", "处": "place", "钩": "hook", "序列号": "serial"}
    standing = {one["代码"]: one for one in TOOLS}
    rows = [{"代码": code, "处": "P1", "钩": ""} | standing.get(code, {}) | one for code, one in changed.items()]

    def trial(work: Work, together: bool) -> tuple[object, ...]:
        with undone(work.savepoint()):
            _import(work, "tool", columns, TOOLS)
            importer = Importer(work, work.model.entities["tool"], ImportPlan("tool", columns, ("code",)))
            lines = [SheetRow(at, row) for at, row in enumerate(rows, 2)]
            if together:
                importer.write(lines)
            else:
                for line in lines:
                    importer.count(line, importer.alone(line))
            report = importer.report
            kept = [row[1:2] + row[7:] for row in _all(work.session, "tool", "code")]
            return report.created, report.updated, report.problems, kept

    together, apart = (small.write(partial(trial, together=one)) for one in (True, False))
    assert together == apart
    assert (together[1], len(together[2])) == expected


def test_a_version_that_is_kept_is_told_in_the_same_words_for_good(small: Application) -> None:
    def act(work: Work) -> None:
        with undone(work.savepoint()):
            columns, item = {one: COLUMNS[one] for one in ("代码", "名称", "处", "额")}, work.model.entities["item"]
            _import(work, "item", columns, [_new(f"v{at}", 额=str(at)) for at in range(30)])
            rows = select(work.session, "item__version", ("record", "after"), {"version": 1}, ("-record",), 30)
            assert {one for _, one in rows} == {None}
            (kept, _), (left, _) = rows[:2]
            assert isinstance(kept, int) and isinstance(left, int)
            said = [whole_version(work, item, one, 1) for one in (kept, left)]
            assert json.loads(said[0] or "")["twice"] == "58.00"
            keep_whole(work, item, kept, 1)
            for one in (kept, left):
                update(work, "item", one, {"amount": "5", "name": "新"})
            assert [whole_version(work, item, one, 1) for one in (kept, left)] == said
            stands = select(work.session, "item__version", ("after",), {"record": kept, "version": 1})
            assert stands == [(said[0],)]
            assert whole_version(work, item, kept, 9) is None
            delete(work, "item", left)
            assert whole_version(work, item, left, 1) == said[1]
            assert whole_version(work, item, left, 3) is None

    small.write(act)
