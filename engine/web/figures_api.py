"""Figures over the interface: a metric split by dimensions within a period."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.entities import Field
from engine.model.errors import BadRequest, NotFound
from engine.model.metrics import bases_of
from engine.model.requests import AggregateRequest
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.metrics.sources import base_metrics, dimension_of, reader_of
from engine.runtime.query.names import Reader, resolve
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.fresh_headers import fresh_headers
from engine.web.past import looking_back
from engine.web.responses import json_response
from engine.web.site import Site

KEYS = frozenset({"by", "bucket", "since", "until", "limit", "as_of"})
BUCKETS = frozenset({"day", "week", "month", "quarter", "year"})


def figures(work: Work, call: Call, site: Site) -> Response:
    """GET /api/metrics/{metric}?by=…&bucket=…&since=…&until=…&as_of=…"""
    name, work = call.parameters["metric"], looking_back(work, call, site)
    if name not in work.model.metrics:
        raise NotFound
    asked = call.first
    bucket = asked.get("bucket")
    if bucket is not None and bucket not in BUCKETS:
        raise BadRequest(
            Message("bucket 应为 day、week、month、quarter、year 之一", "bucket is day, week, month, quarter or year")
        )
    request = AggregateRequest(
        metrics=(name,),
        dimensions=tuple(part for part in asked.get("by", "").split(",") if part),
        bucket=bucket,
        since=_day(asked.get("since")),
        until=_day(asked.get("until")),
        limit=_limit(asked.get("limit")),
    )
    rows = aggregate(work, request)
    fields = _fields(work, request)
    return json_response(
        {
            "data": [
                {
                    "keys": [_key(one, field) for one, field in zip(row.keys, fields, strict=True)],
                    "titles": row.titles,
                    "value": row.values.get(name),
                }
                for row in rows
            ]
        },
        headers=fresh_headers(
            work, (base.entity for base in bases_of(work.model.metrics, name) if base.entity is not None)
        ),
    )


def _fields(work: Work, request: AggregateRequest) -> list[Field | None]:
    """The field behind each key of a group; None for the bucket, whose key is a day."""
    base = base_metrics(work.model, request.metrics)[0]
    reader = reader_of(Reader(work.model, work.context), base)
    paths = [dimension_of(reader, base, one).path for one in request.dimensions]
    fields = [resolve(reader, base.entity or "", path).field for path in paths]
    return [None, *fields] if request.bucket else [*fields]


def _key(value: object, field: Field | None) -> object:
    return value if field is None else json_of(value, field)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(Message("日期应写成 2026-03-02", "Dates are written 2026-03-02")) from error


def _limit(text: str | None) -> int:
    if text is None:
        return 1000
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise BadRequest(Message("limit 应在 1 到 1000 之间", "limit is 1 to 1000"))
    return int(text)
