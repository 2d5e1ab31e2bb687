"""The SQL of the yardstick. Parameters are numbered; `postgres` turns a statement into what its driver takes."""

from __future__ import annotations

import re
from functools import cache

LIST = """
SELECT o.id, o.version, o.name, o.stage, o.amount, o.close_date, c.name
FROM opportunity o INDEXED BY ix_opportunity_scope_unit_stage_amount
LEFT JOIN customer c ON c.id = o.customer AND c.deleted_at IS NULL AND c.scope_unit = ?1
WHERE o.deleted_at IS NULL AND o.scope_unit = ?1 AND o.stage = ?2 ORDER BY o.amount DESC, o.id DESC LIMIT 26"""
LIST_AFTER = LIST.replace(
    "ORDER BY", "AND (o.amount < ?3 OR (o.amount = ?3 AND o.id < ?4)) AND o.amount <= ?3 ORDER BY"
)
COLUMNS = [
    "code",
    "name",
    "customer",
    "owner",
    "solution_engineer",
    "stage",
    "kind",
    "source",
    "lead",
    "product",
    "amount",
    "probability",
    "weighted",
    "opened_on",
    "close_date",
    "next_step",
    "next_step_on",
    "competitor",
    "budget",
    "budget_node",
    "budget_approved",
    "decision_maker",
    "criteria",
    "hidden_kpi",
    "hidden_kpi_weight",
    "technical_score",
    "solution",
    "poc_on",
    "poc_result",
    "won_on",
    "lost_on",
    "lost_reason",
    "lesson",
    "won_value",
    "open_value",
    "cycle_days",
    "quote_count",
    "activity_count",
    "last_activity_on",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "scope_unit",
]
OWN_ONLY = frozenset({"budget", "budget_node", "budget_approved", "decision_maker", "hidden_kpi", "hidden_kpi_weight"})
IDS = frozenset(
    {
        "customer",
        "owner",
        "solution_engineer",
        "lead",
        "product",
        "decision_maker",
        "created_by",
        "updated_by",
        "scope_unit",
    }
)
MONEY = frozenset({"amount", "weighted", "budget", "won_value", "open_value"})
GET = f"""
SELECT o.id, o.version, {", ".join(f"o.{name}" for name in COLUMNS)}, c.name, u.name, e.name, p.name
FROM opportunity o LEFT JOIN customer c ON c.id = o.customer AND c.scope_unit = ?2 LEFT JOIN dougong_user u ON u.id = o.owner
LEFT JOIN dougong_user e ON e.id = o.solution_engineer LEFT JOIN product p ON p.id = o.product
WHERE o.id = ?1 AND o.deleted_at IS NULL AND o.scope_unit = ?2"""
SESSION = """
SELECT s.user_id, s.expires_at, u.epoch = s.epoch AND NOT u.disabled, m.unit
FROM dougong_session s JOIN dougong_user u ON u.id = s.user_id JOIN dougong_membership m ON m.user_id = u.id
WHERE s.token = ?1 AND m.valid_to IS NULL"""
REPEATED = "SELECT record FROM dougong_idempotency WHERE user_id = ?1 AND key = ?2"
PARENT = """
SELECT unit, version, opportunity_count, open_amount FROM customer
WHERE id = ?1 AND scope_unit = ?2 AND deleted_at IS NULL"""
TAKEN = "SELECT 1 FROM opportunity WHERE customer = ?1 AND name = ?2 AND deleted_at IS NULL"
NUMBER = """
INSERT INTO dougong_sequence VALUES (?1, 1)
ON CONFLICT (name) DO UPDATE SET last = dougong_sequence.last + 1 RETURNING last"""
CREATE = """
INSERT INTO opportunity (id, version, created_at, created_by, updated_at, updated_by, scope_unit, code, name, customer,
owner, stage, kind, amount, probability, weighted, opened_on, budget_approved, won_value, open_value, quote_count,
activity_count) VALUES (?1, 1, ?2, ?3, ?2, ?3, ?4, ?5, ?6, ?7, ?3, 'qualify', 'new_business', ?8, 1000, ?9, ?10, ?11,
0, ?8, 0, 0)"""
UPDATE = """
UPDATE opportunity SET version = ?2, updated_at = ?3, updated_by = ?4, amount = ?5, weighted = ?6, open_value = ?5
WHERE id = ?1 AND version = ?7"""
PARENT_GROWS = """
UPDATE customer SET version = ?2, updated_at = ?3, updated_by = ?4, opportunity_count = ?5, open_amount = ?6
WHERE id = ?1"""
VERSION_ENDS = "UPDATE {entity}__version SET valid_to = ?1 WHERE record = ?2 AND version = ?3"
VERSION = """
INSERT INTO {entity}__version (record, version, valid_from, action, actor, changed, before, after)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"""
EVENT = """
INSERT INTO dougong_event (id, "transaction", entity, record, version, action, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"""
EVENT_POSTGRES = EVENT.replace("?2", "pg_current_xact_id()::text::bigint + ?2")
REMEMBER = "INSERT INTO dougong_idempotency VALUES (?1, ?2, ?3, 'opportunity', ?4, ?5, ?6)"


@cache
def postgres(statement: str) -> tuple[str, tuple[int, ...]]:
    """A statement for psycopg, and which of its numbered parameters stands at each place."""
    text = statement.replace("INDEXED BY ix_opportunity_scope_unit_stage_amount", "")
    text = {EVENT: EVENT_POSTGRES, PARENT: PARENT + " FOR UPDATE"}.get(text, text)
    places = tuple(int(found) - 1 for found in re.findall(r"\?(\d+)", text))
    return re.sub(r"\?\d+", "%s", text), places
