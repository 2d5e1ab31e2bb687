"""Requests: CPU a request against the yardstick in the same interleaved run, as the restricted sales role."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from bench.load import Asked, Timing, run
from bench.report import Row
from bench.server import Server
from bench.sides import Side, side_of
from bench.world import World, worlds

ROUNDS = 5
CONNECTIONS = (1, 16)
EVERYWHERE = "yan_zheng"
"""The auditor, whose role reads every row of every unit; the administrator of the demo has no part in sales."""
FIELDS = "fields=name,stage,amount,close_date,customer.name"
LIST = f"/api/records/opportunity?stage=negotiation&sort=-amount&limit=25&{FIELDS}"
WHOLE = f"/api/records/opportunity?sort=-amount&limit=25&{FIELDS}"
DEEP = 50_000
_NUMBERS = count(1)

Make = Callable[[Side], Asked]
Right = Callable[[int, bytes], bool]


@dataclass(frozen=True)
class Operation:
    """What is measured: how many requests a round, how each is made (by the other side too, unless it makes others), what
    an answer must be like, and the bars."""

    id: str
    what: str
    requests: int
    make: Make
    right: Right
    bar: float
    tail: float | None = None
    """How many times the other's p99 ours may be."""
    other: Make | None = None


def _has_rows(status: int, body: bytes) -> bool:
    return status == 200 and body.count(b'"customer.name"') == 25


def _has_row(status: int, body: bytes) -> bool:
    return status == 200 and b'"customer.@title"' in body


def _is_new(status: int, body: bytes) -> bool:
    return status == 201 and b'"weighted":"100.00"' in body


def _is_changed(status: int, body: bytes) -> bool:
    return status == 200 and b".50" in body and b'"customer.@title"' in body


def _mixed(side: Side) -> Asked:
    """Nine reads and a write."""
    number = next(_NUMBERS) % 10
    if number == 0:
        return side.create()
    return side.get(LIST) if number % 2 else side.get_one()


def _is_any(status: int, body: bytes) -> bool:
    return _has_rows(status, body) or _has_row(status, body) or _is_new(status, body)


OPERATIONS = (
    Operation(
        "list", "25 of 100k, filtered, sorted, customer joined", 400, lambda one: one.get(LIST), _has_rows, 2.0, 3.0
    ),
    Operation("get", "one opportunity", 800, Side.get_one, _has_row, 2.0),
    Operation("mixed", "nine reads (lists and rows) and a write", 500, _mixed, _is_any, 2.0),
    Operation("create", "a new opportunity with all sinks", 250, Side.create, _is_new, 2.5),
    Operation("update", "another amount with all sinks", 250, Side.update, _is_changed, 2.5),
)


def measured() -> list[Row]:
    """CPU of the product over CPU of the yardstick, the median of interleaved rounds, at 1 and 16 connections."""
    with worlds() as found:
        return [row for one in found for row in _in_world(one)]


def _in_world(world: World) -> Iterator[Row]:
    product, yardstick = world.product, world.yardstick
    with Server.of_engine(product.folder, product.database) as ours, Server.of_yardstick(yardstick.database) as theirs:
        sales = side_of(ours, product)
        for operation in OPERATIONS:
            for connections in CONNECTIONS:
                yield from _compared(world.kind, operation, (sales, side_of(theirs, yardstick)), connections)
        wide = side_of(ours, product, EVERYWHERE)
        for connections in CONNECTIONS:
            yield from _compared(world.kind, _within("restricted", LIST), (sales, wide), connections)
            yield from _compared(world.kind, _deep(wide), (wide, wide), connections)


def _within(name: str, path: str) -> Operation:
    words = "the same list for the restricted role and for one that reads everything"
    return Operation(name, words, 400, lambda side: side.get(path), _has_rows, 1.3)


def _deep(side: Side) -> Operation:
    """The page at row 50,000 against the first one, of the same list for the same person."""
    deep = WHOLE + f"&cursor={_cursor_at(side, DEEP)}"
    words = f"the page at row {DEEP:,} and the first"
    return Operation(
        "deep_page", words, 400, lambda one: one.get(deep), _has_rows, 1.2, other=lambda one: one.get(WHOLE)
    )


def _cursor_at(side: Side, row: int) -> str:
    """The cursor of the page that starts after `row` rows, walked to by pages."""
    cursor = ""
    for _ in range(row // 25):
        cursor = str(side.fetched(WHOLE + (f"&cursor={cursor}" if cursor else ""))["next_cursor"])
    return cursor


def _compared(kind: str, operation: Operation, sides: tuple[Side, Side], connections: int) -> Iterator[Row]:
    makes = (operation.make, operation.other or operation.make)
    rounds = [
        (_round(operation, makes[0], sides[0], connections), _round(operation, makes[1], sides[1], connections))
        for _ in range(ROUNDS + 1)
    ]
    kept = rounds[1:]
    ratio = statistics.median(pair[0].cpu_each / pair[1].cpu_each for pair in kept)
    ours, theirs = (statistics.median(pair[at].cpu_each for pair in kept) for at in (0, 1))
    tails = [statistics.median(pair[at].percentile(0.99) for pair in kept) for at in (0, 1)]
    name = f"{operation.id}_{kind}_x{connections}"
    words = (
        f"{operation.what} · {ours:.3f} ms against {theirs:.3f} ms CPU, p99 {tails[0]:.1f} against {tails[1]:.1f} ms"
    )
    yield Row(name, words, operation.bar, ratio, "×")
    if operation.tail is not None:
        yield Row(f"{name}_p99", f"{operation.what}, slowest of a hundred", operation.tail, tails[0] / tails[1], "×")


def _round(operation: Operation, make: Make, side: Side, connections: int) -> Timing:
    asked = [make(side) for _ in range(operation.requests)]
    timing = run(side.server.port, side.server.pid, asked, connections, operation.right)
    if timing.wrong:
        raise RuntimeError(f"{operation.id}: {timing.wrong} of {timing.requests} answers are wrong, {timing.example}")
    return timing
