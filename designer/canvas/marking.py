"""Marking: the product's own rendering of a page, each item of its file marked with where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from designer.canvas.answers import CanvasAnswers
from designer.canvas.sketch import Unfinished
from engine.model.pages import Item
from engine.widgets.contract import Need, Scene
from engine.widgets.render import Answerer, Renderer, VisibleWhen, translator

Step = str | Mapping[str, str]
_FIRST_TAG = re.compile(r"^\s*(?:<!--.*?-->\s*)*<[a-z][a-z0-9-]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MarkingRenderer(Renderer):
    """Renders items as the product does. `paths` are those of the file's own items by id; what the page adds of itself has none.
    `unfinished` are items that do not compile yet, with the reason."""

    answers: CanvasAnswers | None = None
    paths: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    unfinished: Mapping[str, Unfinished] = field(default_factory=dict)

    def item(self, item: Item, scene: Scene, answer: Answerer, visible: VisibleWhen) -> Markup:
        """The HTML of one item, marked; something to see and to take hold of even where it shows nothing."""
        t = translator(scene.language)
        if item.id in self.unfinished:
            reason = self.unfinished[item.id].reason.text(scene.language)
            return self._marked(item, _box(item, self._title(item, scene), reason, "unfinished"), "")
        html = Renderer.item(self, item, scene, answer, visible)
        sampled = self.answers is not None and item.id in self.answers.samples
        if not html.strip() or "<" not in html:
            words = (
                t("把组件拖到这里", "Drag widgets here")
                if self.specs[item.widget].slots
                else t("这里现在没有内容", "Nothing to show here now")
            )
            html = _box(item, self._title(item, scene), words, "")
        return self._marked(item, html, t("示例", "Sample") if sampled else "")

    def found(self, item: Item, scene: Scene, needs: Mapping[str, Need], answer: Answerer) -> Mapping[str, object]:
        """What an item needs: from the database, or as samples."""
        return self.answers.of_item(item.id, scene, needs) if self.answers is not None else {}

    def _widget(self, item: Item) -> str:
        """The widget that the file names."""
        told = self.unfinished.get(item.id)
        return told.widget if told else item.widget

    def _title(self, item: Item, scene: Scene) -> str:
        name = self._widget(item)
        spec = self.specs.get(name)
        return scene.words(item.label) or (scene.words(spec.title) if spec else name)

    def _marked(self, item: Item, html: Markup, sample: str) -> Markup:
        path = self.paths.get(item.id)
        if path is None:
            return html
        attributes = {
            "data-id": item.id,
            "data-path": json.dumps(path, ensure_ascii=False, separators=(",", ":")),
            "data-widget": self._widget(item),
            **({"data-sample": sample} if sample else {}),
        }
        written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
        return Markup(_FIRST_TAG.sub(lambda match: match.group() + written, str(html), count=1))


def _box(item: Item, title: str, words: str, kind: str) -> Markup:
    """What stands for an item that shows nothing of itself."""
    return Markup('<div class="span-{} wide design-box {}"><strong>{}</strong><span>{}</span></div>').format(
        item.span, kind, title, words
    )


def paths_of(items: Sequence[Item], around: tuple[Step, ...] = ()) -> Mapping[str, Sequence[Step]]:
    """The path of each item in its file, by id."""
    found: dict[str, Sequence[Step]] = {}
    for item in items:
        path: tuple[Step, ...] = (*around, "items", {"id": item.id})
        found[item.id] = path
        found |= paths_of(item.items, path)
    return found
