"""What can go wrong in a database, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message


class DatabaseError(DougongError):
    """Root of the database's errors."""

    code = "database_error"
    status = 500


class DatabaseBusy(DatabaseError):
    """The database did not get to the work in time; trying again is right."""

    code = "database_busy"
    status = 503

    def __init__(self) -> None:
        super().__init__(Message("系统繁忙，请稍后重试", "The system is busy; please try again"))


class DatabaseFull(DatabaseError):
    """There is no room left for a write; reads go on."""

    code = "database_full"
    status = 507

    def __init__(self) -> None:
        super().__init__(
            Message(
                "存储空间已满，暂时无法保存；腾出空间后自动恢复",
                "Storage is full; nothing can be saved until there is room again",
            )
        )


class DatabaseReadOnly(DatabaseError):
    """The database takes no writes: its disk is read-only, or it is a standby; reads go on."""

    code = "database_read_only"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message(
                "数据库目前只能读取(磁盘只读，或为备用库)，暂时无法保存",
                "The database can only be read now (a read-only disk, or a standby); nothing can be saved",
            )
        )


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached or opened."""

    code = "database_unavailable"
    status = 503

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or Message("数据库暂时不可用", "The database is not available now"))


class SchemaChanged(DatabaseError):
    """A statement names a table or column that is not there: the tables are of other definitions, for a moment."""

    code = "schema_changed"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message("应用正在更新，请稍后重试", "The application is being updated; please try again in a moment")
        )


class TransactionLost(DatabaseError):
    """The database gave the whole transaction up: SQLite on a full disk, PostgreSQL after an error outside a savepoint."""

    code = "transaction_lost"
    status = 503

    def __init__(self) -> None:
        super().__init__(Message("保存被数据库中止，请重试", "The database gave the transaction up; please try again"))


class ConstraintViolation(DatabaseError):
    """A write broke a constraint; `constraint` is its name or, on SQLite, what stands for it."""

    code = "constraint_violation"
    status = 409

    def __init__(self, constraint: str) -> None:
        super().__init__(Message("数据与约束冲突", "The data breaks a constraint"), constraint=constraint)
        self.constraint = constraint


class UniqueViolation(ConstraintViolation):
    """A value that must be unique is there already. `columns` are `table.column`, empty for an index over expressions."""

    code = "unique_violation"

    def __init__(self, constraint: str, columns: tuple[str, ...] = ()) -> None:
        super().__init__(constraint)
        self.columns = columns


class ForeignKeyViolation(ConstraintViolation):
    """A row points at nothing, or is still pointed at."""

    code = "foreign_key_violation"


class CheckViolation(ConstraintViolation):
    """A check or a not-null constraint failed."""

    code = "check_violation"
