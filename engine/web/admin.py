"""Administration: the organisation's units and seats, users and their roles, the installation."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import (
    NewUser,
    all_users,
    create_user,
    disable,
    hash_password,
    roles_of,
    set_password,
    set_roles,
)
from engine.runtime.instants import to_micros
from engine.runtime.jobs import retry, waiting
from engine.runtime.organisation.members import Membership, leave_seat, members_of, take_seat
from engine.runtime.organisation.units import Unit, UnitTree, add_unit, close_unit, move_unit, rename_unit, unit_tree
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant


def organisation(work: Work, call: Call, site: Site) -> Response:
    """The tree of units with the seats and members of the chosen one."""
    return _organisation(work, call, site, "", 200)


def change_organisation(work: Work, call: Call, site: Site) -> Response:
    """Add, rename, move or close a unit; give or end a seat."""
    form, day = call.form_first(), work.context.today
    act = form.get("act", "")
    unit = decode_id(form["unit"]) if form.get("unit") else None
    if act == "add":
        _add_unit(work, form, day)
    elif act == "rename" and unit is not None:
        rename_unit(work.session, unit, _text(form, "name"), form.get("name_en") or None)
    elif act == "move" and unit is not None:
        move_unit(work.session, work.model, unit, decode_id(form["parent"]) if form.get("parent") else None, day)
    elif act == "close" and unit is not None:
        close_unit(work.session, unit, day)
    elif act == "seat" and unit is not None:
        member = Membership(work.ids.next(), decode_id(_text(form, "user")), unit, _text(form, "seat"), day, None)
        take_seat(work.session, work.model, member)
    elif act == "leave":
        leave_seat(work.session, decode_id(_text(form, "membership")), day)
    else:
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"/admin/organisation?unit={form.get('unit', '')}")


def organisation_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _organisation(work, call, site, error.message.text(work.context.language), error.status)


def users(work: Work, call: Call, site: Site) -> Response:
    return _users(work, call, site, "", 200)


def new_hash(work: Work, call: Call, site: Site) -> str | None:
    """The hash of the password that the form sets, if it sets one; hashing takes its time. Raises BadAccount."""
    form = call.form_first()
    return hash_password(form.get("password", "")) if form.get("act") in {"create", "password"} else None


def change_user(work: Work, call: Call, site: Site) -> Response:
    """Create a user, set roles, reset a password, keep somebody out or let them in."""
    form = call.form_first()
    act = form.get("act", "")
    roles = tuple(value for name, value in call.form if name == "role" and value in work.model.roles)
    if act == "create":
        hashed = str(call.prepared)
        created_at = to_micros(work.context.now)
        create_user(
            work.session,
            NewUser(
                work.ids.next(),
                _text(form, "account").lower(),
                _text(form, "name"),
                created_at,
                hashed,
                form.get("name_en") or None,
                roles,
            ),
        )
    elif act == "roles":
        set_roles(work.session, decode_id(_text(form, "user")), roles)
    elif act == "password":
        set_password(work.session, decode_id(_text(form, "user")), str(call.prepared))
    elif act in {"disable", "enable"}:
        disable(work.session, decode_id(_text(form, "user")), act == "disable")
    else:
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other("/admin/users")


def users_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _users(work, call, site, error.message.text(work.context.language), error.status)


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
    if not retry(work.session, decode_id(_text(call.form_first(), "job")), work.context.now):
        raise NotFound
    return see_other("/admin/health")


def _add_unit(work: Work, form: dict[str, str] | object, day: date) -> None:
    given = form if isinstance(form, dict) else {}
    parent = decode_id(given["parent"]) if given.get("parent") else None
    unit = Unit(
        work.ids.next(),
        _text(given, "code"),
        _text(given, "kind"),
        _text(given, "name"),
        given.get("name_en") or None,
        parent,
        day,
        None,
    )
    add_unit(work.session, work.model, unit)


def _text(form: object, name: str) -> str:
    value = form.get(name, "").strip() if isinstance(form, dict) else ""
    if not value:
        raise BadRequest(Message(f"请填写 {name}", f"{name} is required"))
    return value[:120]


def _organisation(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    language, day = work.context.language, work.context.today
    tree = unit_tree(work.session, day)
    names = {user.id: user.label for user in all_users(work.session)}
    chosen = _chosen(tree, call.first.get("unit", ""))
    kind = work.model.unit_kinds.get(chosen.kind) if chosen else None
    members = members_of(work.session, chosen.id, day) if chosen else []
    values = {
        "title": Message("组织", "Organisation").text(language),
        "message": message,
        "tree": _lines(tree, None, 0, work),
        "chosen": chosen,
        "chosen_id": encode_id(chosen.id) if chosen else "",
        "kind_label": kind.label.text(language) if kind else "",
        "seats": [
            (
                seat.name,
                seat.label.text(language),
                [(encode_id(one.id), names.get(one.user, "—")) for one in members if one.seat == seat.name],
            )
            for seat in (kind.seats if kind else ())
        ],
        "kinds": [(name, one.label.text(language)) for name, one in work.model.unit_kinds.items()],
        "units": [(encode_id(unit.id), unit.label(language)) for unit in tree.units.values()],
        "people": sorted((label, encode_id(user)) for user, label in names.items()),
    }
    return page_response(work, call, site, "organisation.html", values, status=status)


def _chosen(tree: UnitTree, text: str) -> Unit | None:
    if text:
        return tree.units.get(decode_id(text))
    roots = tree.children.get(None, ())
    return tree.units[roots[0]] if roots else None


def _lines(tree: UnitTree, parent: int | None, depth: int, work: Work) -> list[tuple[int, str, str, str]]:
    """(depth, id, label, kind) of every unit, in tree order."""
    found: list[tuple[int, str, str, str]] = []
    for identity in tree.children.get(parent, ()):
        unit = tree.units[identity]
        kind = work.model.unit_kinds.get(unit.kind)
        label = kind.label.text(work.context.language) if kind else unit.kind
        found.append((depth, encode_id(unit.id), unit.label(work.context.language), label))
        found += _lines(tree, identity, depth + 1, work)
    return found


def _users(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    language = work.context.language
    labels = {name: role.label.text(language) for name, role in work.model.roles.items()}
    values = {
        "title": Message("用户", "Users").text(language),
        "message": message,
        "users": [
            (encode_id(user.id), user, [labels.get(role, role) for role in roles_of(work.session, user.id)])
            for user in all_users(work.session)
        ],
        "roles": sorted((label, name) for name, label in labels.items()),
    }
    return page_response(work, call, site, "users.html", values, status=status)
