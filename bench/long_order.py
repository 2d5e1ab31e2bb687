"""A long order: a document with a thousand lines of twenty columns, in an installation of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.application import bring_up_to_date, open_installation
from engine.model.context import Context, Principal
from engine.runtime.clock import clock_from
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import start_session
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.settings import Settings
from engine.runtime.work import Work

PACK = Path(__file__).parent / "lines_pack"
LINES, PRODUCTS = 1000, 200
PRIORITIES, WAREHOUSES = ("usual", "soon", "urgent"), ("north", "south")
FIRST_DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class LongOrder:
    """The installation's folder, the form of the order, a clerk's session."""

    folder: Path
    form: str
    session: str


@contextmanager
def long_order() -> Iterator[LongOrder]:
    """The order, for as long as the block lasts."""
    with TemporaryDirectory(prefix="dougong-bench-") as name:
        yield _made(Path(name))


def _made(folder: Path) -> LongOrder:
    installation = open_installation(Settings(data=folder, packs=str(PACK)), clock_from(""))
    bring_up_to_date(installation)
    now = datetime.now(UTC)

    def fill(work: Work) -> LongOrder:
        create_user(work.session, NewUser(work.ids.next(), "clerk", "Clerk", 0, None, roles=("clerk",)))
        clerk = user_by_account(work.session, "clerk")
        if clerk is None:
            raise RuntimeError("there is no clerk")
        return LongOrder(folder, f"/r/order/{encode_id(_filled(work))}/edit", start_session(work.session, clerk, now))

    order = installation.workplace.write(Context(Principal(0, "setup", frozenset(), service="setup"), now), fill)
    installation.database.close()
    return order


def _filled(work: Work) -> int:
    products = [(work.ids.next(), _product(at)) for at in range(PRODUCTS)]
    order = work.ids.next()
    lines = [(work.ids.next(), _line(order, products[at % PRODUCTS][0], at)) for at in range(LINES)]
    load_rows(work, work.model.entities["product"], products)
    load_rows(work, work.model.entities["order"], [(order, {"name": "SO-1000"})])
    load_rows(work, work.model.entities["order_line"], lines)
    finish_loading(work, {"product", "order", "order_line"})
    return order


def _product(at: int) -> dict[str, object]:
    return {"name": f"轴承 {6000 + at} 双面密封", "list_price": Decimal(at + 10) / 4}


def _line(order: int, product: int, at: int) -> dict[str, object]:
    return {
        "order": order,
        "place": at + 1,
        "product": product,
        "description": f"第 {at + 1} 行，客户料号 K-{at:05d}",
        "batch": f"B2603-{at % 37:02d}",
        "priority": PRIORITIES[at % 3],
        "warehouse": WAREHOUSES[at % 2],
        "due_on": FIRST_DAY + timedelta(days=at % 60),
        "quantity": Decimal(at % 90 + 1),
        "list_price": Decimal(at % 200 + 10) / 4,
        "discount": Decimal(at % 12) / 100,
        "tax_rate": Decimal("0.13"),
        "unit_weight": Decimal(at % 50 + 1) / 8,
        "days": at % 14,
        "remark": "随货附检测报告" if at % 4 == 0 else None,
    }
