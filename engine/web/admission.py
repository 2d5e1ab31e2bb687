"""Admission: what must be done before anything else is served: the set-up of the installation, one's second factor."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message
from engine.model.context import Context
from engine.runtime.database.protocol import Session
from engine.runtime.identity.second_factor import is_on
from engine.runtime.identity.sessions import proven_elsewhere
from engine.runtime.identity.users import vacant
from engine.web.site import Site


class NotSetUp(DougongError):
    """Nobody can sign in yet: the administrator is still to be made."""

    code = "not_set_up"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message(
                "系统尚未设置：请在浏览器中打开首页，用终端上显示的设置码建立管理员",
                "Not set up yet: open the start page in a browser and make the administrator with the code on the terminal",
            )
        )


class NeedsSecondFactor(DougongError):
    """A role of the caller demands a second factor, and there is none."""

    code = "needs_second_factor"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Message(
                "你的角色须先启用两步验证，请在「我的账号」中设置",
                "Your role demands two-step sign-in; set it up under My account first",
            )
        )


def check_set_up(session: Session, site: Site) -> None:
    """Raises NotSetUp while there is no user who could sign in."""
    if vacant(session, site.settings.demo):
        raise NotSetUp


def check_second_factor(session: Session, context: Context, site: Site, cookie: str = "") -> None:
    """Raises NeedsSecondFactor for somebody whose role demands one that is not on, unless a provider has asked for one."""
    if not second_factor_demanded(context, site) or is_on(session, context.principal.user_id):
        return
    by = proven_elsewhere(session, cookie) if cookie else None
    if by is None or not by.strong:
        raise NeedsSecondFactor


def second_factor_demanded(context: Context, site: Site) -> bool:
    """Whether a role of the caller demands a second factor; who looks through a role is an administrator with any."""
    demanding = site.settings.second_factor_roles
    return bool(demanding & context.principal.roles) or bool(demanding and context.viewing_as)
