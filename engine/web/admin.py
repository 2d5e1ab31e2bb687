"""Administration: users and their roles, the installation."""

from __future__ import annotations

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
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant


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
                required_text(form, "account").lower(),
                required_text(form, "name"),
                created_at,
                hashed,
                form.get("name_en") or None,
                roles,
            ),
        )
    elif act == "roles":
        set_roles(work.session, decode_id(required_text(form, "user")), roles)
    elif act == "password":
        set_password(work.session, decode_id(required_text(form, "user")), str(call.prepared))
    elif act in {"disable", "enable"}:
        disable(work.session, decode_id(required_text(form, "user")), act == "disable")
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
    if not retry(work.session, decode_id(required_text(call.form_first(), "job")), work.context.now):
        raise NotFound
    return see_other("/admin/health")


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
