"""Recipes: how the value of one demo field is drawn. One function a recipe; the guide lists them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from engine.diagnostics import DougongError, Message
from engine.model.formula import Formula, Moment
from engine.runtime.demo import words
from engine.runtime.demo.rows import MadeRow, MadeRows
from engine.runtime.formula.value import compile_value
from engine.runtime.identifiers import encode_id

Recipe = Mapping[str, object]
Drawing = Callable[["Draw"], object]
"""Draws the value of one field."""


class BadRecipe(DougongError):
    """A demo recipe cannot be followed; the message names the generator and the field."""

    code = "bad_recipe"
    status = 422


@dataclass(frozen=True, slots=True)
class Draw:
    """What a recipe may look at: the row so far, its parent, the row and day of the surrounding loop."""

    random: Random
    made: MadeRows
    generator: str
    index: int
    today: date
    zone: str
    values: dict[str, object]
    parent: MadeRow | None = None
    each: MadeRow | None = None
    day: date | None = None


class DrawnCells:
    """The row so far as a formula sees it; paths follow references to rows made earlier."""

    def __init__(self, values: Mapping[str, object], made: MadeRows) -> None:
        self._values = values
        self._made = made

    def cell(self, path: tuple[str, ...]) -> object:
        return follow(self._values, path, self._made)

    def children(self, path: tuple[str, ...]) -> Sequence[DrawnCells]:
        return ()


def follow(values: Mapping[str, object], path: Sequence[str], made: MadeRows) -> object:
    """The value at a path through references to rows made earlier; None where it breaks off."""
    value = values.get(path[0])
    for name in path[1:]:
        row = made.by_id.get(value) if isinstance(value, int) else None
        value = row.values.get(name) if row else None
    return value


def following(recipe: Recipe, place: str) -> Drawing:
    """How a recipe is followed, made out once for all rows. Raises BadRecipe when no recipe is known by its key."""
    for key, follow_recipe in RECIPES.items():
        if key in recipe:
            then = recipe.get("then")
            read = {**recipe, "then": following(then, f"{place}.then")} if isinstance(then, Mapping) else recipe
            ready = READY[key](recipe[key]) if key in READY else recipe[key]
            return partial(follow_recipe, ready, read)
    known = "、".join(RECIPES)
    raise BadRecipe(
        Message(
            f"{place}：不认识的配方；可用：{known}",
            f"{place}: unknown recipe; known: {', '.join(RECIPES)}",
        )
    )


def _literal(value: object, recipe: Recipe, at: Draw) -> object:
    return value


def _company(value: object, recipe: Recipe, at: Draw) -> object:
    return words.company(at.random)


def _person(value: object, recipe: Recipe, at: Draw) -> object:
    return words.person(at.random)


def _phone(value: object, recipe: Recipe, at: Draw) -> object:
    return words.phone(at.random)


def _email(value: object, recipe: Recipe, at: Draw) -> object:
    return words.email(at.random)


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Options, and the weights of each and all before it."""

    options: Sequence[object]
    weights: Sequence[float]


