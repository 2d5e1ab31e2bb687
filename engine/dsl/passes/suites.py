"""App tests: given units, users and rows, then acts and what must follow."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext
from engine.dsl.suggestions import listed, suggestion
from engine.model.tests import AppTest, GivenRow, GivenUser, TestStep, TestSuite

_OF_EVERY_STEP = frozenset({"id", "as", "do", "expect"})


def compile_suites(context: PassContext) -> Iterator[TestSuite | Diagnostic]:
    for part in context.parts("tests"):
        for test in part.items("tests"):
            yield from _problems(test)
        yield TestSuite(
            name=part.name,
            pack=part.pack,
            label=part.label(),
            place=part.place,
            tests=tuple(_test(test) for test in part.items("tests")),
            settings=part.settings("settings"),
        )


def _test(part: Part) -> AppTest:
    return AppTest(
        id=part.id,
        label=part.label(),
        place=part.place,
        clock=part.optional("clock"),
        units=tuple(unit.plain() for unit in part.items("units")),
        users=tuple(GivenUser(one.id, _roles(part, one), one.optional("unit")) for one in part.items("users")),
        rows=tuple(
            GivenRow(row.id, row.text("entity"), row.settings("values"), row.optional("unit"))
            for row in part.items("rows")
        ),
        steps=tuple(_step(step) for step in part.items("steps")),
    )


def _roles(test: Part, user: Part) -> tuple[str, ...]:
    """The roles that a user is given, and those of the seat that the user takes in the unit."""
    kind = next((unit.text("kind") for unit in test.items("units") if unit.id == user.text("unit")), "")
    document = user.context.symbols.document("units", kind)
    seats = Part(user.context, document, (), document.data).items("seats") if document else ()
    own = user.names("roles")
    taken = next((seat.names("roles") for seat in seats if seat.id == user.text("seat")), ())
    return (*own, *(role for role in taken if role not in own))


def _step(part: Part) -> TestStep:
    arguments = {key: value for key, value in part.plain().items() if key not in _OF_EVERY_STEP}
    where = part.formula("where")
    if where is not None:
        arguments["where"] = where
    return TestStep(part.id, part.text("do"), part.optional("as"), arguments, part.settings("expect"), part.place)


def _problems(part: Part) -> Iterator[Diagnostic]:
    """Units, users and rows that the test refers to are given in it."""
    units = [unit.id for unit in part.items("units")]
    rows = [row.id for row in part.items("rows")]
    saved = [step.text("save_as") for step in part.items("steps") if step.has("save_as")]
    users = [user.id for user in part.items("users")]
    for key in ("units", "users", "rows"):
        for given in part.items(key):
            used = given.optional("parent" if key == "units" else "unit")
            if used is not None and used not in units:
                yield _missing(given, ("parent" if key == "units" else "unit",), ("单位", "unit"), used, units)
            if key == "rows":
                yield from _values(given, [*units, *rows, *users])
    for step in part.items("steps"):
        name = step.text("row").removeprefix("@")
        if name and name not in {*rows, *saved}:
            yield _missing(step, ("row",), ("行", "row"), name, [*rows, *saved])
        yield from _values(step, [*units, *rows, *users, *saved])


def _values(part: Part, known: list[str]) -> Iterator[Diagnostic]:
    for key, value in part.entries("values"):
        if isinstance(value, str) and value.startswith("@") and value[1:].partition("/")[0] not in known:
            yield _missing(part, ("values", key), ("行、单位或人", "row, unit or user"), value[1:], known)


def _missing(part: Part, steps: tuple[str, ...], words: tuple[str, str], name: str, known: list[str]) -> Diagnostic:
    hint = suggestion(name, known)
    return part.problem("E317", *steps, hint=hint, what_zh=words[0], what_en=words[1], name=name, allowed=listed(known))
