"""The views of a list page: kept, changed, named, shared and taken away; and the page that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.entities import Entity
from engine.model.errors import BadRequest, NotFound, ValidationFailed
from engine.model.pages import Page, PageKind
from engine.runtime.identifiers import BadIdentifier, decode_id, encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.list_views import (
    PRIVATE,
    Audience,
    ListView,
    change_view,
    changes,
    choose_default,
    keep_view,
    may_share,
    offered_views,
    remove_view,
    rename_view,
    share_view,
)
from engine.runtime.organisation.units import units_by_id
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.kept_views import kept_view
from engine.web.list_scenes import list_scene
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.contract import Scene
from engine.widgets.kept_views import GROUP, KEPT, is_kept_name
from engine.widgets.listing import EVERYTHING, in_words
from engine.widgets.properties import as_label, maps, path_of

OF_PAGE, OF_UNIT = "page", "unit"


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A kept view as the page of views lists it: who keeps it, who sees it, what it asks for in words."""

    id: str
    label: str
    url: str
    owner: str
    mine: bool
    changes: bool
    audience: str
    seen_by: str
    told: tuple[str, ...]
    is_default: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /app/{page}/views: what the reader may open, and what they may do with it."""
    return _page(work, call, site, {}, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The page with what was wrong and what was typed."""
    message = error.problems[0].message if isinstance(error, ValidationFailed) else error.message
    return _page(work, call, site, call.form_first(), message.text(work.context.language), error.status)


def act(work: Work, call: Call, site: Site) -> Response:
    """POST /app/{page}/views: keep what was shown, or do something with a view. Raises NotFound, Forbidden, ValidationFailed."""
    page, form = _list_page(work, call), call.form_first()
    match form.get("act", ""):
        case "keep":
            view = keep_view(work, page, form.get("label", ""), _kept(call), _audience(work, page, form))
            return _to(page, f"{KEPT}{encode_id(view)}")
        case "default" | "no_default" as which:
            chosen = form.get("chosen", "")[:60] if which == "default" else ""
            choose_default(work, page.name, chosen)
            return _to(page, chosen)
        case act:
            return _with_view(work, call, page, act, _view_of(work, page, form.get("view", "")))


def _with_view(work: Work, call: Call, page: Page, act: str, view: ListView) -> Response:
    form = call.form_first()
    if act == "change":
        change_view(work, view, _kept(call))
        return _to(page, f"{KEPT}{encode_id(view.id)}")
    if act == "rename":
        rename_view(work, view, form.get("label", ""))
    elif act == "share":
        share_view(work, page, view, _audience(work, page, form))
    elif act == "copy":
        copied = keep_view(work, page, _copied_label(work, page, view), view.parameters)
        return _to(page, f"{KEPT}{encode_id(copied)}")
    elif act == "remove":
        remove_view(work, view)
    else:
        raise BadRequest(Message("不认识的操作", "This act is not known"))
    return see_other(f"/app/{page.name}/views")


def _copied_label(work: Work, page: Page, view: ListView) -> str:
    own = {one.label for one in offered_views(work, page.name).views if one.owner == work.context.principal.user_id}
    zh = work.context.language == "zh"
    names = (f"{view.label[:32]} {'副本' if zh else 'copy'}{number or ''}" for number in range(0, 100))
    return next((name for name in names if name not in own), view.label)


def _to(page: Page, view: str) -> Response:
    return see_other(f"/app/{page.name}?v={view}" if view else f"/app/{page.name}")


def _list_page(work: Work, call: Call) -> Page:
    page = work.model.pages.get(call.parameters["page"])
    if page is None or page.kind is not PageKind.LIST or not page.roles & work.context.principal.roles:
        raise NotFound
    return page


def _kept(call: Call) -> Mapping[str, str]:
    """The parameters that the form of a list sends for a view."""
    sent = ((name.removeprefix("p."), text) for name, text in call.form if name.startswith("p."))
    return {name: text for name, text in sent if is_kept_name(name) and text}


def _audience(work: Work, page: Page, form: Mapping[str, str]) -> Audience:
    chosen = form.get("audience", "")
    if not chosen:
        return PRIVATE
    if chosen == OF_PAGE:
        return Audience(page.roles)
    if chosen == OF_UNIT:
        if work.context.main_unit is None:
            raise BadRequest(Message("你没有所在的单元", "You hold no seat in a unit"))
        return Audience(unit=work.context.main_unit)
    return Audience(frozenset({chosen.removeprefix("role.")}))


def _view_of(work: Work, page: Page, public: str) -> ListView:
    try:
        found = offered_views(work, page.name).view(decode_id(public))
    except BadIdentifier:
        found = None
    if found is None:
        raise NotFound
    return found


