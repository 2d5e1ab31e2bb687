"""Parameters of a list address: which are the list's own, and everything else is a filter or an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.model.requests import Path, QueryRequest, Sort
from engine.runtime.query.filter_syntax import parse_filter
from engine.runtime.query.listing import MOST_ROWS
from engine.runtime.query.names import Reader
from engine.runtime.query.selection import all_columns
from engine.runtime.work import Work

OWN = ("fields", "sort", "limit", "cursor", "search", "count", "deleted", "as_of")
"""Keys of a list address that are no fields; `fields` and `sort` are separated by commas, `-` sorts downwards."""


def parse_query(work: Work, entity: str, query: Iterable[tuple[str, str]] | Mapping[str, str]) -> QueryRequest:
    """The request that a list address asks for; raises BadRequest and UnknownField. A key given twice is an error."""
    pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
    own = {key: value for key, value in pairs if key in OWN}
    if sum(key in OWN for key, _ in pairs) != len(own):
        raise BadRequest(Message("参数重复", "A parameter is given twice"))
    return QueryRequest(
        entity=entity,
        columns=_columns(work, entity, own.get("fields", "")),
        where=parse_filter(work.model, work.context, entity, [pair for pair in pairs if pair[0] not in OWN]),
        sort=tuple(_sort(part) for part in own.get("sort", "").split(",") if part),
        search=own.get("search", ""),
        limit=page_limit(own.get("limit", "50")),
        cursor=own.get("cursor") or None,
        count=_truth("count", own.get("count", "false")),
        deleted=_truth("deleted", own.get("deleted", "false")),
    )


def _columns(work: Work, entity: str, written: str) -> tuple[Path, ...]:
    if written:
        return tuple(tuple(part.strip().split(".")) for part in written.split(",") if part.strip())
    declared = work.model.entities.get(entity)
    return all_columns(Reader(work.model, work.context), declared) if declared else ()


def _sort(part: str) -> Sort:
    return Sort(tuple(part.removeprefix("-").split(".")), part.startswith("-"))


def page_limit(written: str, most: int = MOST_ROWS) -> int:
    """How many a page has at most. Raises BadRequest."""
    if not (written.isascii() and written.isdigit() and len(written) <= 4 and 1 <= int(written) <= most):
        words = Message(f"limit 是 1 到 {most} 的整数", f"limit is a whole number from 1 to {most}")
        raise BadRequest(words, field="limit")
    return int(written)


def _truth(key: str, written: str) -> bool:
    if written not in ("true", "false"):
        raise BadRequest(Message(f"{key} 只能是 true 或 false", f"{key} is either true or false"))
    return written == "true"
