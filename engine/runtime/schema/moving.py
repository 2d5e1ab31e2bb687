"""Moving: values into envelopes and out of them, done by a sealer, in the transaction of the plan; their columns go for good."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement
from engine.runtime.schema.ddl import quoted
from engine.runtime.schema.operations import MoveSealed
from engine.runtime.schema.tables import Schema


class NoSealer(DougongError):
    """Values are to be sealed or unsealed where there are no keys."""

    code = "no_sealer"
    status = 409

    def __init__(self, table: str) -> None:
        super().__init__(
            Message(
                f"这里没有密钥库，不能密封或解封 {table} 的字段；请用 dougong apply 或重新启动来迁移",
                f"There are no keys here to seal or unseal fields of {table}; migrate by dougong apply or by a start",
            )
        )


def move_sealed(session: Session, operation: MoveSealed, target: Schema) -> None:
    """Raises NoSealer."""
    if target.sealer is None:
        raise NoSealer(operation.table)
    sealed, opened = (_names(one) for one in (operation.sealed, operation.opened))
    target.sealer.move(session, operation.table, sealed, opened)
    for name in sealed:
        text = f"ALTER TABLE {quoted(operation.table)} DROP COLUMN {quoted(name)}"
        session.execute(Statement(text, (), session.dialect))


def _names(listed: str) -> list[str]:
    return [name for name in listed.split(",") if name]
