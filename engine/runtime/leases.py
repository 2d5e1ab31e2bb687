"""Nodes: each process that makes identifiers holds a number of its own, leased as a row, so that no two make the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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


class NoNodeLeft(DougongError):
    """Every node is leased to some process."""

    code = "no_node_left"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message("节点编号已用完,请停掉不用的进程", "All node numbers are leased; stop processes not in use")
        )


class LeaseLost(DougongError):
    """The lease ran out and another process took the node: this one must make no more identifiers."""

    code = "lease_lost"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message("节点租约已失效,请重启进程", "The lease of this node has run out; restart the process")
        )


@dataclass(frozen=True, slots=True)
class Lease:
    """A node held by a process until an instant (microseconds); a taker must start its identifiers after `floor`."""

    node: int
    holder: str
    until: int
    floor: int


def lease_node(database: Database, holder: str, now: datetime, nodes: int = NODES) -> Lease:
    """Lease the lowest free node: one never used, or one whose lease has run out. `holder` is unique to the process.

    `floor` is the end of the lease before: identifiers of a node start after it, so none repeats even if the clock went back.
    Raises NoNodeLeft.
    """

    def unit(session: Session) -> Lease:
        _alone(session)
        leases = {int(str(row[0])): int(str(row[1])) for row in session.rows(_select(session))}
        at = to_micros(now)
        free = next((node for node in range(nodes) if leases.get(node, 0) <= at), None)
        if free is None:
            raise NoNodeLeft
        until = at + _micros(TERM)
        row = {"id": free, "holder": holder, "leased_until": until}
        session.execute(_update(session) if free in leases else _insert(session), row)
        return Lease(free, holder, until, leases.get(free, 0))

    return database.write(unit)


def renew_node(database: Database, lease: Lease, now: datetime) -> Lease:
    """The lease for another term. Raises LeaseLost when another process holds the node by now."""
    until = max(lease.until, to_micros(now) + _micros(TERM))
    _hold(database, lease, until)
    return Lease(lease.node, lease.holder, until, lease.floor)


def release_node(database: Database, lease: Lease, now: datetime, reached: int = 0) -> None:
    """Give a node back at the end of a process; `reached` is what its IdSource says. Raises LeaseLost."""
    _hold(database, lease, max(to_micros(now), reached))


def _hold(database: Database, lease: Lease, until: int) -> None:
    def unit(session: Session) -> None:
        mine = exp.EQ(this=_column("holder"), expression=exp.Placeholder(this="holder"))
        row = {"id": lease.node, "holder": lease.holder, "leased_until": until}
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
    return compile_statement(exp.select(_column("id"), _column("leased_until")).from_(_table()), session.dialect)


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
