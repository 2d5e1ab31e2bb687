"""The start of administration: what wants attention, and every page with what one does there."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import Message
from engine.runtime.identity.users import all_users, users_without_password
from engine.runtime.work import Work
from engine.web.administration.areas import GROUPS
from engine.web.administration.health import GOOD, Finding, findings_of
from engine.web.calls import Call
from engine.web.shell import page_response
from engine.web.site import Site


@dataclass(frozen=True, slots=True)
class Card:
    """A page of administration on the overview."""

    url: str
    label: str
    icon: str
    about: str


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin"""
    language = work.context.language
    findings = [one for one in findings_of(work, site) if one.tone != GOOD]
    users = all_users(work.session)
    waiting = users_without_password(work.session)
    values = {
        "title": Message("管理", "Administration").text(language),
        "findings": findings,
        "sentence": _sentence(
            len(users), sum(one.id in waiting and not one.disabled for one in users), findings, language
        ),
        "groups": [
            (
                group.label.text(language),
                [Card(one.url, one.label.text(language), one.icon, one.about.text(language)) for one in group.areas],
            )
            for group in GROUPS
        ],
    }
    return page_response(work, call, site, "administration/overview.html", values)


def _sentence(people: int, invited: int, findings: list[Finding], language: str) -> str:
    """The state of the installation in a sentence."""
    joining = Message(f",{invited} 人待加入", f", {invited} not joined yet").text(language) if invited else ""
    doing = (
        Message(f";{len(findings)} 处需要留意。", f"; wanting attention: {len(findings)}.")
        if findings
        else Message("；一切正常。", "; all is well.")
    )
    return Message(f"{people} 个账号", f"{people} accounts").text(language) + joining + doing.text(language)
