"""Rows of a ClickHouse server that is not ours, by its interface over HTTP: read only, under caps of time and bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from engine.extensions import SourceFault, SourceReach
from engine.model.sources import Source
from engine.runtime.sources.sqlite_rows import check_columns

SECONDS, BYTES = 60, 9_000_000
"""What a page may take; the gate lets 10 MB in."""
_ASKED: Mapping[str, object] = {
    "default_format": "JSONCompactEachRowWithNames",
    "readonly": 2,
    "wait_end_of_query": 1,
    "max_execution_time": SECONDS,
    "max_result_bytes": BYTES,
    "result_overflow_mode": "throw",
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_decimals": 1,
}


def clickhouse_rows(source: Source, sql: str, reach: SourceReach) -> Iterator[Mapping[str, object]]:
    """The rows of a page by column. Raises EgressRefused, EgressFailed, SourceFault."""
    settings = source.settings
    if reach.destination is not None and reach.destination.scheme == "http" and not reach.destination.allow_private:
        raise SourceFault(
            "not_encrypted", "外部数据库必须使用加密连接", "A database outside needs an encrypted connection"
        )
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-ClickHouse-User": str(settings.get("user", "default"))}
    password = settings.get("password")
    if isinstance(password, str):
        headers["X-ClickHouse-Key"] = reach.secret(password)
    query = urlencode({"database": str(settings.get("database", "default")), **_ASKED})
    lines = reach.calls.send("POST", f"/?{query}", headers, sql.encode()).body.splitlines()
    if not lines:
        raise _bad_answer()
    columns = [str(one) for one in _list(lines[0])]
    check_columns(source, columns)
    for line in lines[1:]:
        yield dict(zip(columns, _list(line), strict=True))


def _list(line: bytes) -> list[object]:
    try:
        found = json.loads(line, parse_float=str)
    except (ValueError, RecursionError):
        raise _bad_answer() from None
    if not isinstance(found, list):
        raise _bad_answer()
    return found


def _bad_answer() -> SourceFault:
    return SourceFault("bad_answer", "回应的结构与文档不符", "The answer is not built as documented")
