"""Rows of a MySQL or MariaDB server that is not ours: a way that the egress gate admitted, a transaction that only reads.

The driver is the extra `mysql`; it is loaded when the first such source runs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from engine.extensions import Admission, EgressRequest, SourceFault, SourceReach
from engine.model.context import Context
from engine.model.sources import Source
from engine.runtime.sources.sqlite_rows import check_columns, query_failed
from engine.runtime.sovereignty.pinned import connected, tls_context

SECONDS = 60
DRIVER = "pymysql"
_LIMITS = (f"SET SESSION MAX_EXECUTION_TIME = {SECONDS * 1000}", f"SET SESSION max_statement_time = {SECONDS}")
"""What MySQL and MariaDB each call the longest time of a statement; the other one does not know the name."""
_TOO_LONG = frozenset({1317, 1969, 3024})
_UNKNOWN_NAME = 1193


def mysql_rows(source: Source, sql: str, context: Context, reach: SourceReach) -> Iterator[Mapping[str, object]]:
    """The rows by column. Raises EgressRefused, EgressFailed, SourceFault."""
    if reach.destination is None:
        raise SourceFault("no_destination", "没有声明远端去向", "No destination is declared")
    driver = _driver()
    admission = reach.egress.admit(context, EgressRequest(reach.destination.name, "CONNECT", "/", context.purpose))
    connection = _connected(driver, source, admission, reach)
    try:
        with connection.cursor() as cursor:
            _restrict(driver, cursor)
            cursor.execute(sql)
            columns = [one[0] for one in cursor.description or ()]
            check_columns(source, columns)
            while (row := cursor.fetchone()) is not None:
                yield dict(zip(columns, row, strict=True))
    except driver.MySQLError as error:
        raise _failure(error) from None
    finally:
        connection._force_close()  # what was not fetched is left there; closing in order would read all of it


def _driver() -> ModuleType:
    try:
        importlib.import_module(f"{DRIVER}.cursors")
        return importlib.import_module(DRIVER)
    except ModuleNotFoundError:
        raise SourceFault(
            "no_driver",
            "没有安装 MySQL 驱动：请管理员运行 pip install 'dougong[mysql]'",
            "The extra for MySQL is not installed: an administrator runs pip install 'dougong[mysql]'",
        ) from None


def _connected(driver: ModuleType, source: Source, admission: Admission, reach: SourceReach) -> Any:
    settings = source.settings
    password = settings.get("password")
    secured = settings.get("tls", "verify") == "verify"
    if not secured and not admission.private:
        raise SourceFault(
            "not_encrypted", "外部数据库必须使用加密连接", "A database outside needs an encrypted connection"
        )
    try:
        made = driver.connect(
            host=admission.host,
            port=admission.port,
            user=str(settings.get("user", "")),
            password=reach.secret(password) if isinstance(password, str) else "",
            database=str(settings.get("database", "")),
            charset="utf8mb4",
            connect_timeout=10,
            read_timeout=SECONDS + 10,
            write_timeout=10,
            cursorclass=driver.cursors.SSCursor,
            ssl=tls_context(admission.authorities) if secured else None,
            ssl_disabled=not secured,
            local_infile=False,
            defer_connect=True,
        )
        made.connect(connected(admission.address, admission.port, 10))
    except (driver.MySQLError, OSError):
        raise SourceFault(
            "unreachable", "无法连接数据库，或登录被拒绝", "The database cannot be reached, or refuses the account"
        ) from None
    return made


def _restrict(driver: ModuleType, cursor: Any) -> None:
    """A transaction that only reads, and a time that a statement may take."""
    for limit in _LIMITS:
        try:
            cursor.execute(limit)
        except driver.MySQLError as error:
            if error.args[0] != _UNKNOWN_NAME:
                raise
    cursor.execute("START TRANSACTION READ ONLY")


def _failure(error: Exception) -> SourceFault:
    code, words = (*error.args, "", "")[:2]
    if code in _TOO_LONG:
        return SourceFault("timed_out", f"查询超过 {SECONDS} 秒", f"The query took over {SECONDS} s")
    return query_failed(str(words) or type(error).__name__)
