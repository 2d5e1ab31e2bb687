"""Letters: a report or a paper as its receiver may read it when it leaves: plain text with bars, HTML, a page for a PDF."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from markupsafe import Markup

from engine.diagnostics import DougongError
from engine.model.pages import PageKind
from engine.runtime.identifiers import BadIdentifier, decode_id
from engine.runtime.identity.users import User
from engine.runtime.notifying.composing import Letter
from engine.runtime.notifying.deliveries import Delivery
from engine.runtime.notifying.readers import context_of_reader
from engine.runtime.work import Work
from engine.web.assets import Assets
from engine.web.calls import Call
from engine.web.papers.composing import PaperWish, compose, template_named
from engine.web.papers.paper import Paper, PaperPart
from engine.web.reports.composing import compose_report
from engine.web.reports.levels import level_of_document, level_of_page
from engine.web.scenes import scene_for
from engine.widgets.charts.printed import in_light, printed
from engine.widgets.render import Renderer

STYLE, CHART_STYLE, TOKENS = "shared/paper.css", "shared/printed_chart.css", "shared/tokens.css"
BAR = 20
"""Characters of the longest bar."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes the letters of deliveries; satisfies engine.runtime.notifying.composing.Letters."""

    assets: Assets
    renderer: Renderer

    def __call__(self, work: Work, person: User, delivery: Delivery, origin: str) -> Letter | None:
        """The letter; None for what its receiver may not open any more, or what is neither report nor paper."""
        found = self._paper(work.under(context_of_reader(work, person)).for_page(), delivery.link)
        if found is None:
            return None
        paper, level, leave = found
        url = f"{origin}{delivery.link}" if origin else ""
        leaving = f"{origin}/account/reports" if origin and leave else ""
        templates = self.renderer.environment
        style = Markup(self._sheet(STYLE))
        return Letter(
            text=as_text(paper, url, leaving),
            html=templates.get_template("papers/letter.html").render(paper=paper, url=url, leave=leaving),
            level=level,
            print=templates.get_template("papers/print.html").render(paper=self._on_paper(paper), style=style),
            file_name=paper.file_name,
            leave=leaving,
        )

    def _sheet(self, name: str) -> str:
        return self.assets.files[self.assets.url(name)].content.decode()

    def _on_paper(self, paper: Paper) -> Paper:
        """The paper with its charts as the renderer of PDFs takes them."""
        style = in_light(self._sheet(CHART_STYLE), self._sheet(TOKENS))
        parts = (
            one if one.picture is None else replace(one, picture=printed(one.picture, style)) for one in paper.parts
        )
        return replace(paper, parts=tuple(parts))

    def _paper(self, work: Work, link: str) -> tuple[Paper, str, bool] | None:
        """The paper that a link leads to, its level, and whether it comes by itself."""
        address = urlsplit(link)
        call = _call(address.path, address.query)
        steps = address.path.strip("/").split("/")
        try:
            if len(steps) == 2 and steps[0] == "app":
                return self._report(work, call, steps[1])
            if len(steps) == 5 and (steps[0], steps[3]) == ("r", "documents"):
                return _document(work, call, steps[1], steps[2], steps[4])
        except (DougongError, BadIdentifier):
            return None
        return None

    def _report(self, work: Work, call: Call, name: str) -> tuple[Paper, str, bool] | None:
        page = work.model.pages.get(name)
        if page is None or page.kind is not PageKind.DASHBOARD or not page.roles & work.context.principal.roles:
            return None
        paper = compose_report(work, scene_for(work, call, page=page), page, self.renderer)
        return paper, level_of_page(work.model, page), True


def _document(work: Work, call: Call, entity: str, record: str, name: str) -> tuple[Paper, str, bool] | None:
    declared = work.model.entities.get(entity)
    if declared is None:
        return None
    template = template_named(work, declared, name)
    language = template.language if template.language != "reader" else call.first.get("language", "")
    locale = {"zh": "zh-CN", "en": "en"}.get(language)
    mine = work.under(replace(work.context, locale=locale)) if locale else work
    wish = PaperWish(decode_id(record), call.first.get("on", ""))
    paper = compose(mine, scene_for(mine, call, entity=declared), template, wish)
    return paper, level_of_document(work.model, template), False


def _call(path: str, query: str) -> Call:
    """The call that a reader would make who opens the link."""
    return Call("GET", path, {}, tuple(parse_qsl(query)), {}, {}, "", "")


def as_text(paper: Paper, url: str, leave: str) -> str:
    """A paper as plain text: its rows in lines, bars of characters."""
    zh = paper.language == "zh"
    marked = [f"【{paper.mark}】" if zh else f"[{paper.mark}]"] if paper.mark else []
    lines = [*marked, " ".join(one for one in (paper.title, paper.number, paper.period) if one), ""]
    for part in paper.parts:
        head = [f"【{part.label}】" if zh else f"[{part.label}]"] if part.label else []
        lines += [*head, *_part_lines(part), ""]
    lines += [url] if url else []
    lines += [f"{'退订：' if zh else 'Unsubscribe: '}{leave}"] if leave else []
    return "\n".join(lines).rstrip() + "\n"


def _part_lines(part: PaperPart) -> list[str]:
    pairs = [f"{one.label}  {one.text}" for one in part.pairs]
    rows = ["  ".join((*row.cells, *((bar(row.share),) if row.share else ()))) for row in part.rows]
    columns = ["  ".join(one.label for one in part.columns if one.label)] if part.columns else []
    sums = ["  ".join(one for one in part.sums if one)] if part.sums else []
    return [*columns, *pairs, *rows, *sums, *part.words, *([part.more] if part.more else [])]


def bar(share: int) -> str:
    return "█" * max(1, round(share / 100 * BAR))
