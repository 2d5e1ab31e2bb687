"""List views: what people have kept of a list page under a name, whom they share it with, and which one they begin with.

A view holds the parameters of an address and no rows; who opens it reads through their own rights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import parse_one

from engine.diagnostics import Message
from engine.model.context import Context
from engine.model.errors import FieldProblem, Forbidden, NotFound, ValidationFailed
from engine.model.names import empty_map
from engine.model.pages import Page
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import StatementCache, compile_statement
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, insert_first, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work

LIST_VIEW, LIST_DEFAULT = "dougong_list_view", "dougong_list_default"


def _number(name: str, nullable: bool = False) -> Column:
    return Column(name, PhysicalKind.INTEGER, nullable)


def _text(name: str) -> Column:
    return Column(name, PhysicalKind.TEXT, nullable=False)


LIST_VIEW_TABLES = (
    Table(
        LIST_VIEW,
        (
            _number("id"),
            _text("page"),
            _number("user_id"),
            _text("label"),
            _text("parameters"),
            _number("shared"),
            _text("roles"),
            _number("unit_id", True),
            _number("changed_at"),
        ),
        indexes=(
            Index("dougong_list_view__own", ("page", "user_id")),
            Index("dougong_list_view__shared", ("page", "shared")),
            Index("dougong_list_view__user", ("user_id",)),
        ),
    ),
    Table(
        LIST_DEFAULT,
        (_number("user_id"), _text("page"), _text("chosen")),
        primary_key=("user_id", "page"),
    ),
)
COLUMNS = ("id", "page", "user_id", "label", "parameters", "shared", "roles", "unit_id")
_OFFERED = """
SELECT id, page, user_id, label, parameters, shared, roles, unit_id FROM dougong_list_view
 WHERE page = :page AND (user_id = :user OR shared = 1)
UNION ALL
SELECT 0, page, user_id, chosen, '{}', 0, '', NULL FROM dougong_list_default WHERE page = :page AND user_id = :user
"""
"""What somebody is offered on a page, and with an id of 0 what they begin with: one statement for every list page."""
_STATEMENTS = StatementCache()
MOST, LONGEST, LONGEST_PARAMETERS = 40, 40, 4000


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a view is shared with: holders of these roles, or of a seat in the unit; neither is its owner alone."""

    roles: frozenset[str] = frozenset()
    unit: int | None = None

    @property
    def shared(self) -> bool:
        return bool(self.roles) or self.unit is not None


PRIVATE = Audience()


@dataclass(frozen=True, slots=True)
class ListView:
    """A view that somebody keeps of a list page."""

    id: int
    page: str
    owner: int
    label: str
    parameters: Mapping[str, str] = field(default_factory=empty_map)
    audience: Audience = PRIVATE


@dataclass(frozen=True, slots=True)
class Offered:
    """The views of a page that somebody may open, and the one that they begin with ("" for the page's own)."""

    views: tuple[ListView, ...] = ()
    default: str = ""

    def view(self, id: int) -> ListView | None:
        return next((one for one in self.views if one.id == id), None)


def may_share(work: Work) -> bool:
    """Whether the caller may share views: a role of theirs says so, or they administer the platform."""
    principal = work.context.principal
    return principal.administrator or any(
        role.shares_views for name, role in work.model.roles.items() if name in principal.roles
    )


def offered_views(work: Work, page: str) -> Offered:
    """What the caller may open of a page: their own views first, then those that are shared with them, by name."""
    session, context = work.session, work.context
    statement = _STATEMENTS.get(
        ("offered", session.dialect), lambda: compile_statement(parse_one(_OFFERED, read="postgres"), session.dialect)
    )
    rows = session.rows(statement, {"page": page, "user": context.principal.user_id})
    default = next((str(row[3]) for row in rows if row[0] == 0), "")
    views = [view for row in rows if row[0] != 0 and opens(context, view := _view(row))]
    mine = context.principal.user_id
    return Offered(tuple(sorted(views, key=lambda one: (one.owner != mine, one.label, one.id))), default)


def opens(context: Context, view: ListView) -> bool:
    """Whether somebody may open a view: their own, one shared with a role or unit of theirs; administrators every shared one."""
    principal, audience = context.principal, view.audience
    if view.owner == principal.user_id:
        return True
    units = {seat.unit for seat in context.seats}
    return audience.shared and (
        principal.administrator or bool(audience.roles & principal.roles) or audience.unit in units
    )


def keep_view(work: Work, page: Page, label: str, parameters: Mapping[str, str], audience: Audience = PRIVATE) -> int:
    """Keep a view under a name; its id. Raises ValidationFailed, Forbidden."""
    user = work.context.principal.user_id
    _check_audience(work, page, audience)
    own = select(work.session, LIST_VIEW, ("label",), {"page": page.name, "user_id": user})
    if len(own) >= MOST:
        raise _problem("too_many", f"每个页面最多保存 {MOST} 个视图", f"At most {MOST} views of a page are kept")
    view = work.ids.next()
    values = {"label": _checked_label(label, {str(row[0]) for row in own}), "parameters": _written(parameters)}
    insert(
        work.session, LIST_VIEW, {"id": view, "page": page.name, "user_id": user, **values, **_columns(work, audience)}
    )
    return view


