"""The definitions that follow from a sheet: an entity, its form, list, record page, figures, dashboard and rights."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from designer.from_sheet.columns import Column
from designer.from_sheet.naming import english_of, name_of, without_remark
from engine.dsl.formatter import format_text

MOST_COLUMNS = 8
"""Columns of the list, so that it is read at a glance; all others stand on the record's page."""
MOST_FIGURES = 3
NAME_LENGTH = 120
MOST_FILTERS = 6
AS_KEY, AS_TITLE, PLAIN = 3, 3, 1
"""Weights in search of what numbers a row, of what it is called by, and of other texts."""
_SUMMED = ("money", "decimal", "integer")
_EACH = re.compile(r"单价|价格|均价|平均|率|年龄|年份|排名|序号|price|average|rate|age\b|year", re.I)
"""Numbers whose sum says nothing."""
_TOTAL = re.compile(r"金额|合计|总|销售额|amount|total|revenue", re.I)
_LISTS = re.compile(r"(?<=.)(台账|清单|一览|登记|汇总|统计|明细|记录|数据|信息)?表?$|\.(xlsx?|csv|ods)$", re.I)
"""What a sheet's name says of the sheet and not of its rows."""
_STAGES = ("状态", "阶段", "进度", "status", "stage", "state")
Definition = dict[str, object]


@dataclass(frozen=True, slots=True)
class Home:
    """Where the definitions go: the pack, the roles that work with it, whether pack and roles are made anew."""

    pack: str
    roles: tuple[str, ...]
    new: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class SheetApplication:
    """What a sheet becomes: texts by file (`pack/kind/name.yaml`), and the pages to be offered in the navigation."""

    entity: str
    texts: Mapping[str, str]
    pages: tuple[str, ...]
    group: Definition


def thing_of(title: str) -> str:
    """What one row is called, by the name of its sheet: 订单台账 holds 订单, 客户.xlsx 客户."""
    plain = without_remark(title)
    for _ in range(2):
        plain = _LISTS.sub("", plain).strip() or plain
    return plain


def application_of(
    title: str, columns: Sequence[Column], home: Home, languages: Sequence[str], taken: Collection[str] = ()
) -> SheetApplication:
    """The definitions for a sheet called `title`; `taken` are names of entities, pages and metrics that are there."""
    sheet = Definitions(title, tuple(columns), home, tuple(languages), frozenset(taken))
    return SheetApplication(sheet.entity, texts_of(home.pack, sheet.definitions()), sheet.pages, sheet.group())


def texts_of(pack: str, definitions: Iterable[tuple[str, Definition]]) -> Mapping[str, str]:
    """Definitions by their place in a pack as texts in canonical form, by file."""
    return {f"{pack}/{place}": _written(place, data) for place, data in definitions}


def option_names(options: Sequence[str]) -> Mapping[str, str]:
    """What options are called by the names that stand for them in definitions."""
    names: dict[str, str] = {}
    for option in options:
        names[name_of(option, names, otherwise="option")] = option
    return names


