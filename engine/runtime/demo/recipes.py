"""Recipes: how the value of one demo field is drawn. One function a recipe; the guide lists them.

Each recipe is made out once for all rows of a generator; what is left to do for a row is one call.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from engine.diagnostics import DougongError, Message
from engine.model.formula import Formula, FormulaError, Moment
from engine.runtime.demo import words
from engine.runtime.demo.rows import MadeRow, MadeRows, Values
from engine.runtime.formula.value import compile_value
from engine.runtime.identifiers import encode_id

Recipe = Mapping[str, object]


class BadRecipe(DougongError):
    """A demo recipe cannot be followed; the message names the generator and the field."""

    code = "bad_recipe"
    status = 422


@dataclass(frozen=True, slots=True)
class Ground:
    """What all draws of a generator share: `place` is the name of the generator."""

    random: Random
    made: MadeRows
    place: str
    today: date
    zone: str


@dataclass(slots=True)
class Draw:
    """The row that is being made: its values so far, its parent, the row and day of the surrounding loop."""

    values: dict[str, object]
    parent: MadeRow | None = None
    each: MadeRow | None = None
    day: date | None = None


Drawing = Callable[[Draw], object]
"""Draws the value of one field."""
Making = Callable[[object, Recipe, Ground], Drawing]


class DrawnCells:
    """The row so far as a formula sees it; paths follow references to rows made earlier."""

    def __init__(self, values: Values, made: MadeRows) -> None:
        self._values = values
        self._made = made

    def cell(self, path: tuple[str, ...]) -> object:
        return self._made.follow(self._values, path)

    def children(self, path: tuple[str, ...]) -> Sequence[DrawnCells]:
        return ()


def following(recipe: Recipe, ground: Ground) -> Drawing:
    """How a recipe is followed. Raises BadRecipe when no recipe is known by its key."""
    for key, make in RECIPES.items():
        if key in recipe:
            return make(recipe[key], recipe, ground)
    known = "、".join(RECIPES)
    raise BadRecipe(
        Message(
            f"{ground.place}：不认识的配方；可用：{known}",
            f"{ground.place}: unknown recipe; known: {', '.join(RECIPES)}",
        )
    )


def words_of(recipe: object) -> frozenset[str]:
    """The words that a recipe names fields by, and those of its formulas' references, each step of a path by itself."""
    if isinstance(recipe, Formula):
        return frozenset(step for path in recipe.references for step in path.split("."))
    if isinstance(recipe, Mapping):
        return frozenset().union(*map(words_of, recipe.keys()), *map(words_of, recipe.values()))
    if isinstance(recipe, list | tuple):
        return frozenset().union(*map(words_of, recipe))
    return frozenset(recipe.split(".")) if isinstance(recipe, str) else frozenset()


def _reader(value: object, ground: Ground) -> Callable[[Values], object]:
    return ground.made.reader(str(value).split("."))


