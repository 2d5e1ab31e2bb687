"""Differential oracle: random definitions, rows, people and requests; the engine must equal the naive evaluator everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

import pytest
from runtime.builders import context, entity, field, grant, label, metric, model, relation, rule
from runtime.formulas import formula
from runtime.naive import ABSENT, MASK, TEXTS, VALUE, Naive, Person, Rights
from runtime.rules import Rule, written
from runtime.world import World, build_world

from engine.model.access import Action, FieldRight
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import Choice, FieldKind, OnDelete
from engine.model.errors import BadRequest, NotFound, UnknownField
from engine.model.metrics import Aggregation
from engine.model.requests import AggregateRequest, AllOf, Condition, QueryRequest, Sort
from engine.runtime.database.protocol import Database
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.query.facets import facets
from engine.runtime.query.lists import list_records
from engine.runtime.query.rights import field_rights, permitted
from engine.runtime.work import Work

STAGES = ("open", "won", "lost")
CITIES = ("北京", "Oslo", None)
ROLES = ("sales", "lead", "desk")
WORLDS, QUESTIONS = 30, 80
A = entity(
    "a",
    field("name", search=3, mask="name"),
    field("phone", FieldKind.PHONE, search=1, mask="phone"),
    field("stage", FieldKind.CHOICE, choices=tuple(Choice(one, label(one)) for one in STAGES)),
    relation("b", "b"),
    field("owner", FieldKind.USER),
    field("n", FieldKind.MONEY, mask="amount"),
    field("secret", FieldKind.MONEY, mask="all"),
)
B = entity(
    "b",
    field("name", mask="name"),
    field("city", mask="all"),
    field("cost", FieldKind.MONEY, mask="all"),
    field("owner", FieldKind.USER),
)
P = entity("p", relation("a", "a", OnDelete.CASCADE), field("text", mask="all"), part_of="a")
PATHS = {
    "a": [("name",), ("phone",), ("stage",), ("b",), ("n",), ("secret",), ("b", "name"), ("b", "city"), ("b", "cost")],
    "b": [("name",), ("city",), ("cost",)],
    "p": [("text",), ("a", "name"), ("a", "n"), ("a", "b", "city"), ("a", "secret")],
}
TOTAL = metric("total", "a", Aggregation.SUM, formula("n", "a", A, B, P), scale=2, dimensions="stage b.city")


class Draw:
    """Random definitions, rows and people from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def rule(self, of: str, depth: int = 0) -> Rule:
        if depth < 2 and self.random.random() < 0.35:
            return (self.random.choice(("and", "or")), self.rule(of, depth + 1), self.rule(of, depth + 1))
        plain: list[Rule] = [("own",), ("units",)]
        if of == "a":
            plain += [("stage", self.random.choice(STAGES)), ("city", "Oslo"), ("big", 50)]
        return self.random.choice(plain)

    def rights(self) -> Rights:
        grants = []
        for of in ("a", "b"):
            for role in ROLES:
                for _ in range(self.random.choice((0, 1, 1, 2))):
                    actions = frozenset({"read", self.random.choice(("update", "delete", "read"))})
                    grants.append((of, role, actions, None if self.random.random() < 0.25 else self.rule(of)))
        rules = []
        for of, names in (("a", ("name", "phone", "stage", "n", "secret", "b")), ("b", ("name", "city", "cost"))):
            for name in names:
                if self.random.random() < 0.5:
                    continue
                for _ in range(self.random.choice((1, 2, 3))):
                    rights = ("read", "write", "none") if name in ("stage", "b") else ("mask", "read", "write", "none")
                    when = None if self.random.random() < 0.4 else self.rule(of)
                    rules.append((of, name, self.random.choice(ROLES), self.random.choice(rights), when))
        return Rights(tuple(grants), tuple(rules))

    def rows(self) -> dict[str, dict[int, dict[str, object]]]:
        pick, money = self.random.choice, lambda: self.random.choice((None, Decimal(self.random.randrange(-5, 100))))
        b: dict[int, dict[str, object]] = {
            at: {
                "name": pick((f"客户{at}", "Acme", None)),
                "city": pick(CITIES),
                "cost": money(),
                "owner": pick((1, 2, None)),
            }
            for at in range(1, 7)
        }
        a: dict[int, dict[str, object]] = {
            at: {
                "name": pick((f"单{at}", "Press", "press 2", None)),
                "phone": pick(("13800138000", "13911112222", "1380", None)),
                "stage": pick((*STAGES, None)),
                "b": pick((*b, None)),
                "owner": pick((1, 2, 3, None)),
                "n": money(),
                "secret": money(),
            }
            for at in range(11, 31)
        }
        p: dict[int, dict[str, object]] = {at: {"text": f"行{at}", "a": pick(list(a))} for at in range(41, 56)}
        rows = {"b": b, "a": a, "p": p}
        for found in rows.values():
            for row in found.values():
                row |= {"scope_unit": pick((10, 11, None)), "deleted": self.random.random() < 0.1}
        return rows

    def person(self) -> Person:
        roles = frozenset(self.random.sample(ROLES, self.random.choice((1, 1, 2))))
        return Person(
            self.random.choice((1, 2)), roles, frozenset(self.random.sample((10, 11), self.random.choice((0, 1, 2))))
        )


