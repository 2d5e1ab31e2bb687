"""The metric dictionary: every figure that its reader may have, what it means, how it comes about, where it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.measure_units import MeasureUnit
from engine.model.metrics import Metric, bases_of
from engine.model.pages import PageKind
from engine.model.requests import AggregateRequest
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.metrics.sources import figures_for
from engine.runtime.query.names import Reader, find
from engine.runtime.search.initials import initials_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.figure_trees import as_defined
from engine.web.figure_watches import DONE, known_figure, offered_bounds, watch_lines
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.chosen_dimensions import metrics_of
from engine.widgets.contract import Scene
from engine.widgets.figures import exact_text, figure_parts, movement
from engine.widgets.periods import resolve_period

PERIOD = "this_month"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the list shows it."""

    url: str
    label: str
    description: str
    unit: str
    owner: str
    rows: str


def show_all(work: Work, call: Call, site: Site) -> Response:
    """GET /figures?q=…: the figures that exist for the reader, by application; `q` finds names, words and pinyin initials."""
    scene, query = scene_for(work, call), call.first.get("q", "").strip()
    model = work.model
    groups: dict[str, list[Line]] = {}
    offered = (model.metrics[name] for name in figures_for(Reader(model, work.context)))
    for metric in sorted(offered, key=lambda one: _in_order(scene.words(one.label))):
        if _found(metric, query.casefold()):
            groups.setdefault(metric.pack, []).append(_line(metric, scene))
    values = {
        "title": Message("指标词典", "Metric dictionary").text(scene.language),
        "query": query,
        "groups": [(scene.words(model.packs[pack].label), lines) for pack, lines in groups.items()],
        "count": sum(len(lines) for lines in groups.values()),
    }
    return page_response(work, call, site, "metric_dictionary.html", values)


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /figures/{metric}: one entry with this month's figure, and what its reader watches of it."""
    done = DONE.get(call.first.get("done", ""))
    return _entry(work, call, site, done.text(work.context.language) if done else "")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The entry again with what was wrong with a bound."""
    return _entry(work, call, site, "", error.message.text(work.context.language), error.status)


def _entry(work: Work, call: Call, site: Site, done: str, message: str = "", status: int = 200) -> Response:
    metric, reader = known_figure(work, call.parameters["metric"]), Reader(work.model, work.context)
    scene = scene_for(work, call)
    period = resolve_period(PERIOD, scene.today)
    request = AggregateRequest(metrics=(metric.name,), since=period.since, until=period.until)
    now, before = _value(work, request), _value(work, _previous(request, scene))
    figure, unit = figure_parts(metric, now, scene.language)
    values = {
        "title": scene.words(metric.label),
        "description": scene.words(metric.description),
        "figure": figure,
        "unit": unit,
        "exact": exact_text(metric, now, scene.language),
        "period": scene.words(period.label),
        "movement": movement(metric, now, before, scene.language) if metric.time or metric.formula else None,
        "rows_url": f"/figures/{metric.name}/rows?since={period.since}&until={period.until}",
        "formula": as_defined(work, metric),
        "inputs": _named(work, scene, metric.inputs),
        "grain": [_grain(base, reader, scene) for base in bases_of(work.model.metrics, metric.name)],
        "facts": list(_facts(work, metric, scene)),
        "dimensions": [
            scene.words(one.label) or one.name for one in metric.dimensions if _split(reader, metric, one.name)
        ],
        "target": next(iter(_named(work, scene, (metric.target,) if metric.target else ())), None),
        "pages": _pages(work, metric, scene),
        "used_by": _named(work, scene, tuple(_stands_on(work, metric))),
        "name": metric.name,
        "place": str(metric.place) if work.context.principal.administrator else "",
        "watches": list(watch_lines(work, metric.name)),
        "bounds": offered_bounds(work, metric),
        "given": call.form_first() if message else {},
        "percent": metric.display == "percent",
        "done": done,
        "message": message,
    }
    return page_response(work, call, site, "metric_entry.html", values, status=status)


def _in_order(label: str) -> str:
    """By pinyin initials where a label has them, else by its letters."""
    return next(iter(initials_of(label)), label.casefold())


def _found(metric: Metric, query: str) -> bool:
    words = (metric.name, *metric.label.texts.values(), *metric.description.texts.values())
    return any(query in one.casefold() for one in words) or any(
        query in letters for letters in initials_of(metric.label.text("zh"))
    )


def _line(metric: Metric, scene: Scene) -> Line:
    bases = bases_of(scene.model.metrics, metric.name)
    entities = dict.fromkeys(base.entity for base in bases if base.entity)
    owner = scene.model.roles.get(metric.owner or "")
    return Line(
        url=f"/figures/{metric.name}",
        label=scene.words(metric.label),
        description=scene.words(metric.description),
        unit=_unit(metric, scene),
        owner=scene.words(owner.label) if owner else "",
        rows="、".join(scene.words(scene.model.entities[one].label) for one in entities)
        if scene.language == "zh"
        else ", ".join(scene.words(scene.model.entities[one].label) for one in entities),
    )


def _unit(metric: Metric, scene: Scene) -> str:
    """The unit in words: that beside the figure, a share, or money."""
    if metric.display == "percent":
        return "%"
    if metric.display == "money":
        return scene.words(MeasureUnit.of(metric.currency or "CNY").label())
    return scene.words(metric.unit_label)


def _facts(work: Work, metric: Metric, scene: Scene) -> Iterator[tuple[str, str]]:
    """What is told of every entry: unit, owner, which way is good, whose rows count."""
    say = scene.language
    if unit := _unit(metric, scene):
        symbol = f" ({metric.unit})" if metric.unit is not None and metric.unit.powers else ""
        yield Message("单位", "Unit").text(say), unit + symbol
    owner = work.model.roles.get(metric.owner or "")
    if owner is not None:
        yield Message("负责角色", "Owner").text(say), scene.words(owner.label)
    good = {"up": Message("越高越好", "Higher is better"), "down": Message("越低越好", "Lower is better")}
    if metric.good_when in good:
        yield Message("怎样算好", "Good when").text(say), good[metric.good_when].text(say)
    released = any(
        base.roles & work.context.principal.roles for base in bases_of(work.model.metrics, metric.name) if base.roles
    )
    told = (
        Message("全部行（按定义向你的角色开放）", "All rows, released to your role by definition")
        if released
        else Message("只算你能看到的行", "Only rows that you may see count")
    )
    yield Message("统计范围", "Rows").text(say), told.text(say)


def _grain(base: Metric, reader: Reader, scene: Scene) -> str:
    """Which rows a base metric folds, and by which date they belong to a period."""
    entity = scene.words(scene.model.entities[base.entity or ""].label)
    found = find(reader, base.entity or "", tuple(base.time.split("."))) if base.time else None
    if found is None:
        return Message(f"每行一条「{entity}」", f"One row for each {entity}").text(scene.language)
    time = scene.words(found.field.label)
    return Message(
        f"每行一条「{entity}」，按「{time}」归入期间", f"One row for each {entity}, in the period of its {time}"
    ).text(scene.language)


def _split(reader: Reader, metric: Metric, name: str) -> bool:
    """Whether the reader may split the metric so: each of its base metrics by that dimension."""
    bases = tuple(bases_of(reader.model.metrics, metric.name))
    return all(
        (one := base.dimension(name)) is not None and find(reader, base.entity or "", one.path) is not None
        for base in bases
    )


def _value(work: Work, request: AggregateRequest) -> object:
    """The figure, None where it cannot be had."""
    try:
        rows = aggregate(work, request)
    except DougongError:
        return None
    return rows[0].values.get(request.metrics[0]) if rows else None


def _previous(request: AggregateRequest, scene: Scene) -> AggregateRequest:
    before = resolve_period(PERIOD, scene.today).previous()
    return AggregateRequest(metrics=request.metrics, since=before.since, until=before.until)


def _named(work: Work, scene: Scene, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Address and label of those metrics that exist for the reader."""
    offered = set(figures_for(Reader(work.model, work.context)))
    return [(f"/figures/{one}", scene.words(work.model.metrics[one].label)) for one in names if one in offered]


def _stands_on(work: Work, metric: Metric) -> Iterator[str]:
    """The metrics that are derived from this one or have it as their target."""
    for one in work.model.metrics.values():
        if metric.name in one.inputs or one.target == metric.name:
            yield one.name


def _pages(work: Work, metric: Metric, scene: Scene) -> list[tuple[str, str]]:
    """The pages that show it and that the reader may open."""
    roles, metrics = work.context.principal.roles, work.model.metrics
    return [
        (f"/app/{page.name}", scene.words(page.label))
        for page in work.model.pages.values()
        if page.roles & roles
        and page.kind is not PageKind.RECORD
        and any(metric.name in metrics_of(item, metrics) for item in page.walk())
    ]
