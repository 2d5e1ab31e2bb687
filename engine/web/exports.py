"""Exporting a list as the reader sees it."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from engine.model.entities import FieldKind
from engine.model.requests import QueryRequest
from engine.runtime.access.rights import readable_fields
from engine.runtime.transfer.exporting import export_rows
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.records_api import api_entity
from engine.web.site import Site

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def export(work: Work, call: Call, site: Site) -> Response:
    """GET /export/{entity}?kind=xlsx|csv: every field that the reader may read."""
    entity = api_entity(work, call)
    readable = readable_fields(work.model, work.context, entity.name)
    columns = tuple(
        (name,) for name, field in entity.fields.items() if name in readable and field.kind is not FieldKind.ATTACHMENT
    )
    kind = "csv" if call.first.get("kind") == "csv" else "xlsx"
    content = export_rows(work, QueryRequest(entity.name, columns), kind)
    name = quote(f"{entity.label.text(work.context.language)}-{work.context.today:%Y%m%d}.{kind}", safe="")
    return Response(
        content, media_type=TYPES[kind], headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    )