def model_of(rights: Rights) -> AppModel:
    def condition(of: str, one: Rule | None) -> object:
        return None if one is None else formula(written(one), of, A, B, P)

    grants = [
        grant(of, role, condition(of, one), [Action(name) for name in actions], id=f"g{at}")  # type: ignore[arg-type]
        for at, (of, role, actions, one) in enumerate(rights.grants)
    ]
    rules = [
        rule(of, name, role, FieldRight(right), condition(of, one))  # type: ignore[arg-type]
        for of, name, role, right, one in rights.rules
    ]
    return model(A, B, P, grants=grants, rules=rules, metrics=[TOTAL])


@dataclass
class Oracle:
    """One world seen twice: by the engine and by the naive evaluator."""

    world: World
    naive: Naive
    draw: Draw

    def ask(self) -> str | None:
        """One random question to both; what they disagree on, or None."""
        person = self.draw.person()
        question: Callable[[Person, Context], str | None] = self.draw.random.choice(
            (self.list, self.list, self.list, self.count, self.facet, self.sum, self.actions, self.field_rights)
        )
        return question(person, context(person.user, " ".join(person.roles), person.units))

    def pick(self) -> tuple[str, list[tuple[str, ...]]]:
        of = self.draw.random.choice(("a", "a", "a", "b", "p"))
        return of, self.draw.random.sample(PATHS[of], min(len(PATHS[of]), self.draw.random.choice((1, 2, 3))))

    def readable(self, of: str, person: Person) -> list[int]:
        return [id for id, row in self.naive.rows[of].items() if self.naive.allowed(of, row, person)]

    def shown(self, of: str, id: int, path: tuple[str, ...], person: Person) -> object:
        return self.naive.cell(of, self.naive.rows[of][id], path, person)[1]

    def expect(
        self, person: Person, reader: Context, of: str, paths: list[tuple[str, ...]], act: Callable[[Work], object]
    ) -> object:
        """The engine's answer, or the name of its refusal; the naive refusal is compared at once."""
        try:
            answer = self.world.read(reader, act)
        except (NotFound, UnknownField, BadRequest) as refused:
            answer = type(refused).__name__
        if not self.naive.granted(of, person):
            return None if answer == "NotFound" else f"{of} is denied and gave {answer}"
        if not all(self.naive.named(of, path, person) for path in paths):
            return (
                None
                if answer in ("UnknownField", "BadRequest", "NotFound")
                else f"{paths} of {of} is no name and gave {answer}"
            )
        return f"{paths} of {of} was refused: {answer}" if isinstance(answer, str) else (answer,)

    def condition(self, path: tuple[str, ...], of: str, person: Person) -> tuple[Condition, Callable[[int], bool]]:
        name = path[-1]
        operator = self.draw.random.choice(("eq", "ne", "empty", "gt", "contains"))
        if name == "b" or operator == "empty" or (name == "stage" and operator in ("gt", "contains")):
            return Condition(path, "empty"), lambda id: self.shown(of, id, path, person) is None
        if name in ("name", "phone", "city", "text"):
            word = self.draw.random.choice(("Press", "客", "***", "138", "Oslo", "单1", "客**"))
        else:
            word = "open" if name == "stage" else ""
        value: object = word or Decimal(self.draw.random.randrange(0, 60))
        if operator == "contains" and not word:
            operator = "gt"

        def holds(id: int) -> bool:
            found = self.shown(of, id, path, person)
            if operator == "ne":
                return found is None or found != value
            if found is None:
                return False
            if operator == "contains":
                return str(value).lower() in str(found).lower()
            return found == value if operator == "eq" else found > value  # type: ignore[operator]

        return Condition(path, operator, value), holds

    def list(self, person: Person, reader: Context) -> str | None:
        of, columns = self.pick()
        _, (sorted_by, filtered) = of, self.draw.random.choices(PATHS[of], k=2)
        sorted_by = ("n",) if sorted_by == ("b",) else sorted_by
        descending = self.draw.random.random() < 0.5
        condition, holds = self.condition(filtered, of, person)
        word = self.draw.random.choice(("", "", "", "press", "138", "单", "客", "***"))
        limit = self.draw.random.choice((3, 50))
        request = QueryRequest(
            of,
            tuple(columns),
            where=AllOf((condition,)),
            sort=(Sort(sorted_by, descending), Sort(("id",))),
            search=word,
            limit=limit,
        )
        answer = self.expect(
            person, reader, of, [*columns, sorted_by, filtered], lambda work: self.pages(work, request)
        )
        if not isinstance(answer, tuple):
            return answer  # type: ignore[return-value]
        expected = [id for id in self.readable(of, person) if holds(id) and self.found(of, id, word, person)]
        expected.sort()
        expected.sort(key=lambda id: order(self.shown(of, id, sorted_by, person)), reverse=descending)
        found = answer[0]
        if [one.id for one in found] != expected:
            return f"{request} gave {[one.id for one in found]} for {expected}"
        for one in found:
            for path in columns:
                if problem := self.cell_problem(of, one, path, person):
                    return f"{request} row {one.id}: {problem}"
        return None

    def pages(self, work: Work, request: QueryRequest) -> list[object]:
        found: list[object] = []
        cursor = None
        while True:
            page = list_records(work, replace(request, cursor=cursor))
            found += page.records
            cursor = page.next_cursor
            if cursor is None:
                return found

    def found(self, of: str, id: int, word: str, person: Person) -> bool:
        if not word:
            return True
        searched = {"a": ("name", "phone"), "b": ("name",), "p": ("text",)}[of]
        named = [name for name in searched if name in TEXTS[of] and self.naive.named(of, (name,), person)]
        shown = [self.shown(of, id, (name,), person) for name in named]
        return any(word.lower() in str(one).lower() for one in shown if one is not None)

    def cell_problem(self, of: str, record: object, path: tuple[str, ...], person: Person) -> str | None:
        state, value = self.naive.cell(of, self.naive.rows[of][record.id], path, person)  # type: ignore[attr-defined]
        name, cells, masked = ".".join(path), record.cells, record.masked  # type: ignore[attr-defined]
        if state == ABSENT:
            return f"{name} is there" if name in cells else None
        if state == MASK:
            expected = value if path[-1] in ("name", "phone", "city", "text") else "***"
            return (
                None
                if name in masked and cells.get(name) == expected
                else f"{name} is {cells.get(name)!r} for mask {expected!r}"
            )
        assert state == VALUE
        good = name in cells and cells[name] == value and name not in masked
        return None if good else f"{name} is {cells.get(name, 'absent')!r} for {value!r}"

    def count(self, person: Person, reader: Context) -> str | None:
        of, (path, *_) = self.pick()
        condition, holds = self.condition(path, of, person)
        request = QueryRequest(of, (), where=condition, count=True, limit=1)
        answer = self.expect(person, reader, of, [path], lambda work: list_records(work, request).total)
        expected = sum(holds(id) for id in self.readable(of, person))
        return (
            None
            if answer == (expected,)
            else answer
            if not isinstance(answer, tuple)
            else f"{request}: {answer} for {expected}"
        )  # type: ignore[return-value]

    def facet(self, person: Person, reader: Context) -> str | None:
        of, (path, *_) = self.pick()
        request = QueryRequest(of, ())
        answer = self.expect(person, reader, of, [path], lambda work: facets(work, of, ".".join(path), request, 100))
        if not isinstance(answer, tuple):
            return answer  # type: ignore[return-value]
        expected: dict[object, int] = {}
        for id in self.readable(of, person):
            value = self.shown(of, id, path, person)
            expected[value] = expected.get(value, 0) + 1
        found = {one.value: one.count for one in answer[0]}
        if path[-1] == "b" and any(one.title and not self.title(one.value, person) for one in answer[0]):
            return f"facet of {path} shows a title"
        return None if found == expected else f"facet of {path} is {found} for {expected}"

    def title(self, id: object, person: Person) -> bool:
        return self.naive.allowed("b", self.naive.rows["b"][id], person)  # type: ignore[index]

    def sum(self, person: Person, reader: Context) -> str | None:
        name, path = self.draw.random.choice((("stage", ("stage",)), ("b_city", ("b", "city"))))
        request = AggregateRequest(("total",), (name,))
        answer = self.expect(person, reader, "a", [("n",), path], lambda work: aggregate(work, request))
        if not isinstance(answer, tuple):
            return answer  # type: ignore[return-value]
        expected: dict[object, Decimal] = {}
        for id in self.readable("a", person):
            state, value = self.naive.cell("a", self.naive.rows["a"][id], ("n",), person)
            counted = value if state == VALUE and isinstance(value, Decimal) else Decimal(0)
            key = self.shown("a", id, path, person)
            expected[key] = expected.get(key, Decimal(0)) + counted
        found = {row.keys[0]: row.values["total"] for row in answer[0]}
        return None if found == expected else f"total by {name} is {found} for {expected}"

    def actions(self, person: Person, reader: Context) -> str | None:
        of, action = self.draw.random.choice(("a", "b", "p")), self.draw.random.choice(("read", "update", "delete"))
        id, row = self.draw.random.choice(list(self.naive.rows[of].items()))
        found = self.world.read(reader, lambda work: permitted(work, of, id, Action(action)))
        expected = self.naive.allowed(of, row, person, action)
        return None if found == expected else f"{action} of {of} {id} is {found}"

    def field_rights(self, person: Person, reader: Context) -> str | None:
        of = self.draw.random.choice(("a", "b"))
        id, row = self.draw.random.choice(list(self.naive.rows[of].items()))
        try:
            found = self.world.read(reader, lambda work: field_rights(work, of, id))
        except NotFound:
            return None if not self.naive.allowed(of, row, person) else f"{of} {id} is not found"
        writes = self.naive.allowed(of, row, person, "update")
        for path in PATHS[of]:
            right = self.naive.right(of, path[0], row, person)
            right = "read" if right == "write" and not writes else right
            if str(found[path[0]]) != right:
                return f"right on {of} {id} {path[0]} is {found[path[0]]} for {right}"
        return None


