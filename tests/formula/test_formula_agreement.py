"""Random formulas of the language, well typed by construction, have one value in Python, both databases and JavaScript."""

from __future__ import annotations

import random
from decimal import Decimal as Exact
from pathlib import Path

import pytest
from formula_browser import javascript_values
from formula_databases import Rows, postgres_values, sqlite_values
from formula_world import MOMENT, cells, formula, shown

from engine.runtime.formula.value import RowCells, compile_value

SEED, FORMULAS, ROWS = 20260301, 150, 8


class Drawn:
    """Texts of random formulas by the type of their value."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, depth: int) -> str:
        if depth == 0:
            return self._random.choice(["n", "m", "round(amount, 0)", "1", "0", "7", "999999999999"])
        a, b = self.number(depth - 1), self.number(depth - 1)
        return self._random.choice(
            [
                f"({a} + {b})",
                f"({a} - {b} - 1)",
                f"({a} * {b})",
                f"round({a} / {b}, 0)",
                f"round({a} * 0.35, 0)",
                f"abs({a})",
                f"mod({a}, {b})",
                f"min({a}, {b})",
                f"max({a}, {b}, 3)",
                f"coalesce({a}, {b})",
                f"if({self.truth(depth - 1)}, {a}, {b})",
                f"case({a}, 1, {b}, {b}, 2)",
                f"length({self.text(depth - 1)})",
                f"days_between({self.date(depth - 1)}, {self.date(depth - 1)})",
                f"month({self.date(depth - 1)})",
                f"round_up({a} / 3, 0)",
                f"floor({a} * 0.1)",
                "count(lines)",
                "round(sum(lines.amount), 0)",
            ]
        )

    def truth(self, depth: int) -> str:
        if depth == 0:
            return self._random.choice(["flag", "paid", "true", 'stage = "won"', "any(lines.open)"])
        a, b = self.truth(depth - 1), self.truth(depth - 1)
        x, y = self.number(depth - 1), self.number(depth - 1)
        sign = self._random.choice(["=", "<>", "<", "<=", ">", ">="])
        return self._random.choice(
            [
                f"({a} and {b})",
                f"({a} or {b})",
                f"(not {a})",
                f"({x} {sign} {y})",
                f"({self.text(depth - 1)} {sign} {self.text(depth - 1)})",
                f"({self.date(depth - 1)} {sign} {self.date(depth - 1)})",
                f"({x} in [{y}, 1, 2.5])",
                f"is_empty({x})",
                f"between({x}, 0, {y})",
                f"contains({self.text(depth - 1)}, {self.text(0)})",
            ]
        )

    def text(self, depth: int) -> str:
        if depth == 0:
            return self._random.choice(["name", "note", '"华为"', '""', '"a😀"', "stage"])
        a, n = self.text(depth - 1), self.number(depth - 1)
        return self._random.choice(
            [
                f"({a} & {self.text(depth - 1)})",
                f"left({a}, {n})",
                f"right({a}, {n})",
                f"mid({a}, {n}, 2)",
                f"upper({a})",
                f"trim({a})",
                f"replace({a}, {self.text(0)}, {self.text(0)})",
                f"text({n})",
                f"pad_left({a}, 4, {self.text(0)})",
                f'join("-", {a}, {n})',
                f"rmb_upper({n})",
            ]
        )

    def date(self, depth: int) -> str:
        if depth == 0:
            return self._random.choice(["start", "due", "today()", 'date("2024-02-29")', "date_of(at)"])
        a, n = self.date(depth - 1), self.number(depth - 1)
        return self._random.choice(
            [
                f"add_days({a}, {n})",
                f"add_months({a}, {n})",
                f"({a} + days({n}))",
                f"end_of_month({a})",
                f"start_of_week({a})",
                f"max({a}, {self.date(depth - 1)})",
            ]
        )

    def formula(self) -> str:
        draw = self._random.choice([self.number, self.truth, self.text, self.date])
        return draw(self._random.choice([1, 2, 3]))

    def row(self) -> dict[str, object]:
        choose = self._random.choice
        values = {
            "n": choose([None, "0", "-3", "12", "999999999999999999"]),
            "m": choose([None, "1", "-100", "5"]),
            "amount": choose([None, "0.50", "-12345.67", "9999999999999999.99"]),
            "name": choose([None, " ab ", "上海华为"]),
            "note": choose([None, "a😀b", "Z"]),
            "flag": choose([None, True, False]),
            "paid": choose([None, True, False]),
            "stage": choose([None, "won", "lead"]),
            "start": choose([None, "2026-01-31", "0001-01-01"]),
            "due": choose([None, "9999-12-31", "2024-02-29"]),
            "at": choose([None, "1988-07-01T15:30:00Z", "2026-02-28T16:00:00.5Z"]),
            "lines": [
                {"amount": choose(["1.50", "-2.25"]), "open": choose([None, True])} for _ in range(choose([0, 2]))
            ],
        }
        return {name: value for name, value in values.items() if value is not None}


def test_random_formulas_have_one_value_everywhere(tmp_path: Path, postgres_dsn: str | None) -> None:
    drawn = Drawn(SEED)
    rows = [drawn.row() for _ in range(ROWS)]
    texts = [drawn.formula() for _ in range(FORMULAS)]
    formulas = [formula(text) for text in texts]
    made = Rows()
    ids = [made.add("deal", cells("deal", row)) for row in rows]
    asked = [(one, at) for one in formulas for at in range(ROWS)]
    wanted = [shown(compile_value(one)(RowCells(cells("deal", rows[at])), MOMENT), one.type) for one, at in asked]
    found = {"sqlite": sqlite_values(made, [(one, ids[at]) for one, at in asked])}
    if postgres_dsn is not None:
        found["postgres"] = postgres_values(postgres_dsn, made, [(one, ids[at]) for one, at in asked])
    found["javascript"] = javascript_values([(one, rows[at]) for one, at in asked], tmp_path)
    for name, values in found.items():
        wrong = [
            f"{one.source} on {rows[at]} is {value!r} in {name}, not {want!r}"
            for (one, at), value, want in zip(asked, values, wanted, strict=True)
            if value != want
        ]
        assert wrong == []


@pytest.mark.parametrize("scale", [0, 2, 12])
def test_twelve_significant_digits_survive_any_scale(scale: int) -> None:
    value = compile_value(formula(f"sqrt(2, {scale})"))(RowCells({}), MOMENT)
    assert value == round(Exact("1.41421356237"), scale)
