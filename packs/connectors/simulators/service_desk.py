"""The other side of a service desk: tickets of the company's customers on its products, and every change of their states."""

from __future__ import annotations

from collections.abc import Iterator

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.service_desk import CHANGED, CONNECTOR
from packs.connectors.simulators.listed_side import API_KEY, listed_side
from packs.connectors.simulators.trade import Trade

STAMP = "%Y-%m-%dT%H:%M:%SZ"


def _tickets(trade: Trade) -> Iterator[dict[str, object]]:
    for one in trade.tickets:
        code, subject, cause = one.fault
        solved = dict(one.states).get("resolved")
        yield {
            "number": one.number,
            "subject": f"{one.material.name} {subject}",
            "customer": one.customer.code,
            "product": one.material.code,
            "category": "故障",
            "fault_code": code,
            "priority": one.priority,
            "status": one.states[-1][0],
            "opened_at": one.states[0][1].strftime(STAMP),
            "resolved_at": solved.strftime(STAMP) if solved else None,
            "cause": cause if solved else None,
            "contact_phone": one.customer.phone,
            CHANGED: one.changed.strftime(STAMP),
        }


def _changes(trade: Trade) -> Iterator[dict[str, object]]:
    for one in trade.tickets:
        before = None
        for place, (state, at) in enumerate(one.states, start=1):
            yield {
                "id": f"{one.number}-{place}",
                "ticket": one.number,
                "from_status": before,
                "to_status": state,
                "changed_at": at.strftime(STAMP),
                "by": "客服",
                CHANGED: one.changed.strftime(STAMP),
            }
            before = state


ROWS = {"ticket": _tickets, "status_change": _changes}
NUMBERS = ("priority",)


SIMULATOR = SimulatorSpec(
    "service_desk",
    Label({"zh": "服务工单", "en": "Service desk"}),
    listed_side(Trade, CONNECTOR, ROWS, NUMBERS),
    Label({"zh": f"密钥 {API_KEY}", "en": f"key {API_KEY}"}),
)