def order(value: object) -> tuple[bool, object]:
    return (value is not None, "" if value is None else value)


def oracles(
    database: Database, seed: int, planted: Callable[[Rights], Rights] = lambda rights: rights
) -> Iterator[Oracle]:
    """Worlds of one database: rows stay, definitions and people change. `planted` spoils what the engine is given."""
    draw = Draw(seed)
    rows = draw.rows()
    world = build_world(database, model_of(draw.rights()))
    world.people((1, "一"), (2, "二"), (3, "三"))
    world.units((10, "北", "area", None), (11, "店", "store", 10))
    for of in ("b", "a", "p"):
        world.rows(of, [stored(id, row) for id, row in rows[of].items()])
    for _ in range(WORLDS):
        rights = draw.rights()
        world.model = model_of(planted(rights))
        yield Oracle(world, Naive(rights, rows), draw)  # type: ignore[arg-type]


def stored(id: int, row: dict[str, object]) -> dict[str, object]:
    values = {name: value for name, value in row.items() if name != "deleted"}
    return {"id": id, **values} | ({"deleted_at": context().now} if row["deleted"] else {})


@pytest.mark.parametrize("seed", [20260302])
def test_no_surface_tells_a_person_anything_else_than_the_rules_say(database: Database, seed: int) -> None:
    for oracle in oracles(database, seed):
        for _ in range(QUESTIONS):
            problem = oracle.ask()
            assert problem is None, problem