def rename_view(work: Work, view: ListView, label: str) -> None:
    """Give a view another name. Raises Forbidden, ValidationFailed."""
    _check_changes(work, view)
    own = select(work.session, LIST_VIEW, ("label",), {"page": view.page, "user_id": view.owner, "id <>": view.id})
    _set(work, view, {"label": _checked_label(label, {str(row[0]) for row in own})})


def change_view(work: Work, view: ListView, parameters: Mapping[str, str]) -> None:
    """Let a view stand for other parameters. Raises Forbidden, ValidationFailed."""
    _check_changes(work, view)
    _set(work, view, {"parameters": _written(parameters)})


def share_view(work: Work, page: Page, view: ListView, audience: Audience) -> None:
    """Share a view with others, or with nobody. Raises Forbidden."""
    _check_changes(work, view)
    _check_audience(work, page, audience)
    _set(work, view, _columns(work, audience))


def remove_view(work: Work, view: ListView) -> None:
    """Forget a view; who began with it begins with the page's own again. Raises Forbidden."""
    _check_changes(work, view)
    delete(work.session, LIST_VIEW, {"id": view.id})


def choose_default(work: Work, page: str, chosen: str) -> None:
    """Let the caller begin a page with a view ("" for the page's own)."""
    user = work.context.principal.user_id
    if not chosen:
        delete(work.session, LIST_DEFAULT, {"user_id": user, "page": page})
    elif not update(work.session, LIST_DEFAULT, {"chosen": chosen}, {"user_id": user, "page": page}):
        insert_first(work.session, LIST_DEFAULT, {"user_id": user, "page": page, "chosen": chosen})


def changes(context: Context, view: ListView) -> bool:
    """Whether somebody may change a view that they may open: its owner; for shared ones administrators too."""
    principal = context.principal
    return view.owner == principal.user_id or (principal.administrator and view.audience.shared)


def pass_on_views(session: Session, user: int, successor: int) -> None:
    """Somebody leaves: what they shared goes on with a successor; what they kept for themselves stays theirs."""
    update(session, LIST_VIEW, {"user_id": successor}, {"user_id": user, "shared": 1})


def _check_changes(work: Work, view: ListView) -> None:
    if not opens(work.context, view):
        raise NotFound
    if not changes(work.context, view):
        raise Forbidden(Message("只有保存这个视图的人可以改它", "Only who keeps this view may change it"))


def _check_audience(work: Work, page: Page, audience: Audience) -> None:
    if not audience.shared:
        return
    units = {seat.unit for seat in work.context.seats}
    if not may_share(work) or not audience.roles <= page.roles or (audience.unit and audience.unit not in units):
        raise Forbidden(Message("你的角色不能这样共享视图", "Your role may not share views like this"))


def _set(work: Work, view: ListView, values: Mapping[str, object]) -> None:
    update(work.session, LIST_VIEW, {**values, "changed_at": to_micros(work.context.now)}, {"id": view.id})


def _columns(work: Work, audience: Audience) -> dict[str, object]:
    return {
        "shared": int(audience.shared),
        "roles": " ".join(sorted(audience.roles)),
        "unit_id": audience.unit,
        "changed_at": to_micros(work.context.now),
    }


def _checked_label(label: str, others: set[str]) -> str:
    text = " ".join(label.split())
    if not text:
        raise _problem("required", "请给视图起个名字", "Give the view a name")
    if len(text) > LONGEST:
        raise _problem("too_long", f"名字最多 {LONGEST} 个字", f"A name has at most {LONGEST} characters")
    if text in others:
        raise _problem("not_unique", f"你已有名为「{text}」的视图，请换一个名字", f"You have a view named {text}")
    return text


def _written(parameters: Mapping[str, str]) -> str:
    text = json.dumps(dict(parameters), ensure_ascii=False, sort_keys=True)
    if len(text) > LONGEST_PARAMETERS:
        raise _problem("too_long", "筛选条件太多，无法保存", "There are too many conditions to be kept")
    return text


def _problem(code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed((FieldProblem("label", code, Message(zh, en)),))


def _view(row: Row) -> ListView:
    id, page, owner, label, parameters, _, roles, unit = row
    audience = Audience(frozenset(str(roles).split()), int(str(unit)) if unit is not None else None)
    kept = {str(name): str(text) for name, text in json.loads(str(parameters)).items()}
    return ListView(int(str(id)), str(page), int(str(owner)), str(label), kept, audience)
