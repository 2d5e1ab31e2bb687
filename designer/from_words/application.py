"""The definitions that follow from a wish: beside what every entity gets, roles with a page each, an approval flow, a dashboard of
chosen figures, and tests that show all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from designer.from_sheet.application import Definition, Definitions, Home, texts_of
from designer.from_sheet.columns import Column
from designer.from_sheet.naming import english_of
from designer.from_words import approval, proving
from designer.from_words.wish import Does, RoleWish, Wish

MOST_FIGURES = 3
LANGUAGES = ("zh", "en")
MINE = "created_by = user.id"


@dataclass(frozen=True, slots=True)
class Offer:
    """A figure or a chart that the fields allow: its key, what people read, whether it is proposed."""

    key: str
    zh: str
    en: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class WordsApplication:
    """What a wish becomes: texts by file, the entity, and the dashboard's file."""

    entity: str
    texts: Mapping[str, str]
    board: str


def application_of(wish: Wish, pack: str, taken: frozenset[str]) -> WordsApplication:
    """The definitions for a wish in a new pack; `taken` are names of entities, pages, metrics and workflows that are there."""
    team = Team(wish, pack, taken)
    return WordsApplication(team.entity, texts_of(pack, team.definitions()), f"{pack}/dashboards/{team.board}.yaml")


