"""Pages of papers: a document about a record shown, made into a PDF, kept with the record, sent to a colleague."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.context import Context
from engine.model.documents import DocumentPeriod, DocumentTemplate
from engine.model.entities import Entity
from engine.model.errors import BadRequest
from engine.runtime.attachments import NewFile, attach
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.users import all_users
from engine.runtime.pdf import make_pdf
from engine.runtime.query.rights import check_permitted, permitted
from engine.runtime.sovereignty.cargo import PRINT, cargo_of
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.calls import Call, whole_number
from engine.web.dispatch import Afterwards
from engine.web.pages import record_of_call
from engine.web.papers.composing import NotReady, PaperWish, compose, template_named
from engine.web.papers.paper import Paper
from engine.web.papers.sending import send_paper
from engine.web.papers.spans import span_of, written
from engine.web.responses import record_url, see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.cells import title_of
from engine.widgets.contract import Scene

STYLE = "shared/paper.css"
TEMPLATE = "papers/page.html"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which document of which record a call asks for, and in which context it is written."""

    work: Work
    scene: Scene
    entity: Entity
    template: DocumentTemplate
    record: int
    title: str
    on: str

    @property
    def url(self) -> str:
        return f"{record_url(self.entity.name, self.record)}/documents/{self.template.name}"

    @property
    def query(self) -> str:
        words = {"on": self.on, "language": self.scene.language if self.template.language == "reader" else ""}
        return urlencode({name: text for name, text in words.items() if text})

    def paper(self) -> Paper:
        return compose(self.work, self.scene, self.template, PaperWish(self.record, self.on))


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /r/{entity}/{record}/documents/{document}?on=…&language=…: the paper, as it is printed."""
    return _page(work, call, site, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def pdf(work: Work, call: Call, site: Site) -> Afterwards:
    """GET …/pdf: the paper as a file, made after this unit of work. Raises NotReady; NoPdf where none can be made here."""
    asked = _asked(work, call)
    paper, place = asked.paper(), f"document:{asked.template.name}"
    cargo = cargo_of(work.model, PRINT, asked.entity.name, place, 1)

    def respond() -> Response:
        content = make_pdf(site.press, print_of(site, paper))
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(paper.file_name, safe='')}",
            "cache-control": "private, no-store",
        }
        return taken(Taken(content, media_type="application/pdf", headers=headers), cargo)

    return Afterwards(respond)


def act(work: Work, call: Call, site: Site) -> Response | Afterwards:
    """POST …: keep the PDF with the record, or send the paper to a colleague. Raises Forbidden, NotReady, BadRequest."""
    asked, wish = _asked(work, call), call.form_first().get("act", "")
    if wish == "attach":
        return _attach(asked, site)
    if wish == "send":
        person = whole_number(call.form_first().get("person", ""))
        sent = send_paper(asked.work, asked.template, asked.record, person or 0, f"{asked.url}?{asked.query}")
        if not sent:
            raise BadRequest(Message("请选择能看这条记录的人", "Choose somebody who may read this record"))
        return see_other(f"{asked.url}?{asked.query}&sent=1")
    raise BadRequest(Message("没有说明要做什么", "It is not said what to do"))


def print_of(site: Site, paper: Paper) -> str:
    """The paper as the renderer of PDFs gets it."""
    style = Markup(site.assets.files[site.assets.url(STYLE)].content.decode())
    return site.renderer.environment.get_template("papers/print.html").render(paper=paper, style=style)


def _attach(asked: Asked, site: Site) -> Afterwards:
    work = asked.work
    check_permitted(work, asked.entity.name, asked.record, Action.UPDATE)
    paper, context = asked.paper(), work.context

    def respond() -> Response:
        file = NewFile(paper.file_name, make_pdf(site.press, print_of(site, paper)))
        site.workplace.write(context, lambda after: attach(after, asked.entity.name, asked.record, file))
        return see_other(f"{asked.url}?{asked.query}&attached=1")

    return Afterwards(respond)


def _asked(work: Work, call: Call) -> Asked:
    entity, record = record_of_call(work, call)
    template = template_named(work, entity, call.parameters["document"])
    given = {**call.first, **call.form_first()}
    mine = work.under(_written_in(work.context, template, given.get("language", "")))
    scene = scene_for(mine, call, entity=entity)
    span = span_of(template.period, given.get("on", ""), scene.today)
    title = title_of(entity, record, scene)
    return Asked(mine, scene, entity, template, record.id, title, written(template.period, span))


def _written_in(context: Context, template: DocumentTemplate, chosen: str) -> Context:
    """The context in the language of the paper: the document's own, else the chosen one, else the reader's."""
    language = template.language if template.language != "reader" else chosen
    locale = {"zh": "zh-CN", "en": "en"}.get(language)
    return replace(context, locale=locale) if locale else context


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    asked, language = _asked(work, call), work.context.language
    paper = None
    try:
        paper = asked.paper()
    except NotReady as error:
        message = message or error.message.text(language)
    record = decode_id(call.parameters["record"])
    values = {
        "title": asked.template.label.text(language),
        "record_title": asked.title,
        "record_url": record_url(asked.entity.name, record),
        "entity": asked.entity,
        "paper": paper,
        "url": asked.url,
        "query": asked.query,
        "on": asked.on,
        "picks": {DocumentPeriod.DAY: "date", DocumentPeriod.WEEK: "date", DocumentPeriod.MONTH: "month"}.get(
            asked.template.period, ""
        ),
        "may_choose_language": asked.template.language == "reader",
        "written_in": asked.scene.language,
        "may_attach": permitted(work, asked.entity.name, record, Action.UPDATE),
        "people": _people(work),
        "message": message,
        "attached": call.method == "GET" and call.first.get("attached") == "1",
        "sent": call.method == "GET" and call.first.get("sent") == "1",
        "sheets": (STYLE,),
        "back": record_url(asked.entity.name, record),
    }
    return page_response(work, call, site, TEMPLATE, values, status=status)


def _people(work: Work) -> list[tuple[int, str]]:
    """Who may be sent to, the reader first."""
    me = work.context.principal.user_id
    everybody = [one for one in all_users(work.session) if not one.disabled]
    ordered = sorted(everybody, key=lambda one: (one.id != me, one.called(work.context.language)))
    return [(one.id, one.called(work.context.language)) for one in ordered]
