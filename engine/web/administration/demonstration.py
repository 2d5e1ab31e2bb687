"""The demonstration: made with one click where none stands, taken away again, with progress and time left."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.runtime.demo.marking import made_at
from engine.runtime.demo.ordering import (
    MAKE,
    Order,
    failed_job,
    job_at_hand,
    order,
    order_away,
    packs_with_rows,
    stands,
    why_not,
)
from engine.runtime.events import Aspect
from engine.runtime.identity.users import user_by_id
from engine.runtime.jobs import Job
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.watches import of_reader, shown_by
from engine.widgets.formats import format_duration, format_instant

PATH = "/admin/demonstration"
DEPENDENT = "dependent_rows"
SIZES = (
    ("full", Message("完整：三家店 13 个月，约 14 万笔销售", "Full: three stores, 13 months, about 140,000 sales")),
    ("small", Message("小：同样的故事，约十分之一", "Small: the same stories, about a tenth")),
)
FAILED = Message("没有做成，什么都没有改变：%s", "It could not be done and nothing was changed: %s")
TRIED_AGAIN = Message("还没有做成，会自动再试", "It did not work yet and is tried again")


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/demonstration"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Order it made (act=make, pack, size) or taken away (act=clear, dependents). Raises NoDemonstration, BadRequest."""
    form, demo_mode = call.form_first(), site.settings.demo
    match form.get("act"):
        case "make":
            if form.get("size") not in dict(SIZES):
                raise BadRequest(Message("请选择规模", "Choose a size"), field="size")
            wanted = Order(form.get("pack", ""), form["size"] == "full", work.context.principal.user_id)
            order(work, wanted, demo_mode)
        case "clear":
            order_away(work, form.get("dependents") == "1", keep_people=demo_mode)
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(PATH)


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language = work.context.language
    job, failed, made = job_at_hand(work), failed_job(work), made_at(work.session)
    refused = why_not(work, site.settings.demo) if job is None else None
    own = user_by_id(work.session, work.context.principal.user_id)
    values = {
        "title": Message("演示数据", "Demonstration").text(language),
        "message": message,
        "working": job is not None,
        "making": job is not None and job.kind == MAKE,
        "trying": TRIED_AGAIN.text(language) if job is not None and job.problem else "",
        **_reached(work, site, job),
        "failed": FAILED.text(language) % _problem(failed, language) if failed is not None else "",
        "dependent": failed is not None and failed.problem == DEPENDENT,
        "stands": stands(work),
        "made": format_instant(made, language, work.context.now, work.context.zone) if made else "",
        "refused": refused.text(language) if refused else "",
        "packs": [(one.name, one.label.text(language)) for one in packs_with_rows(work.model)],
        "sizes": [(name, words.text(language)) for name, words in SIZES],
        "accounts": site.settings.demo,
        "own": own is not None and own.demo,
        "live": shown_by(*of_reader(Aspect.IMPORTED)),
    }
    return page_response(work, call, site, "administration/demonstration.html", values, status=status)


def _reached(work: Work, site: Site, job: Job | None) -> dict[str, object]:
    """How far the making is: a share in per cent and the time left; nothing where another process makes it."""
    reached = site.making.told(site.clock.monotonic()) if job is not None else None
    if reached is None:
        return {"share": None, "left": ""}
    left = format_duration(timedelta(seconds=round(reached.left)), work.context.language) if reached.left else ""
    return {"share": round(100 * reached.share), "left": left}


def _problem(job: Job, language: str) -> str:
    if job.problem == DEPENDENT:
        return Message(
            "有真实账号建立的记录引用了演示数据", "rows that real accounts made point at rows of the demonstration"
        ).text(language)
    return job.problem or ""
