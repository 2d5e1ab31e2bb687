"""R3: the disk fills up under writes: refused in words, reads go on, nothing half written, well again when there is room."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.books import Books, Ledger, Shelf, audit
from tests.crash.serving import Serving
from tests.crash.shop import Shop, open_shop
from tests.crash.small_disk import SmallDisk

BALLAST = 2_000_000
MOST = 3000
"""Orders after which a disk that is full should have been noticed."""
BOUNDARY = "file-of-the-trial"


@dataclass(frozen=True)
class Told:
    """An answer: status, what it says, and what its headers ask for."""

    status: int
    text: str
    retry_after: str | None = None

    @property
    def code(self) -> str:
        return str(json.loads(self.text)["error"]["code"]) if self.text.startswith('{"error"') else ""


@dataclass
class Filling:
    """A shop that is served on a small disk, and what it has acknowledged."""

    shop: Shop
    serving: Serving
    disk: SmallDisk
    ledger: Ledger = field(default_factory=Ledger)
    asked: int = 0

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Told:
        connection = http.client.HTTPConnection("127.0.0.1", self.serving.port, timeout=20)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"authorization": f"Bearer {self.shop.token}", **given})
            answer = connection.getresponse()
            return Told(answer.status, answer.read().decode("utf-8"), answer.headers.get("retry-after"))
        finally:
            connection.close()

    def order(self, language: str = "zh") -> Told:
        """One more order; what is acknowledged is written down."""
        self.asked += 1
        name = f"order {self.asked}"
        body = json.dumps({"name": name, "area": self.shop.areas[0], "note": "x" * 4000}).encode()
        told = self.ask(
            "POST",
            "/api/records/order",
            body,
            content_type="application/json",
            idempotency_key=name,
            accept_language=language,
        )
        if told.status == 201:
            self.ledger.acknowledge(name, name, (201, json.loads(told.text)))
        return told

    def until_refused(self) -> Told:
        """Orders until one is refused."""
        for _ in range(MOST):
            told = self.order()
            if told.status != 201:
                return told
        raise AssertionError("the disk is full and every write is still taken")

    def upload(self, size: int) -> Told:
        """A file for an area."""
        head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="big.bin"\r\n\r\n'
        body = head.encode() + b"\1" * size + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", f"/r/area/{self.shop.areas[0]}/files", body, content_type=kind)

    def files(self) -> list[Path]:
        """The uploaded files, whole or not."""
        return [one for one in (self.shop.data / "files").rglob("*") if one.is_file()]

    def books(self) -> Books:
        return audit(self.ledger, Shelf(self.shop.data, self.shop.database))


@contextmanager
def filling(disk: SmallDisk, database_url: str, fault: str = "") -> Iterator[Filling]:
    """The shop with its data folder on the disk, served."""
    shop = open_shop(disk.folder / "shop", database_url)
    environment = {"DOUGONG_BALLAST": str(BALLAST), "TMPDIR": str(disk.folder)}
    with Serving(shop.packs, shop.data, shop.database, fault, environment) as serving:
        yield Filling(shop, serving, disk)