def _page(work: Work, call: Call, site: Site, given: Mapping[str, str], message: str, status: int) -> Response:
    page = _list_page(work, call)
    entity, language = work.model.entities[str(page.entity)], work.context.language
    scene, offered = list_scene(work, call, page), offered_views(work, page.name)
    values = {
        "title": Message("管理视图", "Views").text(language),
        "page_label": page.label.text(language),
        "back": f"/app/{page.name}",
        "action": call.path,
        "message": message,
        "given": given,
        "kept": [(name, text) for name, text in call.form if name.startswith("p.")],
        "lines": _lines(work, scene, page, entity),
        "audiences": _audiences(work, page) if may_share(work) else (),
        "default": offered.default,
        "declared": _declared(page, scene),
    }
    return page_response(work, call, site, "views.html", values, page, status)


def _declared(page: Page, scene: Scene) -> list[tuple[str, str]]:
    """The views that the definition declares: (id, label)."""
    found = {
        str(one["id"]): scene.words(as_label(one.get("label"))) for item in page.items for one in maps(item, "views")
    }
    everything = {EVERYTHING: "全部" if scene.language == "zh" else "All"}
    return [*(everything | found).items()]


def _audiences(work: Work, page: Page) -> list[tuple[str, str]]:
    """Whom the caller may share with: (value, label)."""
    language = work.context.language
    found = [("", Message("只有我", "Only me").text(language))]
    found.append((OF_PAGE, Message("能打开本页的人", "Everybody with this page").text(language)))
    if work.context.main_unit is not None:
        found.append((OF_UNIT, Message("我所在的单元", "My unit").text(language)))
    roles = sorted(page.roles & work.model.roles.keys())
    return [*found, *((f"role.{name}", work.model.roles[name].label.text(language)) for name in roles)]


def _lines(work: Work, scene: Scene, page: Page, entity: Entity) -> list[ViewLine]:
    offered, language = offered_views(work, page.name), work.context.language
    owners = {one.owner for one in offered.views}
    names = {owner: user.label for owner in owners if (user := user_by_id(work.session, owner)) is not None}
    lines = []
    for one in offered.views:
        kept = kept_view(work, one, scene, entity)
        lines.append(
            ViewLine(
                kept.id,
                one.label,
                f"/app/{page.name}?v={kept.key}",
                names.get(one.owner, "—"),
                kept.mine,
                changes(work.context, one),
                _chosen(work, page, one.audience),
                _seen_by(work, page, one.audience, language),
                tuple(_told(kept.parameters, scene, entity)),
                offered.default == kept.key,
            )
        )
    return lines


def _chosen(work: Work, page: Page, audience: Audience) -> str:
    if audience.unit is not None:
        return OF_UNIT
    if audience.roles == page.roles:
        return OF_PAGE
    return f"role.{min(audience.roles)}" if audience.roles else ""


def _seen_by(work: Work, page: Page, audience: Audience, language: str) -> str:
    if audience.unit is not None:
        found = units_by_id(work.session, (audience.unit,)).get(audience.unit)
        return found.label(language) if found else "—"
    if audience.roles and audience.roles == page.roles:
        return Message("能打开本页的人", "Everybody with this page").text(language)
    roles = [work.model.roles[name].label.text(language) for name in sorted(audience.roles & work.model.roles.keys())]
    return "、".join(roles) or Message("只有本人", "Only its owner").text(language)


def _told(parameters: Mapping[str, str], scene: Scene, entity: Entity) -> list[str]:
    """What a view asks for, in words: only fields that the reader may read are left in its parameters."""
    zh = scene.language == "zh"
    found = []
    for name, text in parameters.items():
        if name.startswith("f."):
            field = scene.readable_field(entity.name, tuple(name.removeprefix("f.").split(".")))
            if field is not None:
                found.append(
                    f"{scene.words(field.label)} {'是' if zh else 'is'} {in_words(field, scene, text) or text}"
                )
        elif name == "q":
            found.append(f"搜索 {text}" if zh else f"search {text}")
        elif name == "sort":
            found += [_sorted(one, scene, entity) for one in text.split(",")]
        elif name == GROUP and (field := scene.readable_field(entity.name, path_of(text))) is not None:
            label = scene.words(field.label)
            found.append(f"按{label}分组" if zh else f"in groups by {label}")
        elif name == "cols":
            found.append(f"{text.count(',') + 1} 列" if zh else f"{text.count(',') + 1} columns")
    return found


def _sorted(name: str, scene: Scene, entity: Entity) -> str:
    field = scene.readable_field(entity.name, tuple(name.removeprefix("-").split(".")))
    label = scene.words(field.label) if field else name.removeprefix("-")
    down = name.startswith("-")
    if scene.language == "zh":
        return f"按{label}{'从大到小' if down else '从小到大'}"
    return f"by {label}, {'falling' if down else 'rising'}"
