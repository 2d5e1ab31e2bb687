"""The application of the tests of roll-ups: desks in units and their entries, figures on a dashboard, four kinds of readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.job_runner import JobRunner
from engine.installation.migration import migrate, migration_stamp
from engine.model.app import AppModel
from engine.model.context import Context, Principal, SeatHeld
from engine.model.requests import AggregateRequest, AggregateRow, Condition
from engine.model.rollups import Rollup, rollups_of
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.writing import create, update
from engine.runtime.rollups.keeping import fold_next
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.storage.rollup_tables import HALF, ID, KEY, SPLIT, figure_columns
from engine.runtime.work import Work
from tests.conftest import FixedClock

Result = TypeVar("Result")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNITS, PEOPLE, DESKS = (11, 12, 13), (1, 2, 3), 6
PACK = {
    "pack.yaml": "label: {zh: 账, en: Ledger}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/boss.yaml": "label: {zh: 主管, en: Boss}\n",
    "roles/keeper.yaml": "label: {zh: 店长, en: Keeper}\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "roles/guest.yaml": "label: {zh: 访客, en: Guest}\n",
    "units/branch.yaml": "label: {zh: 分部, en: Branch}\n",
    "entities/desk.yaml": """label: {zh: 台, en: Desk}
title: name
owned_by: unit
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  unit: {type: unit, required: true, label: {zh: 单位, en: Unit}}
  city: {type: text, label: {zh: 城市, en: City}}
  factor: {type: decimal, precision: 7, scale: 2, default: 1, label: {zh: 系数, en: Factor}}
""",
    "entities/entry.yaml": """label: {zh: 账目, en: Entry}
title: name
owned_by: desk.unit
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  desk: {type: relation, to: desk, on_delete: clear, inverse: entries, inverse_label: {zh: 账目, en: Entries}, label: {zh: 台, en: Desk}}
  clerk: {type: user, label: {zh: 文员, en: Clerk}}
  kind: {type: choice, label: {zh: 类型, en: Kind}, choices: {in: {zh: 进, en: In}, out: {zh: 出, en: Out}}}
  paid: {type: boolean, label: {zh: 已付, en: Paid}}
  happened_on: {type: date, label: {zh: 日期, en: Day}}
  amount: {type: money, label: {zh: 金额, en: Amount}}
  cost: {type: money, label: {zh: 成本, en: Cost}, mask: all}
  gross: {type: money, label: {zh: 毛额, en: Gross}, formula: "round(amount * desk.factor, 2)"}
indexes: [[desk, happened_on], [kind, happened_on]]
""",
    "entities/detail.yaml": """label: {zh: 明细, en: Detail}
title: kind
part_of: entry
fields:
  entry: {type: relation, to: entry, required: true, on_delete: cascade, inverse: details, inverse_label: {zh: 明细, en: Details}, label: {zh: 账目, en: Entry}}
  kind: {type: choice, label: {zh: 类型, en: Kind}, choices: {in: {zh: 进, en: In}, out: {zh: 出, en: Out}}}
  amount: {type: money, label: {zh: 金额, en: Amount}}
  desk: {type: relation, to: desk, on_delete: clear, inverse: details, inverse_label: {zh: 明细, en: Details}, label: {zh: 台, en: Desk}, formula: "entry.desk"}
""",
    "access/desk.yaml": """grants:
  - {id: all, roles: [boss], actions: [read, create, update, delete]}
  - {id: own, roles: [keeper, clerk], actions: [read], rows: "scope_unit in user.units"}
""",
    "access/entry.yaml": """grants:
  - {id: all, roles: [boss], actions: [read, create, update, delete]}
  - {id: own, roles: [keeper], actions: [read], rows: "scope_unit in user.units"}
  - {id: mine, roles: [clerk], actions: [read], rows: "clerk = user.id or (kind = \\"out\\" and scope_unit in user.units)"}
fields:
  - {id: cost_all, fields: [cost], roles: [boss], right: write}
  - {id: cost_own, fields: [cost], roles: [keeper], right: read, when: "kind = \\"in\\""}
  - {id: cost_desk, fields: [cost], roles: [clerk], right: read, when: "desk.city = \\"杭州\\""}
""",
    "metrics/total.yaml": """label: {zh: 合计, en: Total}
entity: entry
measure: "sum(amount)"
time: happened_on
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}
scale: 2
rollup: [desk, kind, clerk, paid]
""",
    "metrics/entries.yaml": """label: {zh: 笔数, en: Entries}
entity: entry
measure: "count()"
time: happened_on
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}
""",
    "metrics/mean.yaml": """label: {zh: 平均, en: Mean}
entity: entry
measure: "avg(amount)"
time: happened_on
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}
scale: 4
""",
    "metrics/costs.yaml": """label: {zh: 成本, en: Costs}
