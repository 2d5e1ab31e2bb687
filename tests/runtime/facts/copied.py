"""A ledger with a copy of its facts beside it, and what is asked of both: more kinds of measures than roll-ups can keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from engine.application import open_installation
from engine.installation.leasing import go_on_after_events
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.requests import AggregateRequest, Condition
from engine.runtime.database.protocol import Session
from engine.runtime.facts.desk import FactDesk, FactSettings
from tests.runtime.rollups.ledger import DIMENSIONS, READERS, Ledger, answer, rows_only
from tests.runtime.rollups.ledger import METRICS as OF_LEDGER

NEEDS = {"duckdb": "duckdb", "clickhouse": "chdb"}
OWN = {
    "names": "count_distinct(name)",
    "least_name": "min(name)",
    "last_city": "max(desk.city)",
    "letters": "sum(length(desk.city))",
    "sevenths": "sum(round(amount / 7, 2))",
    "mean_of_halves": "avg(round_down(cost / 2, 2))",
    "months": "count_distinct(start_of_month(happened_on))",
    "working": "sum(workdays(happened_on, today()))",
    "years": "max(year(happened_on) * 12 + month(happened_on))",
    "signs": "sum(if(cost < 0, -1, 1))",
    "joined": 'count_distinct(concat(left(name, 2), coalesce(desk.city, \\"无\\")))',
}
"""Measures over texts, divisions, dates and conditions."""
SPLITS = (*DIMENSIONS, "name", "wrote")
_DIMENSIONS = "{desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid, name: name, wrote: created_by}"
TEXTS = {
    **{
        f"metrics/{name}.yaml": f"""label: {{zh: {name}, en: {name}}}
entity: entry
measure: "{measure}"
time: {"updated_at" if name in ("names", "working", "signs") else "happened_on"}
dimensions: {_DIMENSIONS}
scale: 2
"""
        for name, measure in OWN.items()
    },
    "metrics/part_of_two.yaml": """label: {zh: 带一的, en: With a one}
entity: entry
measure: "count()"
where: 'contains(name, "1") or not (desk.city in ["杭州", "苏州"])'
time: happened_on
dimensions: {desk: desk, city: desk.city, kind: kind, clerk: clerk, paid: paid, name: name, wrote: created_by}
""",
    "metrics/each.yaml": """label: {zh: 每笔, en: Each}
formula: "round(total / entries, 4)"
scale: 4
""",
}
METRICS = (*OF_LEDGER, *OWN, "part_of_two", "each")


def installed(engine: str) -> bool:
    return find_spec(NEEDS[engine]) is not None


class CopiedLedger(Ledger):
    """Figures are counted from rows, or asked of the copy; there are no roll-ups to answer before either."""

    def __init__(self, folder: Path, database_url: str, engine: str, seed: int = 1, lag: int = 0) -> None:
        for name, text in TEXTS.items():
            path = folder / "packs" / "ledger" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        super().__init__(folder, database_url, seed)
        self.plain = rows_only(self.model)
        self.settings = FactSettings(engine, lag=lag)
        self.desk = self.opened()

    def opened(self) -> FactDesk:
        database = self.installation.database
        return FactDesk(self.settings, database, _Plain(self), self.clock, self.folder / "data")

    def reopen(self) -> None:
        """Open installation and copy again, as another start does."""
        self.installation = open_installation(self.installation.settings, self.clock, self.installation.models)
        go_on_after_events(self.installation.database, self.installation.ids)
        self.desk = self.opened()

    def close(self) -> None:
        self.desk.close()
        super().close()

    def keep(self) -> None:
        """All that the keeper has to do now."""
        while self.desk.keep():
            pass

    def act_often(self, times: int) -> None:
        for _ in range(times):
            self.act()

    def asked(self, reader: Context, request: AggregateRequest) -> tuple[object, object]:
        """What the copy says and what rows say, in one snapshot."""

        def both(session: Session) -> tuple[object, object]:
            work = replace(self.installation.workplace.open(session, reader), model=self.plain)
            return answer(replace(work, facts=self.desk), request), answer(work, request)

        return self.installation.database.read(both)

    def request(self) -> AggregateRequest:
        """A random question, about one metric more than roll-ups are asked of, by what only it can be split by."""
        asked, random = super().request(), self.random
        own = random.choice(METRICS)
        split = (random.choice(SPLITS),) if own in OWN or own == "part_of_two" else asked.dimensions
        where = random.choice(
            (asked.where, (Condition(("city",), "ne", "杭州"),), (Condition(("kind",), "not_empty"),))
        )
        return replace(asked, metrics=(own,), dimensions=split, where=where, sort=random.choice((None, (own, True))))

    def differences(self, rounds: int) -> list[tuple[Context, AggregateRequest, object, object]]:
        found = []
        for reader in READERS:
            others: tuple[Callable[[], AggregateRequest], ...] = (
                *([super().request] * rounds), *([self.request] * rounds), self.request_of_details, self.request_of_dates,
            )  # fmt: skip
            for make in others:
                request = make()
                copied, counted = self.asked(reader, request)
                if copied != counted:
                    found.append((reader, request, copied, counted))
        return found


class _Plain:
    """The model without roll-ups, as whoever serves one holds it: a test may put another in its place."""

    def __init__(self, ledger: CopiedLedger) -> None:
        self._ledger = ledger

    def current(self) -> AppModel:
        return self._ledger.plain
