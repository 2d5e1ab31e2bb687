"""What a pipeline knows of a row is what plain Python finds of all that was known strictly before it, to the last digit."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from bills import SOURCES, Rows, model_of, pack, random_rows, stored
from naive_features import Get, Naive, fold
from runtime.builders import context
from runtime.world import World, build_world

from engine.model.app import AppModel
from engine.runtime.database.protocol import Database
from engine.runtime.modeling.feature_reading import learning_table, scoring_table

SEED = 20260302
PIPELINES = 8
OF = {
    "amount": lambda get: get("amount"),
    "late": lambda get: get("late"),
    "minutes": lambda get: get("minutes"),
    "amount > 500": lambda get: None if get("amount") is None else get("amount") > 500,
    "late > 0": lambda get: None if get("late") is None else get("late") > 0,
    "minutes > 10": lambda get: None if get("minutes") is None else get("minutes") > 10,
    "kind": lambda get: get("kind"),
    "topic": lambda get: get("topic"),
}
NUMBERS = {"bill": ("amount", "late", "amount > 500", "late > 0"), "visit": ("minutes", "minutes > 10")}
TRUTHS = {"bill": ("amount > 500", "late > 0"), "visit": ("minutes > 10",)}
CHOICES = {"bill": "kind", "visit": "topic"}
WHERE = {
    None: lambda get: True,
    'client.tier = "A"': lambda get: None if get("client.tier") is None else get("client.tier") == "A",
    'client.region = "east"': lambda get: None if get("client.region") is None else get("client.region") == "east",
    "amount > 300": lambda get: None if get("amount") is None else get("amount") > 300,
    'topic <> "other"': lambda get: get("topic") != "other",
}
WHERES = {
    "bill": (None, None, 'client.tier = "A"', 'client.region = "east"', "amount > 300"),
    "visit": (None, None, 'client.tier = "A"', 'topic <> "other"'),
}
RAW = {
    "bill": {
        "amount": lambda get: float(get("amount")),
        "kind": lambda get: get("kind"),
        "client.region": lambda get: get("client.region"),
        "client.tier": lambda get: get("client.tier"),
        "client.credit": lambda get: None if get("client.credit") is None else float(get("client.credit")),
        "settled_on": lambda get: (
            None if get("settled_on") is None else float((get("settled_on") - get("issued_on")).days)
        ),
        "due_on": lambda get: float((get("due_on") - get("issued_on")).days),
    },
    "visit": {
        "minutes": lambda get: None if get("minutes") is None else float(get("minutes")),
        "topic": lambda get: get("topic"),
        "client.region": lambda get: get("client.region"),
        "client.tier": lambda get: get("client.tier"),
    },
}


class Plan:
    """A random plan: its text, and what each of its features is by hand."""

    def __init__(self, number: int) -> None:
        draw = random.Random(SEED + number)
        self.main = "visit" if number % 3 == 2 else "bill"
        facts = ("visit",) if self.main == "visit" else ("bill", "visit")
        self.features = [self._fold(draw, f"f{at}", draw.choice(facts)) for at in range(10)]
        self.raw = draw.sample(sorted(RAW[self.main]), 3)
        self.name = f"trial_{number}"

    def _fold(self, draw: random.Random, name: str, over: str) -> dict[str, object]:
        function = draw.choice(
            ("count", "sum", "mean", "share", "min", "max", "distinct", "last", "days_since", "trend")
        )
        match function:
            case "count" | "days_since":
                of = draw.choice((None, *NUMBERS[over]))
            case "share":
                of = draw.choice(TRUTHS[over])
            case "distinct":
                of = draw.choice((CHOICES[over], *NUMBERS[over]))
            case "last":
                of = draw.choice((CHOICES[over], *NUMBERS[over]))
            case "min" | "max":
                of = NUMBERS[over][0]
            case _:
                of = draw.choice(NUMBERS[over])
        days = draw.choice((30, 90)) if function == "trend" else draw.choice((None, None, 1, 7, 30, 90))
        return {
            "name": name,
            "agg": function,
            "over": over,
            "of": of,
            "where": draw.choice(WHERES[over]),
            "days": days,
            "known": draw.choice(("issued_on", "settled_on")) if over == "bill" else "at",
            "by": draw.random() < 0.9,
        }

    def text(self) -> str:
        lines = [SOURCES.lstrip(), "  - id: shaped\n    node: features\n    settings:\n"]
        lines.append(f"      as_of: {'at' if self.main == 'visit' else 'issued_on'}\n      features:\n")
        for one in self.features:
            parts = [f"name: {one['name']}", f"agg: {one['agg']}", f"over: {one['over']}", f"known_at: {one['known']}"]
            parts.append("by: client" if one["by"] else "by: []")
            parts += [f"of: '{one['of']}'"] if one["of"] else []
            parts += [f"where: '{one['where']}'"] if one["where"] else []
            parts += [f"window: {{days: {one['days']}}}"] if one["days"] else []
            lines.append(f"        - {{{', '.join(parts)}}}\n")
        lines += [f"        - {{name: r{at}, from: {path}}}\n" for at, path in enumerate(self.raw)]
        lines.append("edges:\n")
        lines.append(f"  - {{from: {self.main}s, to: shaped}}\n")
        lines += [f"  - {{from: {one}s, to: shaped, port: facts}}\n" for one in ("bill", "visit") if one != self.main]
        return "".join(lines)

    def expected(self, rows: Rows) -> dict[int, tuple[object, ...]]:
        """The cells of each row by its id."""
        naive = Naive(rows, exact=self.main == "visit")
        found = {}
        for row in naive.living(self.main):
            at = naive.time(row.values["at" if self.main == "visit" else "issued_on"])
            get = naive.getter(self.main, row, at, strict=True)
            cells = [self._folded(naive, one, row.values["client"], at) for one in self.features]
            found[row.id] = (*cells, *(RAW[self.main][path](get) for path in self.raw))
        return found

    def _folded(self, naive: Naive, one: dict[str, object], client: object, at: object) -> object:
        where, of = WHERE[one["where"]], one["of"]
        facts = naive.facts(str(one["over"]), client if one["by"] else None, str(one["known"]), where)

        def value(get: Get) -> object:
            return 1 if of is None else OF[str(of)](get)

        return fold(str(one["agg"]), [(t, value(get)) for t, _, get in facts], at, naive, one["days"])


PLANS = tuple(Plan(number) for number in range(PIPELINES))
ANALYST = context(roles="analyst")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> AppModel:
    return model_of(pack(tmp_path_factory.mktemp("features"), {one.name: one.text() for one in PLANS}))


@pytest.fixture
def world(database: Database, app: AppModel) -> Iterator[World]:
    yield build_world(database, app)


def test_every_feature_is_what_was_known_strictly_before(world: World) -> None:
    rows = random_rows(SEED)
    stored(world, rows)
    for one in PLANS:
        plan = world.model.pipelines[one.name].plan
        assert plan is not None
        table = world.read(ANALYST, lambda work, plan=plan: learning_table(work, plan)).table
        found = dict(zip(table.keys, zip(*table.values, strict=True), strict=True))
        expected = one.expected(rows)
        assert set(found) == set(expected), one.name
        for id, cells in expected.items():
            named = dict(
                zip((column.name for column in table.columns), zip(found[id], cells, strict=True), strict=True)
            )
            wrong = {name: both for name, both in named.items() if both[0] != both[1]}
            assert not wrong, (one.name, id, wrong, one.text())
        ids = sorted(expected)[::17]
        scored = world.read(ANALYST, lambda work, plan=plan, ids=ids: scoring_table(work, plan, ids))
        assert dict(zip(scored.table.keys, zip(*scored.table.values, strict=True), strict=True)) == {
            id: found[id] for id in ids
        }
