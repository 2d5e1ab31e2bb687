"""Setting up one's second factor: a QR code, a code that confirms it, recovery codes; switching it off again."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, Forbidden
from engine.runtime.audit import append
from engine.runtime.identity.second_factor import (
    RECOVERY_CODES,
    begin,
    being_set_up,
    confirm,
    is_on,
    new_recovery_codes,
    passes,
    recovery_codes_left,
    switch_off,
)
from engine.runtime.work import Work
from engine.web.admission import second_factor_demanded
from engine.web.auditing import act_of
from engine.web.calls import Call
from engine.web.proofs import WRONG_CODE, WRONG_PASSWORD, code_fits, count_password, password_fits
from engine.web.qr import qr_svg
from engine.web.responses import see_other
from engine.web.security_page import PATH as SECURITY
from engine.web.security_page import own_user, problems_of
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/account/second-factor"
PROVEN = frozenset({"begin", "codes", "off"})
"""Acts that ask for the password."""


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, {}, 200)


def password(work: Work, call: Call, site: Site) -> bool:
    """Whether the password fits, for the acts that ask for it."""
    return call.form_first().get("act", "") not in PROVEN or password_fits(work, call)


def change(work: Work, call: Call, site: Site) -> Response:
    """Begin, confirm or leave the set-up; new recovery codes; switch off. What was wrong is shown and counted."""
    form, user = call.form_first(), own_user(work)
    act, language = form.get("act", ""), work.context.language
    if act in PROVEN and not count_password(work, call.prepared is True):
        return _refused(work, call, site, {"current": WRONG_PASSWORD.text(language)})
    match act:
        case "begin":
            begin(work.session, work.key, user.id)
        case "leave":
            if not is_on(work.session, user.id):
                switch_off(work.session, user.id)
        case "confirm":
            codes = code_fits(work, user.id, form.get("code", ""), confirm)
            if codes is None:
                return _refused(work, call, site, {"code": WRONG_CODE.text(language)})
            return _done(work, call, site, codes)
        case "codes" | "off":
            if act == "off" and second_factor_demanded(work.context, site):
                raise Forbidden(
                    Message("你的角色须使用两步验证，不能关闭", "Your role demands two-step sign-in; it stays on")
                )
            if not code_fits(work, user.id, form.get("code", ""), passes):
                return _refused(work, call, site, {"code": WRONG_CODE.text(language)})
            if act == "codes":
                return _done(work, call, site, new_recovery_codes(work.session, work.key, user.id))
            switch_off(work.session, user.id)
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    append(work.session, work.ids, act_of(call, work.context, "second_factor"))
    return see_other(f"{SECURITY}?done=off" if act == "off" else SECURITY if act == "leave" else PATH)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, problems_of(error, work.context.language), error.status)


def _done(work: Work, call: Call, site: Site, codes: tuple[str, ...]) -> Response:
    """The recovery codes, shown this once."""
    append(work.session, work.ids, act_of(call, work.context, "second_factor"))
    return _page(work, call, site, {}, 200, codes)


def _refused(work: Work, call: Call, site: Site, problems: Mapping[str, str]) -> Response:
    append(work.session, work.ids, act_of(call, work.context, "second_factor", "refused"))
    return _page(work, call, site, problems, 422)


def _page(
    work: Work, call: Call, site: Site, problems: Mapping[str, str], status: int, codes: tuple[str, ...] = ()
) -> Response:
    language, user = work.context.language, own_user(work)
    setup = being_set_up(work.session, work.key, user.id, user.account, site.settings.name)
    values = {
        "title": Message("两步验证", "Two-step sign-in").text(language),
        "problems": problems,
        "act": call.form_first().get("act", ""),
        "on": is_on(work.session, user.id),
        "demanded": second_factor_demanded(work.context, site),
        "secret": setup.text if setup else "",
        "address": setup.address if setup else "",
        "qr": qr_svg(setup.address, Message("设置用二维码", "QR code of the set-up").text(language)) if setup else "",
        "codes": codes,
        "codes_left": recovery_codes_left(work.session, user.id),
        "codes_in_all": RECOVERY_CODES,
    }
    return page_response(work, call, site, "second_factor.html", values, status=status)
