"""What the yardstick does for a request, inside one transaction: who calls, the rows, the answer's bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from bench.yardstick import statements as sql
from engine.runtime.identifiers import decode_id, encode_id

KEY = b"yardstick"


class Connection(Protocol):
    """A transaction: rows of a statement with numbered parameters."""

    def one(self, statement: str, parameters: Sequence[object]) -> Any: ...

    def all(self, statement: str, parameters: Sequence[object]) -> list[Any]: ...

    def do(self, statement: str, parameters: Sequence[object]) -> None: ...

    def next_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Caller:
    user: int
    unit: int


@dataclass(frozen=True, slots=True)
class Change:
    """One row that changed, as its version row and its event tell it."""

    entity: str
    record: int
    version: int
    action: str
    fields: Sequence[str]
    before: Mapping[str, object] | None
    after: Mapping[str, object]


class NotSignedIn(Exception):
    """No session."""


class Refused(Exception):
    """A write that may not be."""


def caller(connection: Connection, token: str) -> Caller:
    row = connection.one(sql.SESSION, (hashlib.sha256(token.encode()).hexdigest(),))
    if row is None or not row[2] or row[1] <= time.time() * 1e6:
        raise NotSignedIn
    return Caller(row[0], row[3])


def money(value: int | None) -> str | None:
    if value is None:
        return None
    sign, whole = ("-", -value) if value < 0 else ("", value)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def listed(connection: Connection, token: str, stage: str, cursor: str | None) -> bytes:
    who = caller(connection, token)
    if cursor is None:
        rows = connection.all(sql.LIST, (who.unit, stage))
    else:
        amount, last = opened(cursor)
        rows = connection.all(sql.LIST_AFTER, (who.unit, stage, amount, last))
    data = [
        {
            "id": encode_id(r[0]),
            "version": r[1],
            "name": r[2],
            "stage": r[3],
            "amount": money(r[4]),
            "close_date": r[5],
            "customer.name": r[6],
        }
        for r in rows[:25]
    ]
    following = sealed((rows[24][4], rows[24][0])) if len(rows) > 25 else None
    return dumped({"data": data, "next_cursor": following})


def one(connection: Connection, token: str, record: int) -> tuple[bytes, int] | None:
    who = caller(connection, token)
    row = connection.one(sql.GET, (record, who.unit))
    return shown(row, who) if row else None


def shown(row: tuple[Any, ...], who: Caller) -> tuple[bytes, int]:
    body: dict[str, object] = {"id": encode_id(row[0]), "version": row[1]}
    owner = row[2 + sql.COLUMNS.index("owner")]
    for name, value in zip(sql.COLUMNS, row[2:], strict=False):
        if name in sql.OWN_ONLY and owner != who.user:
            continue
        if name in sql.MONEY:
            body[name] = money(value)
        elif name in sql.IDS:
            body[name] = encode_id(value) if value is not None else None
        else:
            body[name] = value
    body["customer.@title"], body["owner.@title"], body["solution_engineer.@title"], body["product.@title"] = row[-4:]
    return dumped({"data": body}), row[1]


def created(connection: Connection, token: str, key: str, text: bytes) -> tuple[bytes, int]:
    """A new opportunity with everything that follows from it."""
    who, now, given = caller(connection, token), int(time.time() * 1e6), json.loads(text)
    if known := connection.one(sql.REPEATED, (who.user, key)):
        return shown(connection.one(sql.GET, (known[0], who.unit)), who)
    customer = decode_id(given["customer"])
    parent = connection.one(sql.PARENT, (customer, who.unit))
    if parent is None or connection.one(sql.TAKEN, (customer, given["name"])):
        raise Refused
    unit, today, amount = parent[0], date.today().isoformat(), hundredths(given["amount"])
    (number,) = connection.one(sql.NUMBER, (f"yardstick:{unit}:{today[:7]}",))
    record, code = connection.next_id(), f"YS-{unit}-{number}"
    name = given["name"]
    values = (record, now, who.user, unit, code, name, customer, amount, amount // 10, today, False)
    connection.do(sql.CREATE, values)
    row = connection.one(sql.GET, (record, who.unit))
    whole = dict(zip(sql.COLUMNS, row[2:], strict=False))
    told(connection, who, now, Change("opportunity", record, 1, "create", list(given), None, whole))
    grown(connection, who, now, customer, parent, (1, amount))
    digest = hashlib.sha256(text).hexdigest()
    connection.do(sql.REMEMBER, (who.user, key, digest, record, 1, now))
    return shown(row, who)


def updated(connection: Connection, token: str, key: str, record: int, text: bytes) -> tuple[bytes, int]:
    """Another amount of an opportunity with everything that follows from it."""
    who, now, given = caller(connection, token), int(time.time() * 1e6), json.loads(text)
    if connection.one(sql.REPEATED, (who.user, key)):
        return shown(connection.one(sql.GET, (record, who.unit)), who)
    row = connection.one(sql.GET, (record, who.unit))
    if row is None:
        raise Refused
    old, version, amount = dict(zip(sql.COLUMNS, row[2:], strict=False)), row[1] + 1, hundredths(given["amount"])
    connection.do(sql.UPDATE, (record, version, now, who.user, amount, amount // 10, row[1]))
    changed = {"amount": amount, "weighted": amount // 10, "open_value": amount}
    before = {name: old[name] for name in changed}
    told(connection, who, now, Change("opportunity", record, version, "update", ["amount"], before, changed))
    parent = connection.one(sql.PARENT, (old["customer"], who.unit))
    grown(connection, who, now, old["customer"], parent, (0, amount - (old["open_value"] or 0)))
    digest = hashlib.sha256(text).hexdigest()
    connection.do(sql.REMEMBER, (who.user, key, digest, record, version, now))
    return shown(connection.one(sql.GET, (record, who.unit)), who)


def grown(
    connection: Connection, who: Caller, now: int, customer: int, parent: tuple[Any, ...], more: tuple[int, int]
) -> None:
    """The customer's number and sum of opportunities follow."""
    version, before = parent[1] + 1, {"opportunity_count": parent[2], "open_amount": parent[3]}
    after = {"opportunity_count": (parent[2] or 0) + more[0], "open_amount": (parent[3] or 0) + more[1]}
    connection.do(sql.PARENT_GROWS, (customer, version, now, who.user, *after.values()))
    told(connection, who, now, Change("customer", customer, version, "compute", list(after), before, after))


