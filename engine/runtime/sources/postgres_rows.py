"""Rows of a PostgreSQL server that is not ours: a way that the egress gate admitted, a transaction that only reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
from psycopg.rows import TupleRow

from engine.extensions import Admission, EgressRequest, SourceFault, SourceReach
from engine.model.context import Context
from engine.model.sources import Source
from engine.runtime.database.statements import Statement
from engine.runtime.sources.sqlite_rows import check_columns, query_failed

SECONDS = 60
FETCHED = 1000


def postgres_rows(
    source: Source, statement: Statement, context: Context, reach: SourceReach
) -> Iterator[Mapping[str, object]]:
    """The rows by column. Raises EgressRefused, EgressFailed, SourceFault."""
    if reach.destination is None:
        raise SourceFault("no_destination", "没有声明远端去向", "No destination is declared")
    request = EgressRequest(reach.destination.name, "CONNECT", "/", context.purpose)
    admission = reach.egress.admit(context, request)
    try:
        with _connected(source, admission, reach) as connection:
            connection.read_only = True
            with connection.cursor(name="source") as cursor:
                cursor.itersize = FETCHED
                cursor.execute(statement.sql.encode(), {})
                columns = [one.name for one in cursor.description or ()]
                check_columns(source, columns)
                for row in cursor:
                    yield dict(zip(columns, row, strict=True))
    except psycopg.OperationalError as error:
        raise _unavailable(error) from None
    except psycopg.Error as error:
        raise query_failed(error.diag.message_primary or type(error).__name__) from None


def _connected(source: Source, admission: Admission, reach: SourceReach) -> psycopg.Connection[TupleRow]:
    settings = source.settings
    password = settings.get("password")
    verified = _verified(source, admission)
    return psycopg.connect(
        host=admission.host,
        hostaddr=admission.address,
        port=admission.port,
        dbname=str(settings.get("database", "")),
        user=str(settings.get("user", "")),
        password=reach.secret(password) if isinstance(password, str) else "",
        connect_timeout=10,
        gssencmode="disable",
        application_name="dougong",
        options=f"-c default_transaction_read_only=on -c statement_timeout={SECONDS * 1000}",
        sslmode="verify-full" if verified else "disable",
        sslrootcert=admission.authorities or "system" if verified else "",
    )


def _verified(source: Source, admission: Admission) -> bool:
    """Whether TLS is used, which verifies then; without it only where the destination may be inside."""
    if source.settings.get("tls", "verify") == "verify":
        return True
    if not admission.private:
        raise SourceFault(
            "not_encrypted", "外部数据库必须使用加密连接", "A database outside needs an encrypted connection"
        )
    return False


def _unavailable(error: psycopg.OperationalError) -> SourceFault:
    if isinstance(error, psycopg.errors.QueryCanceled):
        return SourceFault("timed_out", f"查询超过 {SECONDS} 秒", f"The query took over {SECONDS} s")
    return SourceFault(
        "unreachable", "无法连接数据库，或登录被拒绝", "The database cannot be reached, or refuses the account"
    )
