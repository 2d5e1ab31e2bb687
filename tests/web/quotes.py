"""A quote with three lines that two people edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from httpx2 import Response

from engine.model.context import Context, Principal
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from tests.web.site import NOW, Site


@dataclass
class Quote:
    """A quote with three lines, as both read it: its path, version, and the lines with their ids and versions."""

    site: Site
    path: str
    version: int
    lines: list[dict[str, object]]

    @classmethod
    def made(cls, site: Site) -> Quote:
        li = site.client("li")
        lines = [{"product": product(site), "quantity": str(n), "list_price": "10"} for n in (1, 2, 3)]
        body = {"customer": site.public("acme"), "opportunity": site.public("acme_deal"), "lines": lines}
        answer = li.post("/api/records/quote", json=body)
        assert answer.status_code == 201, answer.text
        row = answer.json()["data"]
        asked = f"/api/records/quote_line?quote={row['id']}&sort=quantity"
        return cls(site, answer.headers["location"], row["version"], li.get(asked).json()["data"])

    def line(self, at: int, **values: object) -> dict[str, object]:
        return {"id": self.lines[at]["id"], "version": self.lines[at]["version"], **values}

    def patch(self, person: str, *lines: Mapping[str, object], **values: object) -> Response:
        body = {**values, "lines": list(lines)}
        return self.site.client(person).patch(self.path, json=body, headers={"if-match": f'"{self.version}"'})

    def now(self) -> list[dict[str, object]]:
        asked = f"/api/records/quote_line?quote={self.path.rpartition('/')[2]}&sort=quantity"
        found: list[dict[str, object]] = self.site.client("li").get(asked).json()["data"]
        return found


def product(site: Site) -> str:
    """A product to quote, made once."""
    if "product" not in site.ids:

        def load(work: Work) -> None:
            site.ids["product"] = work.ids.next()
            values = {"name": "控制器", "code": "P-1", "list_price": Decimal(10), "status": "active"}
            entity = work.model.entities["product"]
            known = {name: one for name, one in values.items() if name in entity.fields}
            load_rows(work, entity, [(site.ids["product"], known)])
            finish_loading(work, {"product"})

        context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
        site.installation.workplace.write(context, load)
    return site.public("product")
