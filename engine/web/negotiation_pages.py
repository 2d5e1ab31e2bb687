"""Pages of negotiations: the sandbox of a record, the counter-offer as it is typed, and the button that leads there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import HTMLResponse, Response

from engine.diagnostics import DougongError
from engine.model.entities import Entity
from engine.model.errors import Forbidden, NotFound
from engine.model.negotiations import Negotiation
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.negotiation.deals import Deal, is_offered, negotiation_of
from engine.runtime.negotiation.decisions import decisions_of
from engine.runtime.negotiation.packages import PACKAGE_WORDS, PackageKey
from engine.runtime.negotiation.sandbox import Sandbox, open_sandbox
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.negotiation_levers import LeverWords, words_of
from engine.web.negotiation_views import PREFIX, Typed, negotiation_view, typed_terms
from engine.web.responses import record_url
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant
from engine.widgets.negotiation_parts import NegotiationView, PastDecisionView
from engine.widgets.render import translator

MOVING = "moving"
"""What a form of the page's module calls the part that it asks for."""


@dataclass(frozen=True, slots=True)
class OfferedNegotiation:
    """A negotiation that a record's page leads to."""

    url: str
    label: str


def offered_negotiations(work: Work, entity: Entity, record: int, public_id: str) -> tuple[OfferedNegotiation, ...]:
    """The negotiations that the reader may open on a record now."""
    language = work.context.language
    return tuple(
        OfferedNegotiation(f"/negotiations/{one.name}/{public_id}", one.label.text(language))
        for one in work.model.negotiations.values()
        if one.entity == entity.name and _opens(work, one, record)
    )


def _opens(work: Work, one: Negotiation, record: int) -> bool:
    try:
        return is_offered(work, negotiation_of(work, one.name), record)
    except (NotFound, Forbidden):
        return False


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /negotiations/{negotiation}/{record}: the sandbox with the terms of now."""
    return _page(work, call, site, _opened(work, call, site))


def try_offer(work: Work, call: Call, site: Site) -> Response:
    """POST /negotiations/{negotiation}/{record}: the sandbox with a counter-offer; nothing is kept. `part=moving` asks for
    what moves alone."""
    opened, form = _opened(work, call, site), call.form_first()
    if form.get("part") != MOVING:
        return _page(work, call, site, opened)
    language = work.context.language
    html = site.renderer.environment.get_template("negotiation_moving.html").render(
        view=opened.view,
        chosen=form.get("package", ""),
        may_decide=not work.context.viewing_as,
        language=language,
        t=translator(language),
    )
    return HTMLResponse(html)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A sandbox that was opened, and how it is shown."""

    found: Sandbox
    view: NegotiationView


def _opened(work: Work, call: Call, site: Site) -> _Opened:
    """The sandbox with what the form asks for; `from` takes the terms of a package. Raises NotFound, Forbidden, NotOffered."""
    name, record = call.parameters["negotiation"], decode_id(call.parameters["record"])
    form, levers = call.form_first(), words_of(work.model, negotiation_of(work, name), work.context.language)
    typed = typed_terms(levers, form)
    if "from" in form:
        typed = _from(open_sandbox(work, site.desk, name, record), levers, form["from"])
    found = open_sandbox(work, site.desk, name, record, typed.offer)
    return _Opened(found, negotiation_view(work, found, typed))


def _from(found: Sandbox, levers: Sequence[LeverWords], key: str) -> Typed:
    """What a form says that holds the terms of a package; nothing where there is no such package."""
    package = next((one for one in found.packages if one.key == key), None)
    if package is None:
        return Typed()
    entered = zip(levers, package.terms, strict=True)
    return typed_terms(levers, {PREFIX + words.key: words.entered(value) for words, value in entered})


def sandbox_page(work: Work, call: Call, site: Site, refused: DougongError) -> Response:
    """The sandbox as a form was filled in that was not taken, with why."""
    return _page(work, call, site, _opened(work, call, site), refused)


def _page(work: Work, call: Call, site: Site, opened: _Opened, refused: DougongError | None = None) -> Response:
    form, deal, context = call.form_first(), opened.found.deal, work.context
    url = f"/negotiations/{deal.negotiation.name}/{call.parameters['record']}"
    record = record_url(deal.negotiation.entity, deal.record)
    message = refused.message.text(context.language) if refused is not None else ""
    unsaid = refused is not None and not form.get("reason", "").strip()
    values = {
        "view": replace(opened.view, decided=_decided(work, deal, url)),
        "title": deal.title,
        "url": url,
        "record_url": record,
        "back": record,
        "may_decide": not context.viewing_as,
        "consent": deal.negotiation.jitter.consent.text(context.language) if deal.negotiation.jitter else "",
        "agreed": form.get("jitter") == "1",
        "reviews": bool(deal.negotiation.reviewers & context.principal.roles),
        "named": f"/negotiations/{deal.negotiation.name}",
        "chosen": form.get("package", ""),
        "reason": form.get("reason", ""),
        "reason_problem": message if unsaid else "",
        "message": "" if unsaid else message,
    }
    return page_response(work, call, site, "negotiation.html", values, status=refused.status if refused else 200)


def _decided(work: Work, deal: Deal, url: str) -> tuple[PastDecisionView, ...]:
    """The decisions about the record that the reader may open, newest first."""
    context = work.context
    found = []
    for one in decisions_of(work, deal.negotiation, deal.record):
        choice = PackageKey(one.choice) if one.choice in set(PackageKey) else PackageKey.OFFER
        on = format_instant(one.at, context.language, context.moment, context.zone)
        words = f"{PACKAGE_WORDS[choice].text(context.language)} · {on}"
        found.append(PastDecisionView(f"{url}/decisions/{encode_id(one.id)}", words))
    return tuple(found)