class Team(Definitions):
    """A new application for several roles."""

    def __init__(self, wish: Wish, pack: str, taken: frozenset[str]) -> None:
        self.wish = wish
        home = Home(pack, tuple(one.name for one in wish.roles), new=True, label=wish.app)
        super().__init__(wish.entity, wish.columns, home, LANGUAGES, taken)
        self.called = replace(self.called, required=True)
        self.columns = tuple(self.called if one.name == self.called.name else one for one in self.columns)
        self.state = approval.state_name(wish.columns)

    # ---- what there is

    def definitions(self) -> Iterator[tuple[str, Definition]]:
        """Every definition by its place in the pack."""
        yield from super().definitions()
        for one in self.wish.roles:
            if one.does is not Does.LOOK:
                yield f"pages/{self.home_of(one)}.yaml", self._own_page(one)
        if self.wish.approval:
            yield f"workflows/{self.life}.yaml", approval.life(self)
            yield f"workflows/{self._free('approval')}.yaml", approval.flow(self)
        yield f"tests/{self.entity}.yaml", proving.suite(self)

    @property
    def life(self) -> str:
        return self._free("life")

    def home_of(self, role: RoleWish) -> str:
        """The page that a role begins at: the dashboard for who looks."""
        return self.board if role.does is Does.LOOK else self._free(f"{role.does}_{self.wish.roles.index(role) + 1}")

    def label(self, zh: str, en: str) -> object:
        """What people read, in the languages of the pack."""
        return self._label(zh, en)

    def metric_of(self, key: str) -> str:
        """The metric of a figure."""
        return self._free(key)

    def offers(self) -> tuple[tuple[Offer, ...], tuple[Offer, ...]]:
        """Figures and charts that the fields allow, those proposed marked."""
        figures = [Offer(key, zh, en, at < MOST_FIGURES) for at, (key, zh, en, _) in enumerate(self._figures())]
        charts = [
            Offer(one.name, f"按{one.header}", f"By {one.english.lower()}", at == 0)
            for at, one in enumerate(self.split)
        ]
        return tuple(figures), (*charts, Offer("month", "每月走势", "By month", not charts))

    # ---- what differs from a sheet's

    def _pack(self) -> Definition:
        group = self.group() | {"pages": self._pages()}
        return super()._pack() | {"navigation": [group]}

    def _pages(self) -> list[str]:
        return [
            *(self.home_of(one) for one in self.wish.roles if one.does is not Does.LOOK),
            self.board,
            self.list_page,
        ]

    def _roles(self) -> Iterator[tuple[str, Definition]]:
        for one in self.wish.roles:
            home = self.home_of(one)
            tabs = list(dict.fromkeys([home, self.board, self.list_page]))
            yield one.name, {"label": self._label(one.label, english_of(one.label)), "home": home, "tabs": tabs}

    def _entity(self) -> Definition:
        made = super()._entity()
        if self.wish.approval:
            fields = made["fields"]
            assert isinstance(fields, dict)
            words = self._label("审批状态", "Approval")
            fields[self.state] = {"type": "state", "workflow": self.life, "label": words}
        return made

    def _access(self) -> Definition:
        enter, approve, look = (self.wish.of(one) for one in Does)
        draft = f' and {self.state} = "draft"' if self.wish.approval else ""
        grants: list[Definition] = [
            {"id": "own", "roles": enter, "actions": ["read", "create", "export"], "rows": MINE},
            {"id": "own_change", "roles": enter, "actions": ["update", "delete"], "rows": MINE + draft},
        ]
        if self.wish.approval:
            grants.append({"id": "own_move", "roles": enter, "actions": ["transition"], "rows": MINE})
        if approve:
            acts = ["read", "transition", "export"] if self.wish.approval else ["read", "update", "export"]
            grants.append({"id": "approve", "roles": approve, "actions": acts})
        if look:
            grants.append({"id": "look", "roles": look, "actions": ["read", "export"]})
        return {"grants": grants}

    def _listed(self) -> list[str]:
        listed = super()._listed()
        return [*listed[:7], self.state] if self.wish.approval else listed

    def _metrics(self) -> Iterator[tuple[str, Definition]]:
        for key, _, _, metric in self._figures():
            if key in self.chosen:
                yield self._free(key), metric

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys of the figures shown: what was asked for, else what is proposed; never none."""
        all_keys = [key for key, _, _, _ in self._figures()]
        wanted = all_keys if self.wish.figures is None else [key for key in all_keys if key in self.wish.figures]
        return tuple((wanted or all_keys)[:MOST_FIGURES])

    def _figures(self) -> Iterator[tuple[str, str, str, Definition]]:
        """Every figure that the fields allow, the likeliest first: key, words, metric."""
        english = english_of(self.title)
        count = self._metric(f"{self.title}数", f"{english} count", "count()") | {"display": "number", "scale": 0}
        yield "count", f"{self.title}数", f"{english} count", count
        numbers = self._summed()
        for one in numbers[:1]:
            yield self._total(one)
        if self.wish.approval:
            waiting = count | {"label": self._label(f"待审批{self.title}", f"{english} to approve")}
            yield (
                "waiting",
                f"待审批{self.title}",
                f"{english} to approve",
                waiting | {"where": f'{self.state} = "submitted"'},
            )
        for one in numbers[1:]:
            yield self._total(one)
        if numbers:
            yield self._mean(numbers[0])
        if not self.wish.approval or not numbers:
            mine = count | {"label": self._label(f"我的{self.title}", f"My {english.lower()}"), "where": MINE}
            yield "mine", f"我的{self.title}", f"My {english.lower()}", mine
        fresh = count | {"label": self._label("近 7 天新增", "New in 7 days")}
        yield "fresh", "近 7 天新增", "New in 7 days", fresh | {"where": "date_of(created_at) > add_days(today(), -7)"}

    def _total(self, one: Column) -> tuple[str, str, str, Definition]:
        display = {"display": "money" if one.kind == "money" else "number", "scale": one.decimals}
        zh, en = f"{one.header}合计", f"Total {one.english.lower()}"
        return f"total_{one.name}", zh, en, self._metric(zh, en, f"sum({one.name})") | display

    def _mean(self, one: Column) -> tuple[str, str, str, Definition]:
        display = {"display": "money" if one.kind == "money" else "number", "scale": max(one.decimals, 2)}
        zh, en = f"平均{one.header}", f"Average {one.english.lower()}"
        return f"mean_{one.name}", zh, en, self._metric(zh, en, f"avg({one.name})") | display

    def _dashboard(self) -> Definition:
        names = [name for name, _ in self._metrics()]
        main = next((name for name in names if name.startswith(f"{self.entity}_total")), names[0])
        offered = self.offers()[1]
        by = next((one for one in offered if one.key == self.wish.chart), next(one for one in offered if one.chosen))
        items: list[object] = [
            {"id": f"k_{at}", "widget": "kpi", "metric": name, "span": 12 // len(names)}
            for at, name in enumerate(names, start=1)
        ]
        items.append(
            {"id": "main", "widget": "chart", "chart": "bar", "metrics": [main], "by": by.key, "span": 12}
            | {"label": self._label(by.zh, by.en)}
        )
        latest = {"id": "latest", "widget": "table", "entity": self.entity, "columns": self._listed()[:6], "limit": 10}
        items.append(latest | {"label": self._label("最近的记录", "Latest rows")})
        return super()._dashboard() | {"items": items}

    def _own_page(self, role: RoleWish) -> Definition:
        """Where a role begins: what it has to do, and the rows it works with."""
        english = english_of(self.title).lower()
        enters = role.does is Does.ENTER
        words = (f"我的{self.title}", f"My {english}") if enters else (f"{self.title}审批", f"Approve {english}")
        rows = {"id": "rows", "widget": "table", "entity": self.entity, "columns": self._listed()[:6], "limit": 20}
        if enters:
            rows |= {"where": MINE, "label": self._label(*words)}
        elif self.wish.approval:
            rows |= {"where": f'{self.state} = "submitted"', "label": self._label("待审批", "Waiting for approval")}
        todo = {"id": "todo", "widget": "todo_list", "limit": 10, "label": self._label("待我处理", "Waiting for me")}
        page = {"kind": "free", "label": self._label(*words), "icon": "home", "roles": [role.name]}
        go = {"id": "go", "widget": "links", "pages": [self.list_page, self.board], "span": 12}
        go["label"] = self._label("去办", "Go to")
        both = (rows, todo) if enters else (todo, rows)
        return page | {"items": [*(one | {"span": 12} for one in both), go]}