def without_row_rules(rights: Rights) -> Rights:
    return replace(rights, grants=tuple((of, role, actions, None) for of, role, actions, _ in rights.grants))


def without_target_rules(rights: Rights) -> Rights:
    loose = tuple((of, role, actions, None if of == "b" else one) for of, role, actions, one in rights.grants)
    return replace(rights, grants=loose)


def without_field_conditions(rights: Rights) -> Rights:
    return replace(rights, rules=tuple((of, name, role, right, None) for of, name, role, right, _ in rights.rules))


def with_masks_off(rights: Rights) -> Rights:
    return replace(
        rights,
        rules=tuple(
            (of, name, role, "read" if right == "mask" else right, one) for of, name, role, right, one in rights.rules
        ),
    )


def without_field_rules(rights: Rights) -> Rights:
    return replace(rights, rules=())


def with_one_role_for_all(rights: Rights) -> Rights:
    return replace(
        rights, grants=tuple((of, role, actions, one) for of, _, actions, one in rights.grants for role in ROLES)
    )


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "fault",
    [
        without_row_rules,
        without_target_rules,
        without_field_conditions,
        with_masks_off,
        without_field_rules,
        with_one_role_for_all,
    ],
)
def test_the_oracle_finds_a_planted_fault(
    database: Database, database_kind: str, fault: Callable[[Rights], Rights]
) -> None:
    assert any(oracle.ask() for oracle in oracles(database, 7, fault) for _ in range(QUESTIONS))
