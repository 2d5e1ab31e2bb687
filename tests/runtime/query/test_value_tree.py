"""Why a value is what it is: the tree of a formula with every part's value."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from engine.diagnostics import Span
from engine.dsl.formula_types import check_formula
from engine.model.formula import Binding, Formula, ListOf, Moment, Relation, Type
from engine.model.formula import Decimal as Number
from engine.runtime.formula.explain import ValueNode, explain
from engine.runtime.formula.value import RowCells


class Names:
    """An order with lines."""

    rows = False

    def root(self, name: str) -> Binding | None:
        if name == "lines":
            return Binding(ListOf(Relation("line")), child="line", by="order")
        return Binding(Number(18, 2)) if name in {"discount", "amount"} else None

    def field(self, entity: str, name: str) -> Binding | None:
        return self.root(name)

    def variable(self, name: str) -> Type | None:
        return None

    def names(self, entity: str | None) -> tuple[str, ...]:
        return ("discount", "amount", "lines")


def test_the_tree_names_every_part_with_its_value() -> None:
    found = check_formula("sum(lines.amount) - discount", Names(), span=Span("x.yaml"))
    assert isinstance(found, Formula)
    cells = RowCells(
        {"discount": Decimal("5.00"), "lines": [{"amount": Decimal("10.50")}, {"amount": Decimal("2.00")}]}
    )
    tree = explain(found, cells, Moment(datetime(2026, 3, 2, tzinfo=UTC)))
    assert (tree.text, tree.value) == ("sum(lines.amount) - discount", Decimal("7.50"))
    total, discount = tree.children
    assert (total.text, total.value) == ("sum(lines.amount)", Decimal("12.50"))
    assert [child.value for child in total.children] == [Decimal("10.50"), Decimal("2.00")]
    assert discount == ValueNode("discount", Decimal("5.00"))