def _exact(value: object) -> object:
    """What a definition writes with a point is an exact number."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _literal(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    exact = _exact(value)
    return lambda at: exact


def _words(make: Callable[[Random], str]) -> Making:
    return lambda value, recipe, ground: lambda at: make(ground.random)


def weighted(given: Mapping[object, object], random: Random) -> Callable[[], object]:
    """What draws one of these options by their weights; the draws are those of `random.choices`."""
    options, weights = [_exact(one) for one in given], list(accumulate(float(str(one)) for one in given.values()))
    total, last, draw = weights[-1] + 0.0, len(options) - 1, random.random
    return lambda: options[bisect(weights, draw() * total, 0, last)]


def _pick(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    if isinstance(value, Mapping):
        draw = weighted(value, ground.random)
        return lambda at: draw()
    if isinstance(value, list | tuple):
        options, choice = [_exact(one) for one in value], ground.random.choice
        return lambda at: choice(options)
    return _literal(value, recipe, ground)


def _sequence(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    text, key, made = str(value), ("sequence", ground.place.partition(".")[0], str(value)), ground.made
    return lambda at: text.format(n=made.next_index(key) + 1)


def _chance(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    chance, draw = float(str(value)), ground.random.random
    return lambda at: draw() < chance


def _chance_of(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    chance, draw, given = float(str(value)), ground.random.random, recipe.get("then")
    then = following(given, ground) if isinstance(given, Mapping) else _literal(given, recipe, ground)
    return lambda at: then(at) if draw() < chance else None


def _number(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    """`shape`: flat, normal (a bell over the span), or log (many small, few large)."""
    given = value if isinstance(value, Mapping) else {"from": 0, "to": value}
    low, high = float(str(given.get("from", 0))), float(str(given.get("to", 1)))
    scale, shape, random = int(str(given.get("scale", 0))), given.get("shape", "flat"), ground.random
    rounded = _rounding(scale)
    if shape == "log":
        smallest, largest = math.log(max(low, 1e-6)), math.log(max(high, 1e-6))
        return lambda at: rounded(math.exp(random.uniform(smallest, largest)))
    if shape == "normal":
        middle, spread = (low + high) / 2, (high - low) / 6
        return lambda at: rounded(min(max(random.gauss(middle, spread), low), high))
    draw, span = random.random, high - low
    return lambda at: rounded(low + span * draw())


MOST_KNOWN = 1_000
MINUTES = tuple(timedelta(minutes=one) for one in range(60))
TIE = 1e-6
"""How near to a half a number is rounded by its digits: there, binary fractions may err."""


def _rounding(scale: int) -> Callable[[float], Decimal]:
    """What rounds halves away from zero to so many places, each result made once."""
    known: dict[int, Decimal] = {}
    last, shift = Decimal(1).scaleb(-scale), 10.0**scale

    def rounded(drawn: float) -> Decimal:
        shifted = drawn * shift
        whole = math.floor(shifted)
        above = shifted - whole
        if drawn < 0 or abs(above - 0.5) < TIE:
            return Decimal(repr(drawn)).quantize(last, ROUND_HALF_UP)
        if above > 0.5:
            whole += 1
        found = known.get(whole)
        if found is None:
            found = Decimal(whole).scaleb(-scale)
            if len(known) < MOST_KNOWN:
                known[whole] = found
        return found

    return rounded


def _date(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    """Days from today, or from another field's date by `after`."""
    given = value if isinstance(value, Mapping) else {"from": value, "to": value}
    bounds = int(str(given.get("from", 0))), int(str(given.get("to", 0)))
    low, high, draw, zone = min(bounds), max(bounds), ground.random.randint, ZoneInfo(ground.zone)
    if "after" not in given:
        today = ground.today
        return lambda at: today + timedelta(days=draw(low, high))
    start_of = _reader(given["after"], ground)

    def drawn(at: Draw) -> date | None:
        start = start_of(at.values)
        if isinstance(start, datetime):
            start = start.astimezone(zone).date()
        return start + timedelta(days=draw(low, high)) if isinstance(start, date) else None

    return drawn


