"""Bounds on figures: set and ended on the figure's page, listed in the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest, NotFound
from engine.model.metrics import Metric
from engine.runtime.figure_watches.clock import periods_of, said, when
from engine.runtime.figure_watches.watches import MOST, Bound, Side, unwatch, watch, watches_of
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.metrics.sources import figures_for
from engine.runtime.query.names import Reader
from engine.runtime.storage.numbers import written_number
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.site import Site

DONE = {
    "begun": Message("过线时会提醒你", "You are told when it passes"),
    "ended": Message("不再提醒", "You are not told any more"),
}


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A bound as its owner reads it; `key` ends it, `passed` when the figure is beyond it now."""

    key: str
    label: str
    url: str
    words: str
    passed: bool


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /figures/{metric}: set a bound on the figure, or end one. Raises BadRequest, NotFound."""
    form, name = call.form_first(), call.parameters["metric"]
    match form.get("act"):
        case "watch":
            watch(work, _bound(work, known_figure(work, name), form))
            return see_other(f"/figures/{name}?done=begun")
        case "end":
            if not unwatch(work.session, work.context.principal.user_id, decode_id(required_text(form, "watch"))):
                raise NotFound
            back = "/account/reports" if form.get("from") == "account" else f"/figures/{name}"
            return see_other(f"{back}?done=ended")
    raise BadRequest(Message("没有说明要做什么", "It is not said what to do"))


def known_figure(work: Work, name: str) -> Metric:
    """A metric that exists for the reader. Raises NotFound."""
    metric = work.model.metrics.get(name)
    if metric is None or name not in figures_for(Reader(work.model, work.context)):
        raise NotFound
    return metric


def watch_lines(work: Work, metric: str = "") -> Iterator[WatchLine]:
    """The reader's bounds, on one figure or on all."""
    language = work.context.language
    for one in watches_of(work.session, work.context.principal.user_id):
        found = work.model.metrics.get(one.bound.metric)
        if found is not None and metric in {"", found.name}:
            words = said(found, one.bound, language)
            url = f"/figures/{found.name}"
            yield WatchLine(encode_id(one.id), found.label.text(language), url, words, bool(one.passed_in))


def offered_bounds(work: Work, metric: Metric) -> list[tuple[str, str]]:
    """What a bound on a figure may be about: a period and a side, by key and in words."""
    language = work.context.language
    return [
        (f"{period} {side.value}", when(metric, period, side, language))
        for side in Side
        for period in periods_of(metric, side)
    ]


def _bound(work: Work, metric: Metric, form: Mapping[str, str]) -> Bound:
    if len(watches_of(work.session, work.context.principal.user_id)) >= MOST:
        raise BadRequest(Message(f"最多盯 {MOST} 个数", f"At most {MOST} bounds"))
    chosen = form.get("when", "")
    if chosen not in {key for key, _ in offered_bounds(work, metric)}:
        raise BadRequest(Message("请选择时段和高于或低于", "Choose a period, and above or below"), field="when")
    period, _, side = chosen.partition(" ")
    return Bound(metric.name, period, Side(side), _number(metric, form.get("bound", "")))


def _number(metric: Metric, text: str) -> Decimal:
    number = written_number(text, percent=metric.display == "percent")
    if number is None:
        example = "35%" if metric.display == "percent" else "5000"
        raise BadRequest(
            Message(f"线写成数字，例如 {example}", f"A bound is a number such as {example}"), field="bound"
        )
    return number
