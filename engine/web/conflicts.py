"""Conflicts on pages: both values of what two people changed, side by side with a choice; what was merged, told.

`@take.<path>` holds a choice (mine or theirs), `@seen` the version that was shown when it was made. They come back with
the form, so that a conflict is settled without JavaScript and what was changed after it is shown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.errors import Outdated
from engine.model.requests import Clash, TheirChange
from engine.runtime.records.merging import Choice, told_between
from engine.runtime.work import Work
from engine.web.form_bodies import FormBody, without_blank_rows
from engine.widgets.cells import EMPTY, Shown, show
from engine.widgets.contract import Scene
from engine.widgets.formats import format_instant

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Side:
    """A change as people read it: what, by whom and when, from what to what."""

    label: str
    who: str
    when: str
    before: Shown
    after: Shown


@dataclass(frozen=True, slots=True)
class Contested:
    """Something that both changed, with a choice between `mine` and `side.after`; `ask` is False for what is only shown.

    `gone` says whose deletion is one of the sides; `choice` is what was chosen when the form came back.
    """

    path: str
    side: Side
    mine: Shown
    ask: bool
    gone: str
    choice: str


@dataclass(frozen=True, slots=True)
class Panel:
    """All that is contested about a form, and the versions that are shown with it, by input name."""

    contested: tuple[Contested, ...]
    seen: tuple[tuple[str, int], ...]
    undecided: bool

    @property
    def who(self) -> tuple[str, ...]:
        """The others who changed the record."""
        return tuple(dict.fromkeys(one.side.who for one in self.contested))

    @property
    def asked(self) -> int:
        return sum(one.ask for one in self.contested)


@dataclass(frozen=True, slots=True)
class Decided:
    """A form's values after its choices: what others keep is taken out of them."""

    values: Mapping[str, object]
    children: Mapping[str, list[Row]]
    choice: Choice


def decided(body: FormBody) -> Decided:
    """What a form that settles a conflict asks to be written."""
    values = {name: one for name, one in body.values.items() if body.takes.get(name) != "theirs"}
    children = {
        name: [kept for at, row in enumerate(rows) if (kept := _decided_row(body.takes, f"{name}.{at}", row))]
        for name, rows in without_blank_rows(body.children).items()
    }
    mine = frozenset(name for name, side in body.takes.items() if side == "mine")
    return Decided(values, children, Choice(body.seen, mine))


def _decided_row(takes: Mapping[str, str], path: str, row: Row) -> Row:
    """A row of a part after its choices; empty when it is left to somebody who deleted it."""
    side, deletes = takes.get(path), bool(row.get("_delete"))
    if side == "theirs":
        return {name: one for name, one in row.items() if name != "_delete"} if deletes else {}
    if side == "mine" and not deletes:
        return {name: one for name, one in row.items() if name not in {"id", "version", "_seen"}}
    cells = {name: one for name, one in row.items() if takes.get(f"{path}.{name}") != "theirs" and name != "_seen"}
    mine = frozenset(name for name in row if takes.get(f"{path}.{name}") == "mine")
    seen = row.get("_seen")
    return {**cells, "_choice": Choice(seen if isinstance(seen, int) else None, mine)} if "id" in row else cells


def panel(error: Outdated, entity: Entity, body: FormBody, scene: Scene, asks: bool = True) -> Panel:
    """The choices that a conflict leaves to the person whose form came back; for a transition there is only to look."""
    contested: dict[str, Contested] = {}
    seen: dict[str, int] = {"@seen": error.version}
    for one in error.clashes:
        path = one.change.path
        if "." in path:
            seen[f"c.{path.rpartition('.')[0]}.@seen"] = one.version
        if one.gone:
            path = path.rpartition(".")[0] or path
        known = contested.get(path)
        if known is None:
            mine = show(one.yours, one.change.declared, scene, one.yours_title)
            side = told(one.change, entity, scene)
            contested[path] = Contested(path, side, mine, one.written and asks, one.gone, body.takes.get(path, ""))
    return Panel(tuple(contested.values()), tuple(seen.items()), bool(body.takes or body.seen))


def merged_sides(work: Work, entity: Entity, record: int, asked: str, scene: Scene) -> tuple[Side, ...]:
    """What others had changed beside a form that was saved: `asked` is the version it had read and the last one of theirs."""
    since, _, last = asked.partition("-")
    if not (since.isdecimal() and last.isdecimal() and len(asked) < 24):
        return ()
    found = told_between(work, entity, record, int(since), int(last))
    return tuple(told(one, entity, scene) for one in found)


def told(change: TheirChange, entity: Entity, scene: Scene) -> Side:
    """A change of somebody else's in words."""
    return Side(
        _label(change, entity, scene),
        change.actor,
        format_instant(change.at, scene.language, scene.now, scene.zone) if change.at else "",
        show(change.base, change.declared, scene, change.base_title) if change.base is not None else EMPTY,
        show(change.theirs, change.declared, scene, change.theirs_title) if change.theirs is not None else EMPTY,
    )


def _label(change: TheirChange, entity: Entity, scene: Scene) -> str:
    words = scene.words(change.declared.label) or change.declared.name
    parts = change.path.split(".")
    if len(parts) < 3:
        return words
    row = int(parts[1]) + 1
    place = Message(f"第 {row} 行", f"line {row}").text(scene.language)
    return f"{scene.words(entity.collections[parts[0]].label)} {place} · {words}"


def clash_problems(work: Work, clashes: Iterable[Clash]) -> Mapping[str, tuple[str, ...]]:
    """Beside each field that is contested: where to choose."""
    words = Message("他人也改了这里，请在上方选择", "Somebody else changed this too; choose above")
    return {one.change.path: (words.text(work.context.language),) for one in clashes if one.written}
