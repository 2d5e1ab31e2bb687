"""The shell around every page: apps, navigation, tabs, the reader, banners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from engine.diagnostics import Diagnostic, Message
from engine.model.app import AppModel, Pack
from engine.model.context import Context
from engine.model.pages import Page, PageKind
from engine.runtime.demo.marking import is_marked
from engine.runtime.identity.users import has_demo_users
from engine.runtime.knowledge.seeing import visible_graphs
from engine.runtime.sovereignty.guarding import holds_lead
from engine.runtime.sovereignty.subjects.clock import DESK
from engine.runtime.sovereignty.subjects.deciding import may_answer
from engine.runtime.themes.naming import nameable
from engine.runtime.work import Work
from engine.web.administration.areas import BREAKERS, GROUPS, START, is_current, under_administration
from engine.web.calls import FIGURES_COOKIE, THEME_COOKIE, Call
from engine.web.site import Site
from engine.web.standing_marks import standing_mark
from engine.web.told_warnings import warnings_told
from engine.web.watches import OF_SHELL, shown_by
from engine.widgets.render import translator


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to; `current` marks where the reader is."""

    url: str
    label: str
    icon: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Links under one heading of the navigation."""

    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A post that the reader may work as; without a key all of them."""

    key: str
    label: str
    unit: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything around a page's own content; `area` is true on a page of administration besides its start, `names` for
    who may name themes; `live` is what of it follows what comes to the reader, `standing` a mark of where they stand.
    """

    apps: tuple[Link, ...]
    groups: tuple[LinkGroup, ...]
    tabs: tuple[Link, ...]
    user: str
    roles: tuple[str, ...]
    posts: tuple[Choice, ...]
    administrator: bool
    administration: bool
    area: bool
    demo: bool
    viewing_as: str | None
    viewable_roles: tuple[tuple[str, str], ...]
    diagnostics: tuple[Diagnostic, ...]
    names: bool = False
    live: str = ""
    standing: str = ""


def shell_for(work: Work, call: Call, site: Site, page: Page | None = None) -> Shell:
    """The shell for the reader; navigation offers only pages that the reader's roles may open."""
    model, principal = work.model, work.context.principal
    language, roles = work.context.language, principal.roles
    pack = _current_pack(model, roles, page)
    administration = principal.administrator and under_administration(call.path)
    return Shell(
        apps=tuple(
            Link(f"/app/{home}", one.label.text(language), one.icon, _is_shown(one, pack, administration))
            for one in model.packs.values()
            if one.is_app and (home := _first_page(model, one, roles)) is not None
        ),
        groups=_administration(language, call.path)
        if administration
        else (
            *_groups(model, pack, roles, language, call.path),
            *_knowledge(work, call.path),
            *_security(work, call.path),
            *_subjects(work, call.path),
        ),
        tabs=_tabs(model, roles, language, call.path),
        user=principal.name,
        roles=tuple(model.roles[name].label.text(language) for name in sorted(roles) if name in model.roles),
        posts=_posts(work.context),
        administrator=principal.administrator,
        administration=administration,
        area=administration and call.path != START,
        demo=site.settings.demo
        or is_marked(work.session)
        or (principal.administrator and has_demo_users(work.session)),
        viewing_as=model.roles[work.context.viewing_as].label.text(language) if work.context.viewing_as else None,
        viewable_roles=tuple((name, role.label.text(language)) for name, role in sorted(model.roles.items()))
        if principal.administrator or work.context.viewing_as
        else (),
        names=any(nameable(model, work.context)),
        live=shown_by(*OF_SHELL),
        standing=standing_mark(work.key, work.context) if work.context.as_of is None else "",
        diagnostics=tuple(site.compiling().diagnostics) if site.settings.development else (),
    )


def _security(work: Work, path: str) -> tuple[LinkGroup, ...]:
    """The board of whoever answers for where data goes; administrators find it under administration."""
    if not holds_lead(work.model, work.context.principal):
        return ()
    label = Message("外发断路器", "Egress breakers").text(work.context.language)
    words = Message("数据安全", "Data security").text(work.context.language)
    return (LinkGroup(words, (Link(BREAKERS, label, "shield", path == BREAKERS),)),)


def _subjects(work: Work, path: str) -> tuple[LinkGroup, ...]:
    """The desk of whoever answers requests of data subjects."""
    if not may_answer(work.model, work.context.principal.roles):
        return ()
    label = Message("主体请求台", "Subject desk").text(work.context.language)
    return (LinkGroup("", (Link(DESK, label, "user", path == DESK),)),)


def _posts(context: Context) -> tuple[Choice, ...]:
    """What somebody with several posts may work as."""
    if not context.posts or context.viewing_as:
        return ()
    language = context.language
    everything = Choice("", Message("全部岗位", "All posts").text(language), "", not context.post)
    each = (
        Choice(one.key, one.label.text(language), one.unit.text(language) if one.unit else "", one.key == context.post)
        for one in context.posts
    )
    return (everything, *each)


FIGURES = {"cn": "red_rises", "us": "green_rises"}
"""Which colour says that a figure rises: as pages mark it, and as the setting calls it."""