def told(connection: Connection, who: Caller, now: int, change: Change) -> None:
    """The version row and the event of a change; the version before it ends."""
    if change.version > 1:
        ends = (now, change.record, change.version - 1)
        connection.do(sql.VERSION_ENDS.format(entity=change.entity), ends)
    before = json.dumps(change.before, ensure_ascii=False) if change.before is not None else None
    after, fields = json.dumps(change.after, ensure_ascii=False, default=str), json.dumps(change.fields)
    row = (change.record, change.version, now, change.action, who.user, fields, before, after)
    connection.do(sql.VERSION.format(entity=change.entity), row)
    event = (connection.next_id(), 0, change.entity, change.record, change.version, change.action, now)
    connection.do(sql.EVENT, event)


def hundredths(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])


def sealed(values: tuple[object, ...]) -> str:
    plain = json.dumps(values).encode()
    return base64.urlsafe_b64encode(hmac.digest(KEY, plain, "sha256") + plain).decode()


def opened(cursor: str) -> tuple[int, int]:
    raw = base64.urlsafe_b64decode(cursor)
    if not hmac.compare_digest(raw[:32], hmac.digest(KEY, raw[32:], "sha256")):
        raise ValueError(cursor)
    amount, last = json.loads(raw[32:])
    return amount, last


def dumped(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=date.isoformat).encode()
