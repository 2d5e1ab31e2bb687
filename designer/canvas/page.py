"""The canvas over HTTP: `GET /designer/canvas?file=…` is the drafted page as the product draws it; `GET /designer/api/records`
are the rows that it may be shown with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from designer.canvas.answers import CanvasAnswers
from designer.canvas.marking import MarkingRenderer, paths_of
from designer.canvas.sketch import Sketch, Sketcher
from designer.canvas.view import Looking, looking, record_of, scene_of
from designer.draft.desk import Desk
from designer.file_names import FileName, file_name
from designer.studio import Studio
from engine.diagnostics import Message
from engine.model.errors import NotFound
from engine.model.pages import Form, Item, Page, PageKind
from engine.runtime.identifiers import encode_id
from engine.runtime.query.picker import MOST_PICKED, pick_record
from engine.runtime.work import Work
from engine.web.calls import THEME_COOKIE, Call
from engine.web.conditions import is_visible
from engine.web.form_lines import entered_texts
from engine.web.headlines import headline
from engine.web.pages import chosen_view
from engine.web.responses import SECURITY_HEADERS, json_response
from engine.web.shell import colours_of_figures
from engine.web.site import Site
from engine.widgets.cells import title_of
from engine.widgets.contract import FormFilling, Scene
from engine.widgets.default_items import form_items, record_items
from engine.widgets.render import VisibleWhen, translator

POLICY = "content-security-policy"
WITHOUT_SCRIPT = SECURITY_HEADERS[POLICY].replace("script-src 'self'", "script-src 'none'")
LIVE = "live"
CANVAS_SHEET = "designer/canvas.css"
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Canvas:
    """What is drawn: a page or form of a sketch, through somebody's eyes."""

    sketch: Sketch
    about: Page | Form
    items: tuple[Item, ...]
    """The file's own items."""
    scene: Scene
    answers: CanvasAnswers
    visible: VisibleWhen
    sample_record: bool

    def renderer(self, site: Site) -> MarkingRenderer:
        own = site.renderer
        return MarkingRenderer(
            environment=own.environment,
            modules=own.modules,
            specs=own.specs,
            answers=self.answers,
            paths=paths_of(self.items),
            unfinished=self.sketch.unfinished,
        )