def _instant(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    """An instant of a day at a local hour: `{on: field, hour: {from, to}}` or days from today."""
    given = value if isinstance(value, Mapping) else {}
    on = _reader(given["on"], ground) if "on" in given else None
    day_of = _date(given, recipe, ground) if on is None else lambda at: on(at.values)
    hour_of = _hour(given.get("hour", {"from": 9, "to": 20}), ground)
    minute, start_of = ground.random.randrange, _hour_starts(ZoneInfo(ground.zone))

    def drawn(at: Draw) -> datetime | None:
        day = day_of(at)
        if not isinstance(day, date):
            return None
        return start_of((day.year, day.month, day.day, hour_of(at)))(minute(60))

    return drawn


def _hour_starts(zone: ZoneInfo) -> Callable[[tuple[int, int, int, int]], Callable[[int], datetime]]:
    """What tells of a day's hour by local clocks its instants by their minute; the hours that were asked for last are kept."""

    @lru_cache(MOST_KNOWN)
    def hour_of(given: tuple[int, int, int, int]) -> Callable[[int], datetime]:
        local = datetime(*given, tzinfo=zone)
        start, last = local.astimezone(UTC), local.replace(minute=59).astimezone(UTC)
        if last - start != MINUTES[59]:  # the clocks are changed within the hour
            return lambda minute: local.replace(minute=minute).astimezone(UTC)
        return lambda minute: start + MINUTES[minute]

    return hour_of


def _hour(given: object, ground: Ground) -> Callable[[Draw], int]:
    """An hour: of another field, by weights, between two, or this one."""
    if isinstance(given, str):
        return lambda at: int(str(at.values.get(given, 12)))
    if not isinstance(given, Mapping):
        hour = int(str(given))
        return lambda at: hour
    if "pick" in given:
        draw = _pick(given["pick"], given, ground)
        return lambda at: int(str(draw(at)))
    low, high, random = int(str(given.get("from", 9))), int(str(given.get("to", 20))), ground.random
    return lambda at: random.randint(low, high)


def _day(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    return lambda at: at.day


def _each(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    """The row of the `per` loop, or a field of it by name."""
    if value is True:
        return lambda at: at.each.id if at.each is not None else None
    read = _reader(value, ground)
    return lambda at: read(at.each.values) if at.each is not None else None


def _copy(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    read = _reader(value, ground)
    return lambda at: read(at.values)


def _parent(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    if value is True:
        return lambda at: at.parent.id if at.parent is not None else None
    read = _reader(value, ground)
    return lambda at: read(at.parent.values) if at.parent is not None else None


def _formula(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    if not isinstance(value, Formula):
        raise BadRecipe(Message(f"{ground.place}：公式未编译", f"{ground.place}: formula is not compiled"))
    evaluate, made, today = compile_value(value), ground.made, ground.today
    midday = Moment(now=datetime(today.year, today.month, today.day, 4, tzinfo=UTC), zone=ground.zone, variables={})

    def drawn(at: Draw) -> object:
        found = evaluate(DrawnCells(at.values, made), midday)
        return None if isinstance(found, FormulaError) else found

    return drawn


def _unit(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    units = [ground.made.units[name] for name in ground.made.unit_kinds.get(str(value), ())]
    return lambda at: ground.random.choice(units) if units else None


def _unit_id(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    return _literal(ground.made.units.get(str(value)), recipe, ground)


def _person_in_unit(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    unit_of, seats, choice = _reader(value, ground), ground.made.seats, ground.random.choice
    seat = str(recipe["seat"]) if recipe.get("seat") else None

    def drawn(at: Draw) -> object:
        unit = unit_of(at.values)
        if not isinstance(unit, int):
            return None
        people = seats.get((unit, seat), ()) or seats.get((unit, None), ())
        return choice(people) if people else None

    return drawn


def _account(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    return _literal(ground.made.people.get(str(value)), recipe, ground)


def _reference(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    """A row made earlier: at random, in turn (`cycle`), or a few with many (`zipf`)."""
    entity, rows_of = str(value), _choosing(str(value), recipe.get("where"), ground)
    cycle, random, made = recipe.get("cycle"), ground.random.random, ground.made
    generator, spread = ground.place.partition(".")[0], 2.5 if recipe.get("zipf") else 1.0

    def in_turn(at: Draw) -> object:
        rows, wished = rows_of(at.values)
        told = None if wished is None else dict(zip(*wished, strict=True))
        return rows[made.next_index(("cycle", generator, entity, repr(told))) % len(rows)].id if rows else None

    def by_chance(at: Draw) -> object:
        rows, _ = rows_of(at.values)
        return rows[int(len(rows) * random() ** spread)].id if rows else None

    return in_turn if cycle else by_chance


Wished = tuple[tuple[str, ...], tuple[object, ...]]


def _choosing(
    entity: str, where: object, ground: Ground
) -> Callable[[Values], tuple[Sequence[MadeRow], Wished | None]]:
    """The rows in which fields have certain values, and what was wished; `{copy: field}` means this row's own value of the field."""
    made = ground.made
    if not isinstance(where, Mapping) or not where:
        return lambda values: (made.of(entity), None)
    names = tuple(str(name) for name in where)
    if not any(isinstance(one, Mapping) and "copy" in one for one in where.values()):
        return _fixed(entity, (names, tuple(where.values())), made)
    readers = [
        _reader(one["copy"], ground) if isinstance(one, Mapping) and "copy" in one else _same(one)
        for one in where.values()
    ]

    def chosen(values: Values) -> tuple[Sequence[MadeRow], Wished]:
        wished = names, tuple([read(values) for read in readers])
        return made.chosen(entity, *wished), wished

    return chosen


def _fixed(entity: str, wished: Wished, made: MadeRows) -> Callable[[Values], tuple[Sequence[MadeRow], Wished]]:
    """The same rows again and again, until more are made."""
    of, known, seen = made.of, (made.chosen(entity, *wished), wished), len(made.of(entity))

    def chosen(values: Values) -> tuple[Sequence[MadeRow], Wished]:
        nonlocal known, seen
        if len(of(entity)) != seen:
            known, seen = (made.chosen(entity, *wished), wished), len(of(entity))
        return known

    return chosen


def _same(value: object) -> Callable[[Values], object]:
    return lambda values: value


def _record(value: object, recipe: Recipe, ground: Ground) -> Drawing:
    """A link to a row made earlier, or with `field` to one field of it."""
    draw, of_field = _reference(value, recipe, ground), f"/{recipe['field']}" if "field" in recipe else ""

    def drawn(at: Draw) -> str | None:
        found = draw(at)
        return f"{value}/{encode_id(found)}{of_field}" if isinstance(found, int) else None

    return drawn


RECIPES: Mapping[str, Making] = {
    "literal": _literal,
    "company": _words(words.company),
    "person": _words(words.person),
    "phone": _words(words.phone),
    "email": _words(words.email),
    "pick": _pick,
    "texts": _pick,
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