def _weighted(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return _Weighted(list(value), list(accumulate(float(str(one)) for one in value.values())))


def _pick(value: object, recipe: Recipe, at: Draw) -> object:
    if isinstance(value, _Weighted):
        return at.random.choices(value.options, cum_weights=value.weights)[0]
    return at.random.choice(value) if isinstance(value, list | tuple) else value


def _texts(value: object, recipe: Recipe, at: Draw) -> object:
    return at.random.choice(list(value)) if isinstance(value, list | tuple) else value


def _sequence(value: object, recipe: Recipe, at: Draw) -> object:
    return str(value).format(n=at.made.next_index(("sequence", at.generator, str(value))) + 1)


def _chance(value: object, recipe: Recipe, at: Draw) -> object:
    return at.random.random() < float(str(value))


def _chance_of(value: object, recipe: Recipe, at: Draw) -> object:
    if at.random.random() >= float(str(value)):
        return None
    then = recipe.get("then")
    return then(at) if callable(then) else then


def _number(value: object, recipe: Recipe, at: Draw) -> object:
    """`shape`: flat, normal (a bell over the span), or log (many small, few large)."""
    given = value if isinstance(value, Mapping) else {"from": 0, "to": value}
    low, high = float(str(given.get("from", 0))), float(str(given.get("to", 1)))
    scale, shape = int(str(given.get("scale", 0))), given.get("shape", "flat")
    if shape == "log":
        drawn = math.exp(at.random.uniform(math.log(max(low, 1e-6)), math.log(max(high, 1e-6))))
    elif shape == "normal":
        drawn = min(max(at.random.gauss((low + high) / 2, (high - low) / 6), low), high)
    else:
        drawn = at.random.uniform(low, high)
    return Decimal(repr(drawn)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)


def _date(value: object, recipe: Recipe, at: Draw) -> object:
    """Days from today, or from another field's date by `after`."""
    given = value if isinstance(value, Mapping) else {"from": value, "to": value}
    start = follow(at.values, str(given["after"]).split("."), at.made) if "after" in given else at.today
    if isinstance(start, datetime):
        start = start.astimezone(ZoneInfo(at.zone)).date()
    if not isinstance(start, date):
        return None
    low, high = int(str(given.get("from", 0))), int(str(given.get("to", 0)))
    return start + timedelta(days=at.random.randint(min(low, high), max(low, high)))


def _instant(value: object, recipe: Recipe, at: Draw) -> object:
    """An instant of a day at a local hour: `{on: field, hour: {from, to}}` or days from today."""
    given = value if isinstance(value, Mapping) else {}
    day = follow(at.values, str(given["on"]).split("."), at.made) if "on" in given else _date(given, recipe, at)
    if not isinstance(day, date):
        return None
    hours = given.get("hour", {"from": 9, "to": 20})
    if isinstance(hours, str):
        hour = int(str(at.values.get(hours, 12)))
    elif isinstance(hours, Mapping) and "pick" in hours:
        hour = int(str(_pick(_weighted(hours["pick"]), hours, at)))
    elif isinstance(hours, Mapping):
        hour = at.random.randint(int(str(hours.get("from", 9))), int(str(hours.get("to", 20))))
    else:
        hour = int(str(hours))
    local = datetime(day.year, day.month, day.day, hour, at.random.randrange(60), tzinfo=ZoneInfo(at.zone))
    return local.astimezone(UTC)


def _day(value: object, recipe: Recipe, at: Draw) -> object:
    return at.day


def _each(value: object, recipe: Recipe, at: Draw) -> object:
    """The row of the `per` loop, or a field of it by name."""
    if at.each is None:
        return None
    return at.each.id if value is True else follow({"each": at.each.id}, ["each", *str(value).split(".")], at.made)


def _copy(value: object, recipe: Recipe, at: Draw) -> object:
    return follow(at.values, str(value).split("."), at.made)


def _parent(value: object, recipe: Recipe, at: Draw) -> object:
    if at.parent is None:
        return None
    return (
        at.parent.id if value is True else follow({"parent": at.parent.id}, ["parent", *str(value).split(".")], at.made)
    )


def _formula(value: object, recipe: Recipe, at: Draw) -> object:
    if not callable(value):
        raise BadRecipe(Message(f"{at.generator}：公式未编译", f"{at.generator}: formula is not compiled"))
    midday = datetime(at.today.year, at.today.month, at.today.day, 4, tzinfo=UTC)
    return value(DrawnCells(at.values, at.made), Moment(now=midday, zone=at.zone, variables={}))


def _unit(value: object, recipe: Recipe, at: Draw) -> object:
    names = at.made.unit_kinds.get(str(value), ())
    return at.made.units[at.random.choice(list(names))] if names else None


def _unit_id(value: object, recipe: Recipe, at: Draw) -> object:
    return at.made.units.get(str(value))


def _person_in_unit(value: object, recipe: Recipe, at: Draw) -> object:
    unit = follow(at.values, str(value).split("."), at.made)
    seat = recipe.get("seat")
    if not isinstance(unit, int):
        return None
    people = at.made.seats.get((unit, str(seat) if seat else None), ()) or at.made.seats.get((unit, None), ())
    return at.random.choice(list(people)) if people else None


def _account(value: object, recipe: Recipe, at: Draw) -> object:
    return at.made.people.get(str(value))


def _reference(value: object, recipe: Recipe, at: Draw) -> object:
    """A row made earlier: at random, in turn (`cycle`), or a few with many (`zipf`)."""
    where = recipe.get("where")
    wished = {name: _wished(one, at) for name, one in where.items()} if isinstance(where, Mapping) else None
    rows = at.made.of(str(value), wished)
    if not rows:
        return None
    if recipe.get("cycle"):
        return rows[at.made.next_index(("cycle", at.generator, str(value), repr(wished))) % len(rows)].id
    if recipe.get("zipf"):
        return rows[min(int(len(rows) * at.random.random() ** 2.5), len(rows) - 1)].id
    return rows[at.random.randrange(len(rows))].id


def _record(value: object, recipe: Recipe, at: Draw) -> object:
    """A link to a row made earlier, or with `field` to one field of it."""
    found = _reference(value, recipe, at)
    if not isinstance(found, int):
        return None
    return f"{value}/{encode_id(found)}" + (f"/{recipe['field']}" if "field" in recipe else "")


def _wished(value: object, at: Draw) -> object:
    """`{copy: field}` in a `where` means this row's own value of the field."""
    if isinstance(value, Mapping) and "copy" in value:
        return follow(at.values, str(value["copy"]).split("."), at.made)
    return value


RECIPES: Mapping[str, Callable[[object, Recipe, Draw], object]] = {
    "literal": _literal,
    "company": _company,
    "person": _person,
    "phone": _phone,
    "email": _email,
    "pick": _pick,
    "texts": _texts,
    "sequence": _sequence,
    "chance_of": _chance_of,
    "chance": _chance,
    "number": _number,
    "date": _date,
    "instant": _instant,
    "day": _day,
    "each": _each,
    "copy": _copy,
    "parent": _parent,
    "formula": _formula,
    "unit_id": _unit_id,
    "unit": _unit,
    "person_in_unit": _person_in_unit,
    "account": _account,
    "reference": _reference,
    "record": _record,
}
"""Recipes by their key, in the order in which a mapping with several keys is read."""

READY: Mapping[str, Callable[[object], object]] = {
    "pick": _weighted,
    "formula": lambda value: compile_value(value) if isinstance(value, Formula) else value,
}
"""What is made of a recipe's value before the first row is drawn."""