entity: entry
measure: "sum(cost)"
where: 'kind != "out" or paid'
time: happened_on
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}
scale: 2
""",
    "metrics/gross_total.yaml": """label: {zh: 毛额, en: Gross}
entity: entry
measure: "sum(gross)"
where: 'desk.city != "西安"'
time: happened_on
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}
scale: 2
rollup: true
""",
    "metrics/open_total.yaml": """label: {zh: 公开合计, en: Open total}
entity: entry
measure: "sum(amount)"
time: happened_on
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}
scale: 2
roles: [guest, boss]
""",
    "metrics/ever.yaml": """label: {zh: 历来笔数, en: Ever}
entity: entry
measure: "count()"
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}
rollup: [kind]
""",
    "metrics/detail_total.yaml": """label: {zh: 明细合计, en: Total of details}
entity: detail
measure: "sum(amount)"
dimensions: {desk: desk, city: desk.city, kind: kind}
scale: 2
rollup: [desk, kind]
""",
    "metrics/details.yaml": """label: {zh: 明细数, en: Details}
entity: detail
measure: "count()"
dimensions: {desk: desk, city: desk.city, kind: kind}
rollup: [kind]
""",
    "dashboards/board.yaml": """label: {zh: 看板, en: Board}
roles: [boss]
filters: [{id: period, label: {zh: 期间, en: Period}, dimension: period, default: this_month}, {id: paid, label: {zh: 已付, en: Paid}, dimension: paid}]
items:
  - {id: k1, widget: kpi, metric: total}
  - {id: c1, widget: chart, chart: bar, metrics: [total, entries, mean], by: month}
  - {id: c2, widget: chart, chart: bar, metrics: [entries, costs, gross_total, open_total], by: desk, by2: kind}
  - {id: c3, widget: chart, chart: bar, metrics: [total, costs], by: city}
  - {id: c4, widget: chart, chart: bar, metrics: [total, entries], by: clerk}
""",
}
OF_VALUES = {
    "factors": "sum(desk.factor)",
    "factor_mean": "avg(desk.factor)",
    "with_factor": "count(desk.factor)",
    "with_clerk": "count(clerk)",
    "days_ago": "sum(days_between(happened_on, today()))",
    "cities": "count_distinct(desk.city)",
    "clerks": "count_distinct(clerk)",
    "first_day": "min(happened_on)",
    "last_day": "max(happened_on)",
    "least_factor": "min(desk.factor)",
    "latest": "min(days_between(happened_on, today()))",
    "least": "min(amount)",
    "most": "max(amount)",
    "amounts": "count_distinct(amount)",
    "cost_by_factor": "sum(round(cost * desk.factor, 2))",
}
"""What is worked out from the columns that cells are split by, numbers among them, in every way that figures are folded."""
for _name, _measure in OF_VALUES.items():
    PACK[f"metrics/{_name}.yaml"] = f"""label: {{zh: {_name}, en: {_name}}}
entity: entry
measure: "{_measure}"
time: happened_on
dimensions: {{desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}}
scale: 2
rollup: true
"""
OF_DATES = {
    "last_ever": "max(happened_on)",
    "first_ever": "min(happened_on)",
    "since": "min(days_between(happened_on, today()))",
    "ahead": "min(days_between(today(), happened_on))",
    "last_paid": "max(happened_on)",
}
"""Dates that an index finds for each cell."""
for _name, _measure in OF_DATES.items():
    PACK[f"metrics/{_name}.yaml"] = f"""label: {{zh: {_name}, en: {_name}}}