class CanvasPage:
    """The endpoint of the canvas."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._sketcher = Sketcher(studio)

    def show(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/canvas: a page, dashboard or form of the draft, with `edition=live` as it is served. Raises NotFound."""
        sketch, about, look = self._looked_at(work, call)
        return _drawn(self._canvas(sketch, about, look, call), look, call, site)

    def records(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/records: rows by title that the page may be shown with, those that it would show itself; with
        `entity` instead of a file, those that the asker may read. Raises NotFound."""
        entity, text, look = call.first.get("entity"), call.first.get("q", "")[:LONGEST_SEARCH], None
        if entity is None:
            _, about, look = self._looked_at(work, call)
            entity = about.entity
        reader = look.live if look is not None else work
        known = entity if entity in reader.model.entities else None
        found = pick_record(reader, known, text, MOST_PICKED) if known else ()
        return json_response({"data": [{"id": encode_id(one.id), "label": one.label} for one in found]})

    def _looked_at(self, work: Work, call: Call) -> tuple[Sketch, Page | Form, Looking]:
        """What a call asks to be drawn, and through whose eyes. Raises NotFound."""
        name = file_name(call.first.get("file", ""))
        if name is None:
            raise NotFound
        served = call.first.get("edition") == LIVE
        sketch = Sketch(work.model) if served else self._sketcher.sketch(Desk(work, self._studio).texts(), str(name))
        model = sketch.model or work.model
        about = _shown(model, name)
        if about is None:
            raise NotFound
        role = call.first.get("role", "")
        roles = about.roles if isinstance(about, Page) else frozenset()
        return sketch, about, looking(work, model, role, roles)

    def _canvas(self, sketch: Sketch, about: Page | Form, look: Looking, call: Call) -> Canvas:
        model = look.drafted.model
        entity = model.entities.get(about.entity) if about.entity else None
        scene, sample = scene_of(look, call, about, entity), False
        if isinstance(about, Form) or about.kind is PageKind.RECORD:
            record, sample = record_of(look, scene, call.first.get("record", ""))
            shown = record if isinstance(about, Page) or call.first.get("record") else None
            scene = replace(scene, record=shown, filling=_filling(about, scene, shown))
        return Canvas(
            sketch=sketch,
            about=about,
            items=about.items,
            scene=scene,
            answers=CanvasAnswers(look.live, sample),
            visible=is_visible if look.through else _everything,
            sample_record=sample and scene.record is not None,
        )


def _everything(scene: Scene, item: Item) -> bool:
    """A designer sees what a condition would hide."""
    return True


def _shown(model: object, name: FileName) -> Page | Form | None:
    tables = {"pages": "pages", "dashboards": "pages", "forms": "forms"}
    found = getattr(model, tables[name.kind], {}).get(name.name) if name.kind in tables else None
    return found if isinstance(found, Page | Form) else None


def _filling(about: Page | Form, scene: Scene, record: object) -> FormFilling | None:
    if isinstance(about, Page) or scene.entity is None:
        return None
    values = entered_texts(scene.entity, scene.record) if scene.record is not None else {}
    return FormFilling(values=values, is_new=record is None)


def _drawn(canvas: Canvas, look: Looking, call: Call, site: Site) -> Response:
    scene, renderer = canvas.scene, canvas.renderer(site)
    language = look.drafted.context.language
    t = translator(language)
    body = _form(canvas, renderer) if isinstance(canvas.about, Form) else _page(canvas, canvas.about, renderer)
    items = canvas.about.items
    html = site.renderer.environment.get_template("designer/canvas.html").render(
        **body,
        title=_title(canvas, scene),
        headline=_headline(canvas, look),
        notice=_notice(canvas, t),
        sample=canvas.sample_record,
        sheets=("shared/app.css", *_sheets(site, items, isinstance(canvas.about, Form)), CANVAS_SHEET),
        scene=scene,
        language=language,
        t=t,
        theme=call.cookies.get(THEME_COOKIE, "auto"),
        figures=colours_of_figures(call, site, language),
    )
    return HTMLResponse(html, headers={POLICY: WITHOUT_SCRIPT})


def _sheets(site: Site, items: tuple[Item, ...], form: bool) -> tuple[str, ...]:
    sheets = site.renderer.sheets(items)
    return ("field/style.css", *(one for one in sheets if one != "field/style.css")) if form else sheets


def _title(canvas: Canvas, scene: Scene) -> str:
    if scene.record is not None and scene.entity is not None and isinstance(canvas.about, Page):
        return str(title_of(scene.entity, scene.record, scene))
    return canvas.about.label.text(scene.language)


def _headline(canvas: Canvas, look: Looking) -> str:
    if not isinstance(canvas.about, Page):
        return ""
    try:
        return headline(look.live, canvas.about, canvas.scene)
    except LookupError:
        return ""


def _notice(canvas: Canvas, t: object) -> str:
    if canvas.sketch.model is None:
        words = Message("草稿还不能编译，这里是线上的样子", "The draft does not compile yet; this is how it is live")
    elif canvas.sketch.aside:
        names = ", ".join(sorted(canvas.sketch.aside)[:3])
        words = Message(
            f"这些文件有错误，画布按线上的版本显示：{names}",
            f"These files have errors and are shown as they are live: {names}",
        )
    else:
        return ""
    return words.text(canvas.scene.language)


def _page(canvas: Canvas, page: Page, renderer: MarkingRenderer) -> Mapping[str, object]:
    scene, visible = canvas.scene, canvas.visible
    if page.kind is PageKind.RECORD and scene.entity is not None:
        items = record_items(page, scene.entity, scene)
        areas: Mapping[str, Markup] = renderer.by_area(items, scene, canvas.answers, visible)
        return {"shape": "record", "areas": areas, "body": ""}
    items = chosen_view(page, scene) if page.kind is PageKind.LIST else page.items
    return {"shape": "page", "areas": {}, "body": renderer.items(items, scene, canvas.answers, visible)}


def _form(canvas: Canvas, renderer: MarkingRenderer) -> Mapping[str, object]:
    scene, form = canvas.scene, canvas.about
    if not isinstance(form, Form) or scene.entity is None:
        raise NotFound
    items = form_items(form, scene.entity, scene.writable[scene.entity.name])
    body = renderer.items(items, scene, canvas.answers, canvas.visible)
    default = Message(f"保存{scene.words(scene.entity.label)}", f"Save {scene.words(scene.entity.label).lower()}")
    submit = scene.words(form.submit) or default.text(scene.language)
    return {"shape": "form", "areas": {}, "body": body, "submit": submit}
