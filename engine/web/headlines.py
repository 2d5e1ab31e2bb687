"""Headlines: one sentence over a page, its figures computed with the reader's rights."""

from __future__ import annotations

import re

from engine.model.pages import Page
from engine.model.requests import AggregateRequest
from engine.runtime.work import Work
from engine.web.answers import answer_need
from engine.widgets.contract import Aggregates, Failed, Scene
from engine.widgets.figures import figure_text
from engine.widgets.periods import Period

METRIC = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def headline(work: Work, page: Page, scene: Scene) -> str:
    """The page's headline with its metrics filled in; empty when the page has none or a figure may not be seen."""
    template = page.headline.text(scene.language)
    names = tuple(dict.fromkeys(METRIC.findall(template)))
    if not template or any(name not in work.model.metrics for name in names):
        return ""
    values = {name: _value(work, scene, name) for name in names}
    if any(text is None for text in values.values()):
        return ""
    return METRIC.sub(lambda match: str(values[match.group(1)]), template)


def _value(work: Work, scene: Scene, name: str) -> str | None:
    period = scene.filters.get("period")
    since, until = (period.since, period.until) if isinstance(period, Period) else (None, None)
    found = answer_need(work, scene, Aggregates(AggregateRequest(metrics=(name,), since=since, until=until)))
    if isinstance(found, Failed) or not isinstance(found, tuple):
        return None
    value = found[0].values.get(name) if found else None
    return figure_text(work.model.metrics[name], value, scene.language)