entity: entry
measure: "{_measure}"
{"where: paid" if _name == "last_paid" else ""}
dimensions: {{desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid}}
rollup: [desk, kind]
"""
PACK["metrics/largest.yaml"] = PACK["metrics/mean.yaml"].replace("avg(amount)", "max(gross)")
METRICS = ("total", "entries", "mean", "costs", "gross_total", "open_total", "ever", "largest", *OF_VALUES)
DIMENSIONS = ("desk", "city", "kind", "clerk", "paid")
OF_DETAILS, BY_DETAILS = ("detail_total", "details"), ("desk", "city", "kind")


def context(user: int, role: str, *units: int) -> Context:
    held = frozenset(units)
    return Context(
        principal=Principal(user, f"user {user}", frozenset({role})),
        now=NOW,
        seats=tuple(SeatHeld(unit, "seat", frozenset({role})) for unit in units),
        scopes={"user.units": held, "user.subtree": held, "user.reports": frozenset()},
    )


BOSS = context(1, "boss")
READERS = (
    BOSS,
    context(2, "keeper", 11),
    context(2, "keeper", *UNITS),
    context(3, "clerk", 12),
    context(1, "clerk"),
    context(3, "guest"),
)


class Ledger:
    """An installation of the pack with its units, people and desks, and whoever writes to it."""

    def __init__(self, folder: Path, database_url: str, seed: int = 1) -> None:
        for name, text in PACK.items():
            path = folder / "packs" / "ledger" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        self.folder, self.clock = folder, FixedClock(NOW)
        url = database_url if database_url.startswith("postgres") else ""
        settings = Settings(data=folder / "data", database=url, packs=str(folder / "packs" / "ledger"))
        self.installation: Installation = open_installation(settings, self.clock)
        bring_up_to_date(self.installation)
        self.runner = JobRunner(self.installation.workplace, self.clock, "Asia/Shanghai")
        self.random = Random(seed)
        self.desks: list[int] = []
        self.living: list[int] = []
        self.deleted: list[int] = []
        self.details: dict[int, list[int]] = {}
        self.write(self._found)

    @property
    def model(self) -> AppModel:
        return self.installation.models.current()

    @property
    def rollup(self) -> Rollup:
        return rollups_of(self.model)["entry"]

    def close(self) -> None:
        self.installation.database.close()

    def write(self, act: Callable[[Work], Result], by: Context = BOSS) -> Result:
        return self.installation.workplace.write(by, act)

    def change_dashboard(self, old: str, new: str) -> None:
        """Write the dashboard differently, compile, migrate without consent, serve."""
        path = self.folder / "packs" / "ledger" / "dashboards" / "board.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        model = self.installation.models.compile().model
        assert model is not None
        stamp = migration_stamp(model, self.installation.ids, self.clock)
        migrate(self.installation.database, model, stamp)
        self.installation.models.serve(model)

    def fold(self) -> None:
        """Fold everything that waits, as the job does."""
        for rollup in rollups_of(self.model).values():
            entity = self.model.entities[rollup.entity]
            while self.write(lambda work, entity=entity, rollup=rollup: fold_next(work.session, entity, rollup)):
                pass

    def unfolded(self) -> int:
        return len(self.installation.database.read(lambda session: select(session, self.rollup.deltas, (ID,))))

    def cells(self) -> dict[tuple[object, ...], list[int]]:
        """The cells of entries that have rows, by level and key: rows, and of each measure the total and how many have it."""
        names = (SPLIT, KEY, *figure_columns(self.rollup))
        found = self.installation.database.read(lambda session: select(session, self.rollup.cells, names))
        return {tuple(row[:2]): [*_totals([int(str(one)) for one in row[2:]])] for row in found if row[2]}

    def act(self) -> None:
        """One random write, by the services that people's writes go through."""
        choice = self.random.random()
        if choice < 0.3 or len(self.living) < 3:
            self.add(self.values())
        elif choice < 0.45:
            self.detail(self.random.choice(self.living))
        elif choice < 0.75:
            values = dict(self.random.sample(sorted(self.values().items()), 3))
            self.write(lambda work: update(work, "entry", self.random.choice(self.living), values))
        elif choice < 0.85:
            record = self.living.pop(self.random.randrange(len(self.living)))
            self.write(lambda work: delete(work, "entry", record))
            self.deleted.append(record)
        elif choice < 0.92 and self.deleted:
            record = self.deleted.pop()
            self.write(lambda work: restore(work, "entry", record))
            self.living.append(record)
        else:
            changed = self.random.choice(
                ({"city": self.city()}, {"factor": str(self.random.randint(1, 9))}, {"unit": self.random.choice(UNITS)})
            )
            self.write(lambda work: update(work, "desk", self.random.choice(self.desks), changed))

    def apart(self, writers: int) -> list[Ledger]:
        """Other writers of the same installation, with desks and rows of their own."""
        others = []
        for at in range(writers):
            other = copy(self)
            other.random, other.living, other.deleted = Random(at), [], []
            other.desks = self.desks[at::writers]
            others.append(other)
        return others

    def act_often(self, times: int) -> None:
        for _ in range(times):
            self.act()

    def add(self, values: dict[str, object]) -> int:
        record = self.write(lambda work: create(work, "entry", values)).id
        self.living.append(record)
        return record

    def detail(self, entry: int) -> None:
        """Add a part to an entry, change one of it, or take one away."""
        known = self.details.setdefault(entry, [])
        amount = str(self.random.randrange(10**6))
        values: dict[str, object] = {"kind": self.random.choice((None, "in", "out")), "amount": amount}
        if len(known) < 2:
            known.append(self.write(lambda work: create(work, "detail", {"entry": entry, **values})).id)
        elif self.random.random() < 0.5:
            self.write(lambda work: update(work, "detail", known[0], values))
        else:
            self.write(lambda work: delete(work, "detail", known.pop()))

    def values(self) -> dict[str, object]:
        random = self.random
        return {
            "name": f"n{random.randrange(99)}",
            "desk": random.choice([None, *self.desks]),
            "clerk": random.choice((None, *PEOPLE)),
            "kind": random.choice((None, "in", "out")),
            "paid": random.choice((None, True, False)),
            "happened_on": random.choice((None, date(2025, 1, 1) + timedelta(days=random.randrange(430)))),
            "amount": random.choice((None, "0.00", "-0.01", "9999999999999999.99", str(random.randrange(10**6)))),
            "cost": random.choice((None, f"{random.randrange(-999, 999)}.{random.randrange(100):02d}")),
        }

    def city(self) -> str | None:
        return self.random.choice((None, "杭州", "苏州", "西安"))

    def request(self) -> AggregateRequest:
        """A random question about entries."""
        random = self.random
        metrics = tuple(random.sample(METRICS, random.randint(1, 3)))
        since = random.choice((None, date(2025, random.randint(1, 12), random.choice((1, random.randint(2, 28))))))
        where = random.choice(
            (
                (),
                (),
                (Condition(("kind",), "eq", "in"),),
                (Condition(("city",), "in", ("杭州", "苏州")),),
                (Condition(("desk",), "empty"),),
                (Condition(("paid",), "eq", True),),
            )
        )
        sort = random.choice((None, (metrics[0], True)))
        return AggregateRequest(
            metrics=metrics,
            dimensions=tuple(random.sample(DIMENSIONS, random.randint(0, 2))),
            where=where,
            since=since,
            until=random.choice(
                (None, since + timedelta(days=random.choice((30, 200))), date(2026, 1, 31)) if since else (None,)
            ),
            bucket=random.choice((None, None, "day", "week", "month", "quarter", "year")),
            sort=sort,
        )

    def request_of_details(self) -> AggregateRequest:
        """A random question about the parts of entries."""
        random = self.random
        where = random.choice(
            ((), (Condition(("kind",), "eq", "in"),), (Condition(("city",), "in", ("杭州", "苏州")),))
        )
        return AggregateRequest(OF_DETAILS, tuple(random.sample(BY_DETAILS, random.randint(0, 2))), where)

    def request_of_dates(self) -> AggregateRequest:
        """A random question about dates that an index finds."""
        random = self.random
        where = random.choice(((), (Condition(("kind",), "eq", "in"),), (Condition(("desk",), "empty"),)))
        metrics = tuple(random.sample(sorted(OF_DATES), 2))
        return AggregateRequest(metrics, tuple(random.sample(DIMENSIONS, random.randint(0, 2))), where)

    def both(self, reader: Context, request: AggregateRequest) -> tuple[object, object]:
        """What cells say and what rows say, in one snapshot."""
        plain = rows_only(self.model)
        return self.installation.database.read(
            lambda session: (
                answer(self.installation.workplace.open(session, reader), request),
                answer(replace(self.installation.workplace.open(session, reader), model=plain), request),
            )
        )

    def differences(self, rounds: int) -> list[tuple[Context, AggregateRequest, object, object]]:
        """Random questions by every reader to which cells and rows give different answers."""
        found = []
        for reader in READERS:
            others = (self.request_of_details(), self.request_of_dates(), self.request_of_dates())
            for request in (*(self.request() for _ in range(rounds)), *others):
                rolled, counted = self.both(reader, request)
                if rolled != counted:
                    found.append((reader, request, rolled, counted))
        return found

    def _found(self, work: Work) -> None:
        since = work.context.today - timedelta(days=900)
        for unit in UNITS:
            add_unit(work.session, work.model, Unit(unit, f"u{unit}", "branch", f"分部{unit}", None, None, since, None))
        for person in PEOPLE:
            create_user(work.session, NewUser(person, f"person{person}", f"p{person}", 0, "x"))
        for at in range(DESKS):
            values = {"name": f"d{at}", "unit": UNITS[at % 3], "city": self.city(), "factor": "1.5"}
            self.desks.append(create(work, "desk", values).id)


def _totals(figures: list[int]) -> Iterator[int]:
    yield figures[0]
    for at in range(1, len(figures), 3):
        yield figures[at] * HALF + figures[at + 1]
        yield figures[at + 2]


def answer(work: Work, request: AggregateRequest) -> tuple[AggregateRow, ...] | str:
    """The rows of an answer, or the name of the refusal."""
    try:
        return aggregate(work, request)
    except Exception as error:
        return type(error).__name__


def rows_only(model: AppModel) -> AppModel:
    """The same application without roll-ups: every figure is counted from rows."""
    plain = {name: replace(one, rollup=False) for name, one in model.metrics.items()}
    return replace(model, metrics=plain, fingerprint=f"{model.fingerprint}, rows only")
