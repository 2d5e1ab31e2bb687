"""Files of records: attaching and downloading, never shown inside our origin's pages."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.attachments import NewFile, detach, read_attachment
from engine.runtime.attachments import attach as attach_file
from engine.runtime.identifiers import decode_id
from engine.runtime.sovereignty.cargo import DOWNLOAD, cargo_of
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.calls import Call
from engine.web.responses import record_url, see_other
from engine.web.site import Site


def attach(work: Work, call: Call, site: Site) -> Response:
    upload = call.files.get("file")
    if upload is None:
        raise BadRequest(Message("请选择文件", "Choose a file"))
    entity, record = call.parameters["entity"], decode_id(call.parameters["record"])
    attach_file(work, entity, record, NewFile(upload.filename, upload.content))
    return see_other(record_url(entity, record))


def remove(work: Work, call: Call, site: Site) -> Response:
    """Take a file away from its record. Raises NotFound, Forbidden."""
    found = detach(work, decode_id(call.parameters["attachment"]))
    return see_other(record_url(found.entity, found.record))


def download(work: Work, call: Call, site: Site) -> Response:
    """The file as a download: the browser never interprets it as a page."""
    found, content = read_attachment(work, decode_id(call.parameters["attachment"]))
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.filename, safe='')}",
        "cache-control": "private, no-store",
    }
    answer = Taken(content, media_type="application/octet-stream", headers=headers)
    return taken(answer, cargo_of(work.model, DOWNLOAD, found.entity, f"file:{found.entity}", 1))
