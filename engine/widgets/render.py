"""Rendering: items of a page to HTML, each through its widget's needs, view and template."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from engine.model.names import Label
from engine.model.pages import Item
from engine.model.sources import SourceStamp
from engine.widgets.contract import LeftOut, Need, Scene, WidgetModule
from engine.widgets.environment import TemplateEnvironment
from engine.widgets.markup import cell, drawn, icons
from engine.widgets.registry import MAIN, WidgetSpec
from engine.widgets.stamps import quiet_stamp, stamp_of_needs

WIDGETS_FOLDER = Path(__file__).parent
Answerer = Callable[[Scene, Need], object]
VisibleWhen = Callable[[Scene, Item], bool]


@dataclass(frozen=True, slots=True)
class Renderer:
    """Turns items into HTML. `modules` are the Python halves of the widgets by name, `specs` what they declare."""

    environment: Environment
    modules: Mapping[str, WidgetModule]
    specs: Mapping[str, WidgetSpec]

    def sheets(self, items: Sequence[Item]) -> tuple[str, ...]:
        """The style sheets of all these items, shown to this reader or not: a page keeps its sheets while it changes."""
        return tuple(
            dict.fromkeys(sheet for item in items for one in item.walk() for sheet in self.specs[one.widget].sheets)
        )

    def by_area(
        self, items: Sequence[Item], scene: Scene, answer: Answerer, visible: VisibleWhen
    ) -> Mapping[str, Markup]:
        """The HTML of a record page's items by the area that their widgets stand in: head, main, side."""
        return {
            area: self.items([item for item in items if self.specs[item.widget].area == area], scene, answer, visible)
            for area in ("head", MAIN, "side")
        }

    def items(self, items: Sequence[Item], scene: Scene, answer: Answerer, visible: VisibleWhen) -> Markup:
        """The HTML of several items, those left out that the reader's roles or a condition hide."""
        shown = [item for item in items if _offered(item, scene) and visible(scene, item)]
        return drawn("".join([self.item(item, scene, answer, visible) for item in shown]))

    def item(self, item: Item, scene: Scene, answer: Answerer, visible: VisibleWhen) -> Markup:
        """The HTML of one item with its children."""
        module = self.modules[item.widget]
        needs = module.needs(item, scene)
        found = self.found(item, scene, needs, answer)
        if any(isinstance(one, LeftOut) for one in found.values()):
            return Markup("")
        template = self.environment.get_template(f"{item.widget}/template.html")
        html = template.render(
            item=item,
            scene=scene,
            view=module.view(item, scene, found),
            label=scene.words(item.label),
            children=lambda items: self.items(items, scene, answer, visible),
            t=translator(scene.language),
            language=scene.language,
        )
        return drawn(_stamped(html, self.stamp(stamp_of_needs(needs, scene), scene)))

    def stamp(self, found: SourceStamp | None, scene: Scene) -> Markup:
        """As of when rows are that a source brings; nothing for rows of our own."""
        shown = quiet_stamp(found, scene)
        if shown is None:
            return Markup("")
        return drawn(self.environment.get_template("parts/stamp.html").render(stamp=shown))

    def found(self, item: Item, scene: Scene, needs: Mapping[str, Need], answer: Answerer) -> Mapping[str, object]:
        """What an item needs, answered."""
        return {name: answer(scene, need) for name, need in needs.items()}


def _stamped(html: str, stamp: Markup) -> str:
    """What an item shows with its stamp as the last thing in it. An item is one element, a cell of its grid, to which every widget
    is held by its contract: what ends last is that element."""
    end = html.rfind("</") if stamp else -1
    return html if end < 0 else f"{html[:end]}{stamp}{html[end:]}"


def _offered(item: Item, scene: Scene) -> bool:
    return item.roles is None or bool(item.roles & scene.roles)


def translator(language: str) -> Callable[..., str]:
    """A function that picks a text for the language: from two texts (zh, en) or from a Label."""

    def pick(zh: str | Label, en: str = "") -> str:
        if isinstance(zh, Label):
            return zh.text(language)
        return zh if language.startswith("zh") else en

    return pick


def make_environment(asset: Callable[[str], str], *folders: Path) -> Environment:
    """The Jinja2 environment over the widgets and further template folders: autoescape on, undefined names are errors.

    Every template knows `asset` (the address of a file by its name), `icon` and `cell`.
    """
    environment = TemplateEnvironment(
        loader=FileSystemLoader([*folders, WIDGETS_FOLDER]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(asset=asset, icon=icons(asset), cell=cell)
    return environment


def load_modules(names: Sequence[str]) -> Mapping[str, WidgetModule]:
    """The query modules of the shipped widgets."""
    return {name: cast(WidgetModule, importlib.import_module(f"engine.widgets.{name}.query")) for name in names}