def colours_of_figures(call: Call, site: Site, language: str) -> str:
    """The reader's own choice, else the installation's, else what is usual where the language is spoken."""
    chosen = call.cookies.get(FIGURES_COOKIE, "")
    if chosen in FIGURES:
        return chosen
    set_so = next((mark for mark, name in FIGURES.items() if name == site.settings.figures), "")
    return set_so or ("cn" if language == "zh" else "us")


def page_response(
    work: Work,
    call: Call,
    site: Site,
    template: str,
    values: Mapping[str, object],
    page: Page | None = None,
    status: int = 200,
) -> Response:
    """A whole HTML page: the template within the shell."""
    language = work.context.language
    html = site.renderer.environment.get_template(template).render(
        **values,
        shell=shell_for(work, call, site, page),
        language=language,
        locale=work.context.locale,
        theme=call.cookies.get(THEME_COOKIE, "auto"),
        figures=colours_of_figures(call, site, language),
        t=translator(language),
        path=call.path,
        warned=warnings_told(work, call),
        nav=call.cookies.get("dougong_nav", ""),
    )
    return HTMLResponse(html, status_code=status)


def bare_response(
    work: Work, call: Call, site: Site, template: str, values: Mapping[str, object], status: int = 200
) -> Response:
    """A page without the shell: for somebody who is not signed in."""
    language = work.context.language
    html = site.renderer.environment.get_template(template).render(
        **values,
        language=language,
        theme=call.cookies.get(THEME_COOKIE, "auto"),
        t=translator(language),
        path=call.path,
    )
    return HTMLResponse(html, status_code=status)


def home_page(model: AppModel, roles: frozenset[str]) -> str | None:
    """The page the reader lands on: a home of their roles within an app, else an app's first page, else any home or page."""
    homes = [role.home for name, role in model.roles.items() if name in roles and role.home]
    opened = [home for home in homes if (page := model.pages.get(home)) and page.roles & roles]
    apps = [pack for pack in model.packs.values() if pack.is_app]
    firsts = [name for pack in apps if (name := _first_page(model, pack, roles))]
    for home in (*(one for one in opened if model.packs[model.pages[one].pack].is_app), *firsts, *opened):
        return home
    return next(
        (name for name, page in model.pages.items() if page.roles & roles and page.kind is not PageKind.RECORD), None
    )


def _current_pack(model: AppModel, roles: frozenset[str], page: Page | None) -> Pack | None:
    name = page.pack if page else None
    if name is None or name not in model.packs or not model.packs[name].is_app:
        home = home_page(model, roles)
        name = model.pages[home].pack if home else name
    return model.packs.get(name) if name else None


def _is_shown(one: Pack, current: Pack | None, administration: bool) -> bool:
    return not administration and current is not None and one.name == current.name


def _administration(language: str, path: str) -> tuple[LinkGroup, ...]:
    """The navigation of administration."""
    start = Link(START, Message("概览", "Overview").text(language), "grid", path == START)
    groups = (
        LinkGroup(
            group.label.text(language),
            tuple(Link(one.url, one.label.text(language), one.icon, is_current(one, path)) for one in group.areas),
        )
        for group in GROUPS
    )
    return (LinkGroup("", (start,)), *groups)


def _knowledge(work: Work, path: str) -> tuple[LinkGroup, ...]:
    """The way to the knowledge graphs, where the reader sees any."""
    if not visible_graphs(work):
        return ()
    label = Message("知识图谱", "Knowledge graphs").text(work.context.language)
    return (LinkGroup("", (Link("/knowledge", label, "compass", path == "/knowledge"),)),)


def _first_page(model: AppModel, pack: Pack, roles: frozenset[str]) -> str | None:
    homes = [role.home for name, role in model.roles.items() if name in roles and role.home]
    listed = [*homes, *(page for group in pack.navigation for page in group.pages)]
    return next(
        (name for name in listed if (page := model.pages.get(name)) and page.pack == pack.name and page.roles & roles),
        None,
    )


def _groups(
    model: AppModel, pack: Pack | None, roles: frozenset[str], language: str, path: str
) -> tuple[LinkGroup, ...]:
    if pack is None:
        return ()
    chosen = {page for name in roles if name in model.roles for page in model.roles[name].navigation}
    groups = []
    for group in pack.navigation:
        links = tuple(
            _link(model.pages[name], language, path)
            for name in group.pages
            if name in model.pages and model.pages[name].roles & roles and (not chosen or name in chosen)
        )
        if links:
            groups.append(LinkGroup(group.label.text(language), links))
    return tuple(groups)


def _tabs(model: AppModel, roles: frozenset[str], language: str, path: str) -> tuple[Link, ...]:
    names = [page for name, role in model.roles.items() if name in roles for page in role.tabs]
    seen = [name for name in dict.fromkeys(names) if name in model.pages and model.pages[name].roles & roles]
    return tuple(_link(model.pages[name], language, path) for name in seen[:5])


def _link(page: Page, language: str, path: str) -> Link:
    url = f"/app/{page.name}"
    return Link(url, page.label.text(language), page.icon, path == url)
