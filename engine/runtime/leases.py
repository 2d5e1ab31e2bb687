"""Nodes: each process that makes identifiers holds a number of its own, leased as a row, so that no two make the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlglot import exp

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.statements import Statement, compile_statement
from engine.runtime.identifiers import NODES
from engine.runtime.instants import to_micros
from engine.runtime.schema.tables import Column, PhysicalKind, Table

NODE_TABLE = Table(
    "dougong_node",
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("holder", PhysicalKind.TEXT, nullable=False),
        Column("leased_until", PhysicalKind.INSTANT, nullable=False),
    ),
)
TERM = timedelta(hours=1)
"""How long a lease holds without being renewed; renew at a third of it."""
FIRST = 1
"""The first node to lease: 0 is that of a process before it holds one, for what is alone anyway (a migration's stamp)."""
NOBODY = ""
"""The holder of a node that was given back."""


class NoNodeLeft(DougongError):
    """Every node is leased to some process."""

    code = "no_node_left"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message("节点编号已用完，请停掉不用的进程", "All node numbers are leased; stop processes not in use")
        )


class LeaseLost(DougongError):
    """The lease ran out and another process took the node: this one must make no more identifiers."""

    code = "lease_lost"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message("节点租约已失效，请重启进程", "The lease of this node has run out; restart the process")
        )


@dataclass(frozen=True, slots=True)
class Lease:
    """A node held by a process until an instant (microseconds); a taker must start its identifiers after `floor`."""

    node: int
    holder: str
    until: int
    floor: int


def lease_node(database: Database, holder: str, now: datetime, nodes: int = NODES) -> Lease:
    """Lease a node: one that was given back, else one never used, else the one whose lease ran out first.

    `holder` is unique to the process. A clock that jumped makes leases of living processes look as if they had run out, so
    those come last. `floor` is the end of the lease before: identifiers of a node start after it, so none repeats even if
    the clock went back. Raises NoNodeLeft.
    """

    def unit(session: Session) -> Lease:
        _alone(session)
        found = session.rows(_select(session))
        leases = {int(str(row[0])): _Held(str(row[1]), int(str(row[2]))) for row in found}
        at = to_micros(now)
        free = _choose(leases, nodes, _ALL if session.dialect == "sqlite" else at)
        floor = leases[free].until if free in leases else 0
        until = max(at, floor) + _micros(TERM)
        row = {"id": free, "holder": holder, "leased_until": until}
        session.execute(_update(session) if free in leases else _insert(session), row)
        return Lease(free, holder, until, floor)

    return database.write(unit)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a row says of its node."""

    holder: str
    until: int


_ALL = 1 << 63
"""A SQLite database has one process: whoever held a node before has ended."""


def _choose(leases: Mapping[int, _Held], nodes: int, at: int) -> int:
    """The node to take when it is `at`. Raises NoNodeLeft."""
    given_back = (node for node, held in sorted(leases.items()) if held.holder == NOBODY)
    unused = (node for node in range(FIRST, nodes) if node not in leases)
    run_out = (node for node, held in sorted(leases.items(), key=lambda one: one[1].until) if held.until <= at)
    free = next(chain(given_back, unused, run_out), None)
    if free is None:
        raise NoNodeLeft
    return free


def renew_node(database: Database, lease: Lease, now: datetime) -> Lease:
    """The lease for another term. Raises LeaseLost when another process holds the node by now."""
    until = max(lease.until, to_micros(now) + _micros(TERM))
    _hold(database, lease, lease.holder, until)
    return Lease(lease.node, lease.holder, until, lease.floor)


def release_node(database: Database, lease: Lease, now: datetime, reached: int = 0) -> None:
    """Give a node back at the end of a process; `reached` is what its IdSource says. Raises LeaseLost."""
    _hold(database, lease, NOBODY, max(to_micros(now), reached, lease.floor))


def _hold(database: Database, lease: Lease, holder: str, until: int) -> None:
    def unit(session: Session) -> None:
        mine = exp.EQ(this=_column("holder"), expression=exp.Placeholder(this="mine"))
        row = {"id": lease.node, "holder": holder, "leased_until": until, "mine": lease.holder}
        if session.execute(_update(session, mine), row) != 1:
            raise LeaseLost

    database.write(unit)


def _alone(session: Session) -> None:
    """Two processes that look at once would take the same node."""
    if session.dialect == "postgres":
        session.execute(Statement('LOCK TABLE "dougong_node" IN EXCLUSIVE MODE', (), "postgres"))


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _table() -> exp.Table:
    return exp.to_table(NODE_TABLE.name, quoted=True)


def _select(session: Session) -> Statement:
    return compile_statement(
        exp.select(_column("id"), _column("holder"), _column("leased_until")).from_(_table()), session.dialect
    )


def _insert(session: Session) -> Statement:
    names = [column.name for column in NODE_TABLE.columns]
    target = exp.Schema(this=_table(), expressions=[exp.to_identifier(name, quoted=True) for name in names])
    values = exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder(this=name) for name in names])])
    return compile_statement(exp.Insert(this=target, expression=values), session.dialect)


def _update(session: Session, *further: exp.Expression) -> Statement:
    same = exp.EQ(this=_column("id"), expression=exp.Placeholder(this="id"))
    sets = [exp.EQ(this=_column(name), expression=exp.Placeholder(this=name)) for name in ("holder", "leased_until")]
    update = exp.Update(this=_table(), expressions=sets, where=exp.Where(this=exp.and_(same, *further)))
    return compile_statement(update, session.dialect)
