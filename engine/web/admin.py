"""Administration: the installation and its jobs."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.jobs import retry, waiting
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant


def installation(work: Work, call: Call, site: Site) -> Response:
    """What is installed and how it does."""
    language = work.context.language
    values = {
        "title": Message("运行状况", "Installation").text(language),
        "packs": [(pack.label.text(language), pack.version) for pack in work.model.packs.values()],
        "facts": [
            (Message("数据库", "Database").text(language), work.session.dialect),
            (Message("模型版本", "Model").text(language), work.model.fingerprint[:12]),
            (Message("实体数", "Entities").text(language), str(len(work.model.entities))),
            (
                Message("语句缓存命中", "Statement cache hits").text(language),
                f"{work.statements.hits} / {work.statements.misses}",
            ),
        ],
        "jobs": [
            (
                encode_id(one.id),
                one.kind,
                one.about,
                format_instant(one.created_at, language, work.context.now, work.context.zone),
                one.progress > 0,
                one.problem or "",
                one.dead,
            )
            for one in waiting(work.session)
        ],
    }
    return page_response(work, call, site, "installation.html", values)


def retry_job(work: Work, call: Call, site: Site) -> Response:
    """Take a dead letter up again."""
    if not retry(work.session, decode_id(required_text(call.form_first(), "job")), work.context.now):
        raise NotFound
    return see_other("/admin/health")
