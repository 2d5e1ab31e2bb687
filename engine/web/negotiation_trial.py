"""The negotiation sandbox to be tried without an account, as a page: an example that says so; nothing is read and nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.entities import FieldKind
from engine.model.errors import FieldProblem, NotFound, ValidationFailed
from engine.runtime.negotiation.bodies import dropped_body
from engine.runtime.negotiation.demo_table import DemoAnswer, DemoField, demo_answer, demo_fields
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.negotiation_demo import check_demo
from engine.web.negotiation_levers import LeverWords, NotANumber, words_of_stakes
from engine.web.negotiation_packages import headline, package_words
from engine.web.responses import error_headers
from engine.web.shell import bare_response
from engine.web.site import Site
from engine.widgets.negotiation_parts import DemoFieldView, NegotiationView

ADDRESS = "/try/negotiation"


def trial_address(work: Work) -> str:
    """Where the sandbox is tried; nothing where this installation has no negotiations."""
    return ADDRESS if work.model.negotiations else ""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /try/negotiation: the deal to be filled in, with the figures of an example."""
    return _page(work, call, site)


def attempt(work: Work, call: Call, site: Site) -> Response:
    """POST /try/negotiation: the packages of the deal that the form tells. Raises TooManyRequests, ValidationFailed."""
    check_demo(call, site)
    return _page(work, call, site, demo_answer(_entered(call.form_first(), work.context.language)))


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The form as it was filled in, with what is wrong."""
    return _page(work, call, site, refused=error)


def _page(
    work: Work, call: Call, site: Site, found: DemoAnswer | None = None, refused: DougongError | None = None
) -> Response:
    if not trial_address(work):
        raise NotFound
    form, language = call.form_first(), work.context.language
    told = refused.problems if isinstance(refused, ValidationFailed) else ()
    problems = {one.field: one.message.text(language) for one in told}
    values = {
        "fields": [_field(one, form, problems, language) for one in demo_fields()],
        "view": _view(found, language) if found is not None else None,
        "message": refused.message.text(language) if refused is not None and not problems else "",
    }
    response = bare_response(work, call, site, "try_negotiation.html", values, refused.status if refused else 200)
    response.headers.update(error_headers(refused) if refused is not None else {})
    return response


def _words(one: DemoField, language: str) -> LeverWords:
    """How a field is spoken of: shares as percentages."""
    percent = one.kind == FieldKind.PERCENT
    unit = "%" if percent else one.unit.text(language)
    return LeverWords(one.key, 1, (), one.label.text(language), unit, 100 if percent else 1, language)


def _field(one: DemoField, form: Mapping[str, str], problems: Mapping[str, str], language: str) -> DemoFieldView:
    words = _words(one, language)
    value = form[one.key][:40] if one.key in form else words.entered(one.default)
    return DemoFieldView(one.key, words.label, words.unit, value, problem=problems.get(one.key, ""))


def _entered(form: Mapping[str, str], language: str) -> dict[str, float]:
    """The values of the fields that are filled in. Raises ValidationFailed for those that are no number in their range."""
    values, problems = {}, []
    for one in demo_fields():
        words, text = _words(one, language), form.get(one.key, "").strip()
        try:
            if text:
                values[one.key] = words.value(text)
        except NotANumber:
            problems.append(FieldProblem(one.key, "not_a_number", _range(one)))
            continue
        if text and not one.low <= values[one.key] <= one.high:
            problems.append(FieldProblem(one.key, "out_of_range", _range(one)))
    if problems:
        raise ValidationFailed(tuple(problems))
    return values


def _range(one: DemoField) -> Message:
    zh, en = _words(one, "zh"), _words(one, "en")
    return Message(
        f"请填 {zh.text(one.low)} 到 {zh.text(one.high)} 之间的数",
        f"Enter a number from {en.text(one.low)} to {en.text(one.high)}",
    )


def _view(found: DemoAnswer, language: str) -> NegotiationView:
    """The packages, told as on the page of a record."""
    levers, advice = words_of_stakes(found.stakes.levers, language), found.advice
    words = package_words(levers, advice.now, advice.packages, language)
    now, packages = words.view(advice.now), tuple(words.view(one) for one in advice.packages)
    return NegotiationView(
        label="",
        headline=headline(now, packages, language) or found.example.text(language),
        terms=words.terms(advice.now.terms, advice.now.terms),
        now=now,
        packages=packages,
        levers=(),
        notes=tuple(one.text(language) for one in advice.notes),
        remarks=(str(dropped_body(advice.dropped, language)["words"]),) if advice.dropped.of else (),
    )
