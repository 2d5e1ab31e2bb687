"""Sides of a comparison: a running server, a session of a person in its own database, rows that the person may see."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from bench.load import Asked
from bench.server import Server
from bench.world import Home

SALES = "li_wei"
"""A sales person who sees one unit of three."""
_NUMBERS = count(1)


@dataclass(frozen=True)
class Side:
    """One server as one person uses it."""

    server: Server
    headers: tuple[tuple[str, str], ...]
    ids: Sequence[str]
    own: Sequence[str]
    customers: Sequence[str]

    def get(self, path: str) -> Asked:
        return Asked("GET", path, self.headers)

    def get_one(self) -> Asked:
        return self.get(f"/api/records/opportunity/{self.ids[next(_NUMBERS) % len(self.ids)]}")

    def create(self) -> Asked:
        return self._writes("POST", "/api/records/opportunity", self.new_values())

    def update(self) -> Asked:
        number = next(_NUMBERS)
        path = f"/api/records/opportunity/{self.own[number % len(self.own)]}"
        return self._writes("PATCH", path, {"amount": f"{number}.50"})

    def bulk(self, size: int) -> Asked:
        operations = [{"action": "create", "values": self.new_values()} for _ in range(size)]
        return self._writes("POST", "/api/records/opportunity/bulk", {"operations": operations})

    def new_values(self) -> dict[str, object]:
        number = next(_NUMBERS)
        name = f"压测 {number} {secrets.token_hex(3)}"
        return {"name": name, "customer": self.customers[number % len(self.customers)], "amount": "1000.00"}

    def fetched(self, path: str) -> dict[str, object]:
        """The answer to one request, outside of any measurement."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}{path}", headers=dict(self.headers))
        answer: dict[str, object] = json.loads(urllib.request.urlopen(request).read())
        return answer

    def _writes(self, method: str, path: str, values: dict[str, object]) -> Asked:
        headers = (*self.headers, ("idempotency-key", f"bench-{next(_NUMBERS)}-{secrets.token_hex(4)}"))
        return Asked(method, path, headers, json.dumps(values).encode())


def side_of(server: Server, home: Home, account: str = SALES) -> Side:
    """A session made in the server's own database, and rows of the person's unit (of the sales person's for others)."""
    database = home.connect()
    token = secrets.token_urlsafe(32)
    user, epoch = database.rows("SELECT id, epoch FROM dougong_user WHERE account = ?", account)[0]
    seat = "SELECT m.unit FROM dougong_membership m JOIN dougong_user u ON u.id = m.user_id WHERE u.account = ?"
    ((unit,), *_) = database.rows(seat, SALES)
    database.rows(
        "INSERT INTO dougong_session (token, user_id, epoch, created_at, expires_at) VALUES (?, ?, ?, 0, ?)",
        hashlib.sha256(token.encode()).hexdigest(),
        user,
        epoch,
        int((time.time() + 86_400) * 1e6),
    )
    picked = "SELECT id FROM {} WHERE scope_unit = ? AND deleted_at IS NULL ORDER BY id DESC LIMIT 300"
    ids, customers = (
        [_text(row[0]) for row in database.rows(picked.format(table), unit)] for table in ("opportunity", "customer")
    )
    mine = "SELECT id FROM opportunity WHERE owner = ? AND stage = 'qualify' AND deleted_at IS NULL LIMIT 300"
    own = [_text(row[0]) for row in database.rows(mine, user)]
    database.close()
    return Side(server, (("cookie", f"dougong_session={token}"),), ids, own, customers)


def _text(number: int) -> str:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(alphabet[number >> shift & 31] for shift in range(60, -1, -5))
