"""Conditions: what formulas over the scene's record give, such as whether an item shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.model.formula import Formula, FormulaError, Moment
from engine.model.pages import Item
from engine.runtime.formula.value import compile_value
from engine.widgets.contract import Scene


class SceneCells:
    """The cells of the scene's record for a formula; what the reader may not read is empty."""

    def __init__(self, cells: Mapping[str, object]) -> None:
        self._cells = cells

    def cell(self, path: tuple[str, ...]) -> object:
        return self._cells.get(".".join(path))

    def children(self, path: tuple[str, ...]) -> Sequence[SceneCells]:
        return ()


def is_visible(scene: Scene, item: Item) -> bool:
    """Whether an item shows; without a record, conditions are left to the form's live formulas and count as met.

    A note on a form is there from the start: what is entered decides whether it is seen.
    """
    if item.visible_when is None or scene.record is None or (scene.filling is not None and item.widget == "text"):
        return True
    value = scene_value(scene, item.visible_when)
    return bool(value) and not isinstance(value, FormulaError)


def scene_value(scene: Scene, formula: Formula) -> object:
    """What a formula over the scene's record gives; without a record every field is empty."""
    moment = Moment(
        now=scene.now, zone=scene.zone, variables={"user.id": scene.user_id, "user.roles": tuple(scene.roles)}
    )
    record = scene.record
    read = {name: value for name, value in record.cells.items() if name not in record.masked} if record else {}
    return compile_value(formula)(SceneCells(read), moment)