class _Plain(yaml.SafeDumper):
    """Writes out what stands in several places."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _written(place: str, data: Definition) -> str:
    """A definition in canonical form."""
    kind = place.partition("/")[0] if "/" in place else "pack"
    raw = yaml.dump(data, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=1_000_000, default_flow_style=False)
    text = format_text(kind, raw, place)
    assert isinstance(text, str), f"{place} is no definition: {text}"
    return text


class Definitions:
    """The definitions of one entity and of what is built on it, on their way to texts."""

    def __init__(
        self, title: str, columns: tuple[Column, ...], home: Home, languages: tuple[str, ...], taken: frozenset[str]
    ) -> None:
        self.columns, self.home, self.languages, self.taken = columns, home, languages, taken
        self.title = thing_of(title)
        self.entity = name_of(self.title, taken, otherwise="sheet")
        self.key = next((one for one in columns if one.is_key), None)
        named = [one for one in columns if one.kind == "text"]
        self.called = next((one for one in named if one.is_title), None) or next(
            (one for one in named if one is not self.key), self.key or columns[0]
        )
        self.day = next((one for one in columns if one.kind in {"date", "instant"}), None)
        self.split = [one for one in columns if one.kind in {"choice", "relation", "user", "boolean"}]

    # ---- what there is

    @property
    def board(self) -> str:
        return self._free("board")

    @property
    def list_page(self) -> str:
        return self._free("list")

    @property
    def pages(self) -> tuple[str, ...]:
        return (self.board, self.list_page)

    def definitions(self) -> Iterator[tuple[str, Definition]]:
        """Every definition by its place in the pack."""
        if self.home.new:
            yield "pack.yaml", self._pack()
            yield from ((f"roles/{name}.yaml", data) for name, data in self._roles())
        yield f"entities/{self.entity}.yaml", self._entity()
        yield f"forms/{self.entity}.yaml", self._form()
        yield f"access/{self.entity}.yaml", self._access()
        yield f"pages/{self.list_page}.yaml", self._rows_page()
        yield f"pages/{self._free('record')}.yaml", self._record_page()
        yield from ((f"metrics/{name}.yaml", data) for name, data in self._metrics())
        yield f"dashboards/{self.board}.yaml", self._dashboard()

    def group(self) -> Definition:
        """The group of the navigation that offers the pages."""
        label = self._label(self.title, english_of(self.title))
        return {"id": self.entity, "label": label, "icon": "table", "pages": [*self.pages]}

    def _pack(self) -> Definition:
        label = self.home.label or self.title
        return {
            "label": self._label(label, english_of(label)),
            "version": "0.1.0",
            "languages": [*self.languages],
            "icon": "table",
            "app": True,
            "navigation": [self.group()],
        }

    def _roles(self) -> Iterator[tuple[str, Definition]]:
        for name in self.home.roles:
            yield name, {"label": self._label("成员", "Member"), "home": self.board, "tabs": [*self.pages]}

    def _entity(self) -> Definition:
        made: dict[str, object] = {
            "label": self._label(self.title, english_of(self.title)),
            "icon": "table",
            "title": self.called.name,
        }
        if self.key is not None:
            made["natural_key"] = [self.key.name]
        return made | {"fields": {one.name: self._field(one) for one in self.columns}}

    def _field(self, one: Column) -> Definition:
        made: dict[str, object] = {"type": one.kind, "label": self._label(one.header, one.english)}
        if one.required and one.kind != "boolean":
            made["required"] = True
        if one is self.key:
            made["unique"] = True
        made |= self._shape(one)
        if one.kind in {"text", "code"}:
            made["search"] = AS_TITLE if one is self.called or one is self.key else PLAIN
        return made

    def _shape(self, one: Column) -> Definition:
        match one.kind:
            case "text":
                return {"max_length": one.longest}
            case "decimal" | "percent":
                return {"precision": one.digits, "scale": one.decimals}
            case "money":
                return {"currency": "CNY"}
            case "relation":
                return {"to": one.to, "on_delete": "refuse" if one.required else "clear"}
            case "choice":
                return {"choices": self._choices(one.options)}
            case _:
                return {}

    def _choices(self, options: Sequence[str]) -> Definition:
        return {name: self._label(option, english_of(option)) for name, option in option_names(options).items()}

    def _form(self) -> Definition:
        items = [
            {"id": one.name, "widget": "field", "field": one.name, "span": 12 if one.kind == "long_text" else 6}
            for one in self.columns
        ]
        label = self._label(self.title, english_of(self.title))
        section = {"id": "basics", "widget": "section", "label": self._label("基本", "Basics"), "items": items}
        return {"entity": self.entity, "label": label, "items": [section]}

    def _access(self) -> Definition:
        actions = ["read", "create", "update", "delete", "export"]
        return {"grants": [{"id": "members", "roles": [*self.home.roles], "actions": actions}]}

    def _rows_page(self) -> Definition:
        table: dict[str, object] = {"id": "rows", "widget": "table", "columns": self._listed()}
        table |= {"sort": [f"-{self.day.name}"]} if self.day else {}
        table |= {"filters": self._filters()} if self._filters() else {}
        items: list[object] = [table]
        stage = self._stage()
        if stage is not None:
            cards = [name for name in self._listed() if name not in {stage.name, self.called.name}][:4]
            items.append(
                {"id": "kanban", "widget": "kanban", "by": stage.name, "title": self.called.name, "columns": cards}
                | ({"filters": self._filters()} if self._filters() else {})
            )
        return self._page("list") | {"items": items, "entity": self.entity, "form": self.entity}

    def _record_page(self) -> Definition:
        figures = [one.name for one in self.columns if one.kind in {"money", "date", "percent"}][:MOST_FIGURES]
        header: dict[str, object] = {"id": "header", "widget": "record_header"}
        details = {"id": "details", "widget": "details", "fields": [one.name for one in self.columns]}
        items = [
            header | ({"figures": figures} if figures else {}),
            details | {"label": self._label("概况", "Overview")},
            {"id": "history", "widget": "history"},
        ]
        return self._page("record") | {"items": items, "entity": self.entity}

    def _page(self, kind: str) -> Definition:
        label = self._label(self.title, english_of(self.title))
        return {"kind": kind, "label": label, "icon": "table", "roles": [*self.home.roles]}

    def _metrics(self) -> Iterator[tuple[str, Definition]]:
        """How many rows, and the sum of each amount."""
        yield (
            self._free("count"),
            self._metric(f"{self.title}数", f"{english_of(self.title)} count", "count()")
            | {"display": "number", "scale": 0, "good_when": "up"},
        )
        for one in self._summed():
            money = one.kind == "money"
            yield (
                self._free(one.name),
                self._metric(one.header, one.english, f"sum({one.name})")
                | {"display": "money" if money else "number", "scale": one.decimals, "good_when": "up"},
            )

    def _metric(self, chinese: str, english: str, measure: str) -> Definition:
        made: dict[str, object] = {
            "label": self._label(chinese, english),
            "entity": self.entity,
            "measure": measure,
            "time": self.day.name if self.day else "created_at",
        }
        return made | ({"dimensions": {one.name: one.name for one in self.split}} if self.split else {})

    def _summed(self) -> list[Column]:
        """What is worth adding up: amounts first, then other numbers."""
        numbers = [one for one in self.columns if one.kind in _SUMMED and not _EACH.search(one.header)]
        numbers.sort(key=lambda one: (_TOTAL.search(one.header) is None, _SUMMED.index(one.kind)))
        return numbers[: MOST_FIGURES - 1]

    def _dashboard(self) -> Definition:
        names = [name for name, _ in self._metrics()]
        main = names[1] if len(names) > 1 else names[0]
        items: list[object] = [
            {"id": f"k_{at}", "widget": "kpi", "metric": name, "span": 12 // len(names)}
            for at, name in enumerate(names, start=1)
        ]
        items.append(
            {"id": "trend", "widget": "chart", "chart": "bar", "metrics": [main], "by": "month", "span": 12}
            | {"label": self._label("每月走势", "By month")}
        )
        items += [
            {"id": f"by_{one.name}", "widget": "chart", "chart": "bar", "metrics": [main], "by": one.name, "span": 6}
            | {"label": self._label(f"按{one.header}", f"By {one.english[:1].lower()}{one.english[1:]}")}
            for one in self.split[:2]
        ]
        items.append(
            {"id": "latest", "widget": "table", "entity": self.entity, "columns": self._listed()[:6], "limit": 10}
            | ({"sort": [f"-{self.day.name}"]} if self.day else {})
            | {"label": self._label("最近的记录", "Latest rows")}
        )
        period = {"id": "period", "label": self._label("期间", "Period"), "dimension": "period", "default": "all"}
        return {
            "label": self._label(f"{self.title}看板", f"{english_of(self.title)} board"),
            "icon": "chart-bar",
            "roles": [*self.home.roles],
            "filters": [period],
            "items": items,
        }

    # ---- choices among columns

    def _listed(self) -> list[str]:
        """The columns of the list: what the row is called by first, then what is short."""
        first = [self.called, *([self.key] if self.key and self.key is not self.called else [])]
        rest = [one for one in self.columns if one not in first and one.kind != "long_text"]
        return [one.name for one in [*first, *rest]][:MOST_COLUMNS]

    def _filters(self) -> list[str]:
        days = [self.day] if self.day else []
        return [one.name for one in [*self.split, *days]][:MOST_FILTERS]

    def _stage(self) -> Column | None:
        """The choice that says how far a row is."""
        choices = [one for one in self.columns if one.kind == "choice"]
        return next((one for one in choices if one.header.lower().endswith(_STAGES)), None)

    def _free(self, suffix: str) -> str:
        return name_of(f"{self.entity}_{suffix}", self.taken)

    def _label(self, chinese: str, english: str) -> object:
        words = {"zh": chinese, "en": english}
        return {language: words.get(language, chinese) for language in self.languages}


class NewEntity(Definitions):
    """An entity that somebody names, with the one field that its records are called by."""

    def __init__(self, label: str, home: Home, languages: tuple[str, ...], taken: frozenset[str]) -> None:
        name = Column("名称", "name", "Name", "text", required=True, longest=NAME_LENGTH)
        super().__init__(label, (name,), home, languages, taken)
        self.title, self.entity = label, name_of(label, taken, otherwise="entity")

    @property
    def pages(self) -> tuple[str, ...]:
        return (self.list_page,)

    def application(self, pages: bool) -> SheetApplication:
        """The entity alone, or with its form, list, record page and rights."""
        return SheetApplication(self.entity, texts_of(self.home.pack, self._chosen(pages)), self.pages, self.group())

    def _chosen(self, pages: bool) -> Iterator[tuple[str, Definition]]:
        yield f"entities/{self.entity}.yaml", self._entity()
        if pages:
            yield f"forms/{self.entity}.yaml", self._form()
            yield f"access/{self.entity}.yaml", self._access()
            yield f"pages/{self.list_page}.yaml", self._rows_page()
            yield f"pages/{self._free('record')}.yaml", self._record_page()
